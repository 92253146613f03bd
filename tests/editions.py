"""Two editions of the same documents, told apart by every one of their passages."""

from pathlib import Path

from conftest import GIVEN

import index

MODEL = index.Bm25()
EDITIONS = {"alpha": 2, "beta": 3}  # edition -> its number of documents
QUESTION = "edition"  # stands in every passage of both

_HEAD, *_PARAGRAPHS = GIVEN.read_text(encoding="utf-8").strip().split("\n\n")
PASSAGES = {edition: count * len(_PARAGRAPHS) for edition, count in EDITIONS.items()}


def write_edition(folder: Path, edition: str) -> Path:
    """Write the documents of an edition and return their folder."""
    folder.mkdir(exist_ok=True)
    for number in range(EDITIONS[edition]):
        paragraphs = [f"{edition} edition. {paragraph}" for paragraph in _PARAGRAPHS]
        text = "\n\n".join([f"{_HEAD}, plan {number} of the {edition} edition", *paragraphs])
        (folder / f"plan-{number}.txt").write_text(text, encoding="utf-8")
    return folder


def edition_of(searcher: index.Searcher) -> str:
    """Return the edition that answers; fails when the answers are of both or not complete."""
    query = searcher.form(QUESTION)
    hits = searcher.search(query, 100)
    told = {hit.passage.text.split(" ", 1)[0] for hit in hits}
    titles = {hit.passage.document.title.split(" ")[-2] for hit in hits}
    (edition,) = told
    assert titles == told
    assert len(hits) == searcher.state.passages == PASSAGES[edition]
    assert searcher.state.documents == EDITIONS[edition]
    other = "beta" if edition == "alpha" else "alpha"
    assert searcher.form(other).missing == (other,)
    return edition


def live_edition(folder: Path) -> str:
    """Return the edition that an index folder answers with."""
    return edition_of(index.open_searcher(folder, MODEL).searcher)
