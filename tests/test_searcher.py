import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from conftest import GIVEN, GIVEN_ID, build_and_open

import index
from index import Document, Filter, storage
from index.searcher import Searcher
from index.storage import Rows


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> index.Searcher:
    folder = tmp_path_factory.mktemp("searcher")
    documents = folder / "docs"
    documents.mkdir()
    (documents / "old.md").write_text(
        "---\ntitle: Old plan\ndate: 2020-01-01\n---\n# Steel\n\nSteel output grows.\n\n"
        "Coal output falls.\n\n## Export\n\nSteel is exported.\n"
    )
    (documents / "new.txt").write_text(" date 2023-05-01 New plan\n\nSteel output falls.\n")
    (documents / "undated.txt").write_text("Steel output stays.\n")
    long = " ".join(f"Sentence number {n} speaks of copper." for n in range(300))
    (documents / "long.txt").write_text(f"Short one.\n\n{long}\n\nLast one.\n")
    return build_and_open(documents, folder / "index")


def found(searcher: index.Searcher, question: str, only: Filter | None = None) -> list[str]:
    hits = searcher.search(searcher.form(question), 10, only or Filter())
    return [hit.passage.id for hit in hits]


def test_only_the_named_documents_answer(searcher: index.Searcher) -> None:
    assert found(searcher, "steel output", Filter(documents=["new"])) == ["new#1"]
    assert found(searcher, "steel output", Filter(documents=[])) == []


@pytest.mark.parametrize(
    ("only", "documents"),
    [
        (Filter(since="2020-01-01"), {"old", "new"}),
        (Filter(since="2020-01-02"), {"new"}),
        (Filter(until="2023-05-01"), {"old", "new"}),
        (Filter(until="2023-04-30"), {"old"}),
        (Filter(since="2021-01-01", until="2022-01-01"), set()),
    ],
)
def test_dates_bound_the_documents_and_undated_ones_fail_both(
    searcher: index.Searcher, only: Filter, documents: set[str]
) -> None:
    assert {id_.partition("#")[0] for id_ in found(searcher, "steel output", only)} == documents


def test_a_filter_does_not_change_the_scores(searcher: index.Searcher) -> None:
    query = searcher.form("steel output")
    everywhere = {hit.passage.id: hit.score for hit in searcher.search(query, 10)}
    (hit,) = searcher.search(query, 10, Filter(documents=["new"]))
    assert hit.score == everywhere["new#1"]


def test_an_id_names_a_document_a_paragraph_or_a_part(searcher: index.Searcher) -> None:
    assert [p.id for p in searcher.passages_of("old")] == ["old#1", "old#2", "old#3"]
    assert [p.text for p in searcher.passages_of("old#2")] == ["Coal output falls."]
    parts = [p.id for p in searcher.passages_of("long#2")]
    assert parts == [f"long#2.{n}" for n in range(1, len(parts) + 1)]
    assert len(parts) > 1
    assert [p.id for p in searcher.passages_of("long#2.2")] == ["long#2.2"]


@pytest.mark.parametrize("id_", ["", "#", "old#9", "old#x", "old#1.1", "nothing#1", "old#1.x"])
def test_an_id_that_names_nothing_has_no_passages(searcher: index.Searcher, id_: str) -> None:
    assert searcher.passages_of(id_) == []


def test_context_is_the_paragraphs_around(searcher: index.Searcher) -> None:
    assert [p.id for p in searcher.passages_of("old#2", context=1)] == ["old#1", "old#2", "old#3"]
    assert [p.id for p in searcher.passages_of("old#1", context=1)] == ["old#1", "old#2"]
    around = [p.paragraph for p in searcher.passages_of("long#2.2", context=1)]
    assert (around[0], around[-1]) == (1, 3)


def test_headings_and_title_stand_with_the_passage(searcher: index.Searcher) -> None:
    (passage,) = searcher.passages_of("old#3")
    assert passage.heading == ("Steel", "Export")
    assert passage.document.title == "Old plan"


def test_documents_are_listed_with_their_paragraphs(searcher: index.Searcher) -> None:
    listed = [(document.id, paragraphs) for document, paragraphs in searcher.documents()]
    assert listed == [("long", 3), ("new", 1), ("old", 3), ("undated", 1)]


def test_frequent_words_are_words_that_people_write(searcher: index.Searcher) -> None:
    assert {"copper", "speaks"} <= set(searcher.frequent_words(10))
    assert "steel" in searcher.frequent_words(50)


