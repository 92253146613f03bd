import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import stem
from index.misspelling import Spellings, osa_distance
from index.vocabulary import vocabulary

WORDS = (
    "investment petrochemical recommend involved chain technology environment government benefit "
    "allowance application price tension cancel export charge manufacture"
).split()


def spellings(words: list[str] = WORDS, absent: str = "") -> Spellings:
    terms = sorted({stem(word) for word in words})
    counts = np.array([0 if term == stem(absent) else 3 for term in terms])
    return Spellings(vocabulary(terms), counts)


def mended(word: str, among: Spellings) -> list[str]:
    return among._vocabulary.terms(among.nearest(word))  # terms by number


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("investmnt", "investment"),
        ("petrochemcial", "petrochemical"),
        ("recomend", "recommend"),
        ("invovled", "involved"),
        ("chian", "chain"),
        ("techonology", "technology"),
        ("enviroment", "environment"),
        ("goverment", "government"),
        ("benifit", "benefit"),
        ("applicaton", "application"),
        ("MANUFACTRE", "manufacture"),
    ],
)
def test_a_slip_is_mended(slip: str, meant: str) -> None:
    assert mended(slip, spellings()) == [stem(meant)]


@pytest.mark.parametrize(
    "word",
    ["rice", "pension", "cancer", "change", "tax", "visa", "2019", "出口", "a1b2c3", "x" * 60],
)
def test_another_word_is_left_alone(word: str) -> None:
    assert mended(word, spellings()) == []


def test_a_term_that_no_passage_has_is_never_offered() -> None:
    assert mended("recomend", spellings(absent="recommend")) == []


def test_an_empty_vocabulary_mends_nothing() -> None:
    assert mended("recomend", spellings([])) == []


def naive(one: str, other: str) -> int:
    table = {(i, 0): i for i in range(len(one) + 1)} | {(0, j): j for j in range(len(other) + 1)}
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            steps = [table[i - 1, j] + 1, table[i, j - 1] + 1]
            steps.append(table[i - 1, j - 1] + (one[i - 1] != other[j - 1]))
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                steps.append(table[i - 2, j - 2] + 1)
            table[i, j] = min(steps)
    return table[len(one), len(other)]


@given(st.text("abc", max_size=8), st.text("abc", max_size=8), st.integers(1, 3))
def test_the_distance_is_that_of_its_definition(one: str, other: str, most: int) -> None:
    assert osa_distance(one, other, most) == min(naive(one, other), most + 1)
