"""The scorer alone: its scores are rank_bm25's over the same terms, also of what is added."""

import re
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
import rank_bm25
from conftest import GIVEN
from hypothesis import given, settings
from hypothesis import strategies as st

from index.plain import PlainIndex, build
from index.plain.added import AddedLines
from index.plain.naming import Namer
from index.plain.text import MODEL, terms

WORDS = "tax law rule plan steel growth of the and".split()


def expected(lines: Sequence[str], question: str) -> dict[int, float]:
    """The stock scores of the lines that have a term, without the constant of its Plus variant."""
    stock = rank_bm25.BM25Plus([terms(line) for line in lines], k1=MODEL.k1, b=MODEL.b)
    asked = terms(question)
    constant = sum(stock.idf.get(term, 0) * stock.delta for term in asked)
    return {
        number: float(score - constant)
        for number, (line, score) in enumerate(zip(lines, stock.get_scores(asked), strict=True))
        if not set(asked).isdisjoint(terms(line))
    }


def assert_found(index: PlainIndex, lines: Sequence[str], question: str) -> None:
    scores = expected(lines, question)
    found = index.search(question, len(lines))
    assert dict(found) == pytest.approx(scores)
    assert found == sorted(found, key=lambda one: (-one[1], one[0]))
    assert index.search(question, 3) == found[:3]


lines_of_words = st.lists(
    st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), min_size=1, max_size=12
).filter(any)


@settings(deadline=None, max_examples=30)
@given(lines_of_words, lines_of_words, st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))
def test_what_was_built_and_what_was_added_are_scored_as_one(
    tmp_path_factory: pytest.TempPathFactory, built: list[str], added: list[str], asked: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("plain")
    build(built, folder)
    index, question = PlainIndex.open(folder), " ".join(asked)
    for _ in range(3):  # without numpy, then with it
        assert_found(index, built, question)
    for number, line in enumerate(added, start=len(built)):
        assert index.add(line) == number
    both = built + added
    assert_found(index, both, question)
    again = PlainIndex.open(folder)
    assert_found(again, both, question)
    again.merge()
    assert_found(again, both, question)
    assert_found(PlainIndex.open(folder), both, question)
    assert len(again) == len(both)


def test_the_given_document_is_found_as_rank_bm25_finds_it(tmp_path: Path) -> None:
    lines = [" ".join(block.split()) for block in GIVEN.read_text().split("\n\n")]
    build(lines, tmp_path)
    index = PlainIndex.open(tmp_path)
    for question in ("new energy vehicles exported", "steel", "the plan of the ministry", "zebra"):
        assert_found(index, lines, question)


mixed = st.text(st.sampled_from("abzABZ09-. \x01\x02\nİKſé东")) | st.text()


@given(st.lists(st.lists(mixed, max_size=6), max_size=3))
def test_terms_are_runs_of_letters_and_digits_however_they_are_named(
    parts: list[list[str]],
) -> None:
    namer = Namer()
    for lines in filter(None, parts):
        names, lengths = namer.of(lines)
        spelled = [term.decode() for term in namer.spellings(names)]
        assert spelled == [term for line in lines for term in terms(line)]
        assert lengths.tolist() == [len(terms(line)) for line in lines]
        assert terms(lines[0]) == re.findall("[a-z0-9]+", lines[0].lower())
        assert len(set(names.tolist())) == len(set(spelled))


def test_a_record_that_a_crash_cut_off_is_dropped_and_overwritten(tmp_path: Path) -> None:
    build(["tax law"], tmp_path)
    index = PlainIndex.open(tmp_path)
    index.add("steel plan")
    index.add("growth")
    log = next(tmp_path.glob("added-*.log"))
    whole = log.read_bytes()
    for size in range(whole.index(b"\n") + 1, len(whole)):
        log.write_bytes(whole[:size])
        again = PlainIndex.open(tmp_path)
        assert len(again) == 2
        assert again.search("growth", 5) == []
        assert again.add("growth") == 2
        assert log.read_bytes() == whole


def test_a_kill_between_a_new_base_and_its_renaming_leaves_the_old_one(tmp_path: Path) -> None:
    from index.plain.building import store_merged

    build(["tax law"], tmp_path)
    index = PlainIndex.open(tmp_path)
    index.add("steel plan")
    base = index._now.base  # what a merge in another thread would take
    store_merged(tmp_path, base, [["steel", "plan"]])  # and nothing made it the base
    again = PlainIndex.open(tmp_path)
    assert [number for number, _ in again.search("steel", 5)] == [1]
    again.merge()
    assert [number for number, _ in PlainIndex.open(tmp_path).search("steel", 5)] == [1]


def test_lines_added_during_a_merge_stay(tmp_path: Path) -> None:
    build(["tax law"] * 50, tmp_path)
    index = PlainIndex.open(tmp_path)
    for number in range(20):
        index.add(f"before{number}")
    thread = threading.Thread(target=index.merge)
    thread.start()
    for number in range(20):
        index.add(f"during{number}")
    thread.join()
    for opened in (index, PlainIndex.open(tmp_path)):
        for place, word in enumerate(("before", "during")):
            for number in range(20):
                expected_number = 50 + 20 * place + number
                found = opened.search(f"{word}{number}", 1)
                assert [one for one, _ in found] == [expected_number]


def test_it_can_be_opened_at_any_time_and_merged_by_several(tmp_path: Path) -> None:
    build(["tax law"] * 50, tmp_path)
    index = PlainIndex.open(tmp_path)
    is_over = threading.Event()
    seen: list[int] = []

    def open_again_and_again() -> None:
        while not is_over.is_set():
            seen.append(len(PlainIndex.open(tmp_path)))

    def merge_again_and_again() -> None:
        for _ in range(15):
            index.merge()

    opening = threading.Thread(target=open_again_and_again)
    merging = [threading.Thread(target=merge_again_and_again) for _ in range(2)]
    for thread in (opening, *merging):
        thread.start()
    for number in range(40):
        index.add(f"word{number}")
    for thread in merging:
        thread.join()
    is_over.set()
    opening.join()
    assert seen == sorted(seen)
    assert len(PlainIndex.open(tmp_path)) == len(index) == 90
    assert [number for number, _ in index.search("word17", 1)] == [67]


def test_much_that_was_added_is_merged_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.plain.opened._MOST_ADDED", 5)
    build(["tax law"], tmp_path)
    index = PlainIndex.open(tmp_path)
    for number in range(5):
        index.add(f"word{number}")
    if index._merging is not None:
        index._merging.join()
    (log,) = tmp_path.glob("added-*.log")
    assert log.read_bytes() == b""
    assert AddedLines(str(log)).lengths == []
    assert [number for number, _ in index.search("word3", 1)] == [4]