def test_a_searcher_answers_many_threads_at_once(searcher: index.Searcher) -> None:
    expected = found(searcher, "steel output")
    wrong: list[list[str]] = []

    def ask() -> None:
        for _ in range(200):
            answer = found(searcher, "steel output")
            if answer != expected:
                wrong.append(answer)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_same_documents_give_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys, index
        from pathlib import Path
        folder = Path(sys.argv[2])
        index.rebuild([Path(sys.argv[1])], folder, index.Bm25())
        searcher = index.open_searcher(folder, index.Bm25()).searcher
        hits = searcher.search(searcher.form("new energy vehicles and steel exports"), 10)
        print([(hit.passage.id, hit.score.hex(), hit.coverage.hex()) for hit in hits])
        """
    )
    outputs = set()
    for seed in ("1", "2"):
        folder = tmp_path / seed
        command = [sys.executable, "-c", script, str(GIVEN.parent), str(folder)]
        env = os.environ | {"PYTHONHASHSEED": seed}
        outputs.add(subprocess.run(command, env=env, capture_output=True, check=True).stdout)
        outputs.add((folder / "gen-000001" / "index.arrays").read_bytes())
    assert len(outputs) == 2  # one output and one set of arrays
    assert any(GIVEN_ID.encode() in output for output in outputs)


def test_headings_come_in_the_order_they_stand_with_their_document(tmp_path: Path) -> None:
    shelf = tmp_path / "documents"
    shelf.mkdir()
    (shelf / "b.md").write_text("# B\n\n## Steel\n\none\n\ntwo\n\n### Ore\n\nthree\n")
    (shelf / "a.txt").write_text("No heading here.\n")
    searcher = build_and_open(shelf, tmp_path / "index")
    assert searcher.headings(10) == [("b", "Steel"), ("b", "Ore")]
    assert searcher.headings(1) == [("b", "Steel")]


class CountingRows(Rows):
    """Rows of a generation that count how often all documents were read."""

    readings = 0

    def documents(self) -> list[tuple[Document, range]]:
        self.readings += 1
        return super().documents()


@pytest.fixture
def counting(tmp_path: Path) -> tuple[Searcher, CountingRows]:
    documents = tmp_path / "docs"
    documents.mkdir()
    for number in range(40):
        (documents / f"note-{number:02}.txt").write_text(
            f"date 2023-01-{number % 28 + 1:02} Note\n\nSteel output of works {number}.\n"
        )
    build_and_open(documents, tmp_path / "index")
    live = storage.open_live(tmp_path / "index").generation
    rows = CountingRows(live.rows.path)
    state = index.status(tmp_path / "index").state
    model = live.manifest.model
    return Searcher(state, live.views, model, rows), rows


def test_filters_read_all_documents_once_however_many_questions_come(
    counting: tuple[Searcher, CountingRows],
) -> None:
    searcher, rows = counting
    for last in range(10, 30):
        seen = Filter(frozenset(f"note-{number:02}" for number in range(last)))
        assert len(searcher.search(searcher.form("steel output"), 50, seen)) == last
        assert len(searcher.search(searcher.form("steel"), 50, Filter(until="2023-01-05"))) == 10
    assert rows.readings == 1


def test_a_filter_on_few_documents_reads_no_others(
    counting: tuple[Searcher, CountingRows],
) -> None:
    searcher, rows = counting
    assert found(searcher, "steel", Filter(["note-07", "nothing"])) == ["note-07#1"]
    assert found(searcher, "steel", Filter(["note-07"], since="2024-01-01")) == []
    assert rows.readings == 0


def test_a_list_of_documents_may_change_between_questions(
    counting: tuple[Searcher, CountingRows],
) -> None:
    searcher, _ = counting
    names = [f"note-{number:02}" for number in range(20)]
    only = Filter(names)
    assert len(searcher.search(searcher.form("steel"), 50, only)) == 20
    names.append("note-30")
    assert len(searcher.search(searcher.form("steel"), 50, only)) == 21


def test_filtered_questions_of_many_threads_get_their_own_documents(
    counting: tuple[Searcher, CountingRows],
) -> None:
    searcher, rows = counting
    wrong: list[int] = []

    def ask(first: int) -> None:
        for turn in range(60):
            size = 9 + (first + turn) % 20
            only = Filter(frozenset(f"note-{number:02}" for number in range(size)))
            answered = len(searcher.search(searcher.form("steel"), 50, only))
            if answered != size:
                wrong.append(answered)

    threads = [threading.Thread(target=ask, args=(5 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, rows.readings) == ([], 1)
