"""What is the same, removed and added between two texts."""

import itertools
import random
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.common_sequence import common_subsequence
from index.word_diff import word_diff

SECONDS = 5.0  # for two texts of 10,000 words; it takes a twentieth
texts = st.lists(
    st.sampled_from(("the ", "tax", " is", "5", "3.5%", ", ", "\n", "e\u0301", "税", "率。", "’s"))
    | st.text(max_size=3)
).map("".join)


def marked(old: str, new: str) -> str:
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in word_diff(old, new))


@given(texts, texts)
@example("", "")
@example(" a", "a ")
def test_the_pieces_joined_give_both_texts(old: str, new: str) -> None:
    pieces = word_diff(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new


@given(texts, texts)
def test_no_piece_is_empty_or_like_the_one_before_it(old: str, new: str) -> None:
    pieces = word_diff(old, new)
    assert all(piece.text for piece in pieces)
    kinds = [piece.kind for piece in pieces]
    assert all(one != other for one, other in itertools.pairwise(kinds))
    assert ("added", "removed") not in itertools.pairwise(kinds)


@given(texts)
def test_a_text_is_the_same_as_itself(text: str) -> None:
    assert [piece.kind for piece in word_diff(text, text)] == ["same"] * bool(text)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("The rate is 5 %.", "The rate is 7 %.", "The rate is [-5-]{+7+} %."),
        ("It grew by 3.5 points", "It grew by 3.8 points", "It grew by [-3.5-]{+3.8+} points"),
        ("Cars are taxed.", "Cars are not taxed.", "Cars are {+not +}taxed."),
        ("税率为百分之五。", "税率为百分之六。", "税率为百分之[-五-]{+六+}。"),
        ("an old man came", "an new dog came", "an [-old man-]{+new dog+} came"),
        ("one  two", "one two", "one [- -]two"),
        ("it isn't so", "it is so", "it [-isn't-]{+is+} so"),
        ("", "new", "{+new+}"),
    ],
)
def test_what_changed_is_marked_word_by_word(old: str, new: str, expected: str) -> None:
    assert marked(old, new) == expected


def shuffled_words(kind: str, seed: int) -> str:
    draw = random.Random(seed)
    if kind == "Chinese":
        return "".join(draw.choices("的税率车辆企业政策实施办法规定中国", k=10_000))
    words = [f"word{rank}" for rank in range({"English": 3000, "poor": 3, "rich": 10**6}[kind])]
    return " ".join(draw.choices(words, k=10_000))


@pytest.mark.parametrize("kind", ["English", "Chinese", "poor", "rich"])
def test_two_texts_of_10_000_words_are_compared_in_time(kind: str) -> None:
    started = time.process_time()
    word_diff(shuffled_words(kind, 1), shuffled_words(kind, 2))
    assert time.process_time() - started < SECONDS


def test_a_change_in_a_text_far_too_long_for_a_table_is_found_in_time() -> None:
    words = [f"w{place}" for place in range(100_000)]
    changed = [*words[:70_000], "new", *words[70_001:]]
    changed[10] = changed[99_990] = "edge"
    started = time.process_time()
    pieces = word_diff(" ".join(words), " ".join(changed))
    assert time.process_time() - started < SECONDS
    assert [piece.text for piece in pieces if piece.kind == "added"] == ["edge", "new", "edge"]


def longest_by_definition(old: list[int], new: list[int]) -> int:
    row = [0] * (len(new) + 1)
    for value in old:
        before = row
        row = [0]
        for column, other in enumerate(new):
            grown = before[column] + 1 if value == other else max(before[column + 1], row[-1])
            row.append(grown)
    return row[-1]


sequences = st.lists(st.integers(0, 6), max_size=30)


@given(sequences, sequences)
def test_the_common_subsequence_is_the_longest(old: list[int], new: list[int]) -> None:
    pairs = common_subsequence(old, new)
    assert len(pairs) == longest_by_definition(old, new)


@given(sequences, sequences, st.sampled_from([0, 20, 10**9]))
def test_a_common_subsequence_ascends_and_is_common(
    old: list[int], new: list[int], largest_table: int
) -> None:
    pairs = common_subsequence(old, new, largest_table)
    assert all(old[row] == new[column] for row, column in pairs)
    assert all(
        row < next_row and column < next_column
        for (row, column), (next_row, next_column) in itertools.pairwise(pairs)
    )
