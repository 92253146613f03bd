"""What differs between two versions of a document."""

import random
import time
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from index.differing import Difference, differences
from index.passages import split
from index.records import Document, Paragraph, ParsedDocument, Passage

SECONDS = 20.0  # for two versions of 10,000 paragraphs; a quarter of it on an idle machine
SENTENCES = (
    "Cars pay a tax of five percent.",
    "Buses pay no tax at all.",
    "The tax is paid in May.",
    "Cars pay a tax of six percent.",
    "税率为百分之五。",
    "税率为百分之六。",
    "x",
    "!",
)


def passages_of(
    texts: Sequence[str], headings: Sequence[tuple[str, ...]] = (), title: str = "Law"
) -> list[Passage]:
    above = headings or [()] * len(texts)
    paragraphs = tuple(
        Paragraph(number, text, heading)
        for number, (text, heading) in enumerate(zip(texts, above, strict=True), start=1)
    )
    return list(split(ParsedDocument(Document("law", "law.txt", "", title), paragraphs)))


def compared(old: Sequence[str], new: Sequence[str]) -> Difference:
    return differences(passages_of(old), passages_of(new))


def told(difference: Difference) -> list[tuple[str, int | None, int | None]]:
    return [(change.kind, change.old, change.new) for change in difference.paragraphs]


FIRST, SECOND, THIRD, *_ = SENTENCES


def test_equal_versions_differ_in_nothing() -> None:
    assert not compared(SENTENCES, SENTENCES)


def test_a_paragraph_that_is_added_moves_no_other() -> None:
    assert told(compared([FIRST, THIRD], [FIRST, SECOND, THIRD])) == [("added", None, 2)]


def test_what_is_gone_comes_behind_what_it_stood_behind() -> None:
    assert told(compared([FIRST, "x", SECOND, "!", THIRD], [FIRST, SECOND, THIRD, "new"])) == [
        ("removed", 2, None),
        ("removed", 4, None),
        ("added", None, 4),
    ]


def test_an_equal_paragraph_elsewhere_has_moved() -> None:
    assert told(compared([FIRST, SECOND, THIRD], [THIRD, FIRST, SECOND])) == [("moved", 3, 1)]


def test_a_similar_paragraph_has_changed_word_by_word() -> None:
    difference = compared([FIRST, SECOND], [SENTENCES[3], SECOND])
    assert told(difference) == [("changed", 1, 1)]
    pieces = [(piece.kind, piece.text) for piece in difference.paragraphs[0].pieces]
    assert pieces[1:3] == [("removed", "five"), ("added", "six")]


def test_chinese_is_compared_by_characters() -> None:
    difference = compared([SENTENCES[4]], [SENTENCES[5]])
    assert told(difference) == [("changed", 1, 1)]
    pieces = [(piece.kind, piece.text) for piece in difference.paragraphs[0].pieces]
    assert pieces == [
        ("same", "税率为百分之"),
        ("removed", "五"),
        ("added", "六"),
        ("same", "。"),
    ]


def test_a_paragraph_may_change_and_move_at_once() -> None:
    others = [f"Clause {word} of this law." for word in ("one", "two", "three")]
    long = "Whoever registers a vehicle pays a fee of 20 yuan to the office of the district."
    difference = compared([long, *others], [*others, long.replace("20", "30")])
    assert told(difference) == [("changed", 1, 4)]


def test_paragraphs_that_share_little_are_not_one_that_changed() -> None:
    assert told(compared([FIRST], ["Nothing of this is about vehicles."])) == [
        ("removed", 1, None),
        ("added", None, 1),
    ]


def test_a_new_heading_is_told_once() -> None:
    old = passages_of(SENTENCES[:3], [("Part 1", "A"), ("Part 1", "A"), ("Part 1", "B")])
    new = passages_of(SENTENCES[:3], [("Part I", "A"), ("Part I", "A"), ("Part I", "B")])
    difference = differences(old, new)
    assert difference.headings == (("Part 1", "Part I"),)
    assert difference.paragraphs == ()


def test_metadata_are_compared_field_by_field() -> None:
    difference = differences(passages_of([FIRST]), passages_of([FIRST], title="Act"))
    (change,) = difference.metadata
    assert (change.name, change.old, change.new) == ("title", "Law", "Act")


def test_a_paragraph_that_was_split_is_compared_as_a_whole() -> None:
    long = [f"Sentence {number} of a paragraph that is very long indeed." for number in range(99)]
    changed = [*long[:50], "A short one.", *long[50:]]
    difference = compared([" ".join(long)], [" ".join(changed)])
    assert told(difference) == [("changed", 1, 1)]
    kinds = [piece.kind for piece in difference.paragraphs[0].pieces]
    assert kinds == ["same", "added", "same"]


texts = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=8)


@given(texts, texts)
def test_every_paragraph_is_accounted_for_once(old: list[str], new: list[str]) -> None:
    difference = compared(old, new)
    from_old = [change.old for change in difference.paragraphs if change.old is not None]
    to_new = [change.new for change in difference.paragraphs if change.new is not None]
    assert len(set(from_old)) == len(from_old)
    assert len(set(to_new)) == len(to_new)
    # What is not told stayed: it is equal, and in the same order.
    stayed = [text for number, text in enumerate(old, start=1) if number not in from_old]
    assert stayed == [text for number, text in enumerate(new, start=1) if number not in to_new]
    for change in difference.paragraphs:
        removed = "".join(piece.text for piece in change.pieces if piece.kind != "added")
        added = "".join(piece.text for piece in change.pieces if piece.kind != "removed")
        assert removed == (old[change.old - 1] if change.old else "")
        assert added == (new[change.new - 1] if change.new else "")


def test_versions_of_10_000_paragraphs_are_compared_in_time() -> None:
    draw = random.Random(1)
    words = [f"word{rank}" for rank in range(20_000)]
    weights = [1 / (rank + 2.7) for rank in range(20_000)]
    old = [" ".join(draw.choices(words, weights, k=40)) for _ in range(10_000)]
    new = [text if number % 2 else f"{text} and more" for number, text in enumerate(old)]
    new = [*new[5000:], *new[:5000]]
    started = time.process_time()
    difference = compared(old, new)
    assert time.process_time() - started < SECONDS
    kinds = [change.kind for change in difference.paragraphs]
    assert (kinds.count("changed"), kinds.count("added"), kinds.count("removed")) == (5000, 0, 0)
