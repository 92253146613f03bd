"""What may be seen of an index: its view says nothing that an index of that alone would not say."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from conftest import build_and_open
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import index
from index import Bm25, Filter

SERVER, ROLE, OTHER = "111111111111111111", "222222222222222222", "333333333333333333"
WORDS = ["steel", "levy", "zinc", "export", "policies", "policy", "solid", "state", "solidstate"]
WORDS += ["3.8%", "the", "钢铁", "出口增长", "年假"]
MODELS = [Bm25(), Bm25(variant="okapi")]

Shelf = list[tuple[list[str], tuple[str, ...]]]  # body and audience of each document

sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)
bodies = st.lists(
    st.tuples(st.sampled_from(["", "# ", "## "]), sentences).map("".join), min_size=1, max_size=5
)
audiences = st.sampled_from([(), (), (SERVER,), (ROLE,), (SERVER, ROLE), (OTHER,)])
shelves = st.lists(st.tuples(bodies, audiences), min_size=1, max_size=6)


def write(folder: Path, shelf: Shelf, badges: set[str]) -> bool:
    """Write a shelf of documents as it is seen with some badges; say whether any is."""
    folder.mkdir()
    for number, (body, audience) in enumerate(shelf):
        if audience and not badges & set(audience):
            continue
        listed = ", ".join(f"'{id_}'" for id_ in audience)
        head = (
            f"---\ntitle: Plan {number}\ndate: {2020 + number}-01-01\naudience: [{listed}]\n---\n"
        )
        # A heading alone makes no document.
        text = head + "\n\n".join([*body, "Published today.", ""])
        (folder / f"plan-{number}.md").write_text(text, encoding="utf-8")
    return any(folder.iterdir())


def told(searcher: index.Searcher, question: str, only: Filter, limit: int) -> Any:
    """Return all that a searcher tells about a question, scores apart."""
    query = searcher.form(question, earlier="zinc levy")
    hits = searcher.search(query, limit, only)
    scores = [
        number for hit in hits for number in (hit.score, hit.coverage, *hit.contributions.values())
    ]
    scores += [*query.rarity.values(), *query.weights.values()]
    scores += [word.weight for word in query.words]
    texts = (
        query.missing,
        query.expansions,
        list(query.rarity),
        list(query.weights),
        [word.text for word in query.words],
        [(hit.passage, list(hit.contributions)) for hit in hits],
    )
    return texts, scores


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    shelf=shelves,
    badges=st.sets(st.sampled_from([SERVER, ROLE])),
    question=sentences | st.just("unheard of tungsten"),
    limit=st.integers(1, 6),
    model=st.sampled_from(MODELS),
)
@example(
    shelf=[(["steel levy"], ()), (["steel " * 7], (ROLE,)), (["zinc"], (SERVER,))],
    badges={SERVER},
    question="steel zinc",
    limit=3,
    model=MODELS[0],
)
def test_a_view_tells_what_an_index_without_the_hidden_documents_tells(
    shelf: Shelf,
    badges: set[str],
    question: str,
    limit: int,
    model: Bm25,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        everything = {SERVER, ROLE, OTHER}
        write(Path(folder, "all"), shelf, everything)
        whole = build_and_open(Path(folder, "all"), Path(folder, "whole"), model)
        view = whole.seen_with(badges)
        if not write(Path(folder, "some"), shelf, badges):
            assert (view.documents(), view.headings(9), view.frequent_words(9)) == ([], [], [])
            assert view.search(view.form(question), limit) == []
            return
        alone = build_and_open(Path(folder, "some"), Path(folder, "alone"), model)
        for only in (Filter(), Filter(["plan-0", "plan-1"]), Filter(since="2021-01-01")):
            (texts, scores), (expected, numbers) = (
                told(searcher, question, only, limit) for searcher in (view, alone)
            )
            assert texts == expected
            assert scores == pytest.approx(numbers, rel=0, abs=1e-9)
        assert view.documents() == alone.documents()
        for size in (1, 3, 100):
            assert view.headings(size) == alone.headings(size)
            assert view.frequent_words(size) == alone.frequent_words(size)
        for number in range(len(shelf)):
            for id_ in (f"plan-{number}", f"plan-{number}#1", f"plan-{number}#2"):
                assert view.passages_of(id_) == alone.passages_of(id_)
                assert view.passages_of(id_, 1) == alone.passages_of(id_, 1)
        sizes = (view.state.documents, view.state.passages, view.state.terms)
        assert sizes == (alone.state.documents, alone.state.passages, alone.state.terms)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> index.Searcher:
    folder = tmp_path_factory.mktemp("audience")
    shelf: Shelf = [(["steel"], ()), (["zinc"], (SERVER,)), (["levy"], (ROLE, OTHER))]
    write(folder / "docs", shelf, {SERVER, ROLE, OTHER})
    return build_and_open(folder / "docs", folder / "index")


@pytest.mark.parametrize(
    ("badges", "seen"),
    [
        ([], ["plan-0"]),
        ([SERVER], ["plan-0", "plan-1"]),
        ([OTHER], ["plan-0", "plan-2"]),
        ([SERVER, ROLE], ["plan-0", "plan-1", "plan-2"]),
        (["1", SERVER[:-1], f"{SERVER}0"], ["plan-0"]),
    ],
)
def test_one_of_the_ids_that_a_document_names_is_enough(
    searcher: index.Searcher, badges: list[str], seen: list[str]
) -> None:
    assert [document.id for document, _ in searcher.seen_with(badges).documents()] == seen


def test_who_may_see_all_asks_the_searcher_itself(searcher: index.Searcher) -> None:
    assert searcher.seen_with([SERVER, ROLE]) is searcher


def test_those_who_may_see_the_same_share_a_view(searcher: index.Searcher) -> None:
    assert searcher.seen_with([ROLE]) is searcher.seen_with([ROLE, OTHER, "1"])
    assert searcher.seen_with([SERVER]) is not searcher.seen_with([])


def test_a_view_of_a_view_hides_what_either_hides(searcher: index.Searcher) -> None:
    twice = searcher.seen_with([SERVER]).seen_with([ROLE])
    assert [document.id for document, _ in twice.documents()] == ["plan-0"]


def test_a_view_of_a_view_has_all_headings(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "plan.md").write_text("# Plan\n\n## Steel\n\nOre.\n\n## Coal\n\nPits.\n")
    for id_ in (SERVER, ROLE):
        (docs / f"of-{id_}.md").write_text(f"---\naudience: {id_}\n---\nOre and pits.\n")
    whole = build_and_open(docs, tmp_path / "index")
    once, twice = whole.seen_with([]), whole.seen_with([SERVER]).seen_with([ROLE])
    assert twice.headings(9) == once.headings(9) != []


def test_the_views_that_are_remembered_are_few(tmp_path: Path) -> None:
    roles = [str(10**17 + number) for number in range(40)]
    shelf: Shelf = [(["steel"], (role,)) for role in roles]
    write(tmp_path / "docs", shelf, set(roles))
    whole = build_and_open(tmp_path / "docs", tmp_path / "index")
    for role in roles:
        assert len(whole.seen_with([role]).documents()) == 1
    assert len(whole._views) <= 12
