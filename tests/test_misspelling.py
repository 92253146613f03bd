import json
import time
from collections import Counter

import numpy as np
import pytest
from conftest import REPOSITORY
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import stem, terms
from index.misspelling import Spellings, osa_distance, osa_distances
from index.vocabulary import vocabulary

WORDS = (
    "investment petrochemical recommend involved chain technology environment government benefit "
    "allowance application price tension cancel export charge manufacture letter "
    "retention community existing patent apple"
).split()

SCIFACT = REPOSITORY.parent / "shared" / "collections" / "scifact" / "corpus.jsonl"
REAL_SLIPS = {
    "hypothisis": "hypothesis",
    "temperture": "temperature",
    "concentraton": "concentration",
    "vacine": "vaccine",
    "diabetis": "diabetes",
    "enviroment": "environment",
    "necesary": "necessary",
    "mangement": "management",
    "experimnt": "experiment",
    "popultaion": "population",
    "chidlren": "children",
    "hosptial": "hospital",
}
LETTERS = str.maketrans("0123456789", "aeioutrchm")


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
        ("leter", "letter"),
        ("retenion", "retention"),  # its stem keeps an ending that the right word's loses
        ("comunity", "community"),
        ("mnaufcature", "manufacture"),  # two slips
        ("etchnology", "technology"),  # the first two letters swapped
        ("ogvernment", "government"),
        ("hcain", "chain"),
    ],
)
def test_a_slip_is_mended(slip: str, meant: str) -> None:
    assert mended(slip, spellings()) == [stem(meant)]


@pytest.mark.parametrize(
    "word",
    [
        *("rice", "pension", "cancer", "change", "tax", "visa", "2019", "出口", "a1b2c3", "x" * 60),
        *("patients", "rapple", "exit", "tetter", "bland", "hchain"),
    ],
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


@given(st.text("abc", min_size=1, max_size=8), st.lists(st.text("abc", min_size=1, max_size=8)))
def test_distances_to_many_words_are_those_to_each(word: str, others: list[str]) -> None:
    spelled = np.frombuffer(word.encode(), dtype=np.uint8)
    rows = [list(other.ljust(8, "a").encode()) for other in others]
    table = np.array(rows, dtype=np.uint8).reshape(-1, 8)
    lengths = np.array([len(other) for other in others], dtype=np.int64)
    assert osa_distances(spelled, table, lengths).tolist() == [naive(word, o) for o in others]


@pytest.mark.skipif(not SCIFACT.exists(), reason="the test collections are not beside this folder")
def test_slips_are_mended_and_correct_words_left_alone_in_a_real_vocabulary() -> None:
    counts: Counter[str] = Counter()
    for line in SCIFACT.read_text(encoding="utf-8").splitlines():
        counts.update(set(terms(json.loads(line)["text"])))
    among = sorted(counts)
    real = Spellings(vocabulary(among), np.array([counts[term] for term in among]))
    for slip, meant in REAL_SLIPS.items():
        assert stem(slip) not in counts
        assert mended(slip, real)[:1] == [stem(meant)], slip
    for word in ("salary", "rental", "auction", "complain", "detained", "faulty", "widow", "hotel"):
        assert stem(word) not in counts
        assert mended(word, real) == [], word


def test_a_large_vocabulary_is_searched_quickly() -> None:
    digits = range(100_000)
    terms = sorted({f"p{str(n).translate(LETTERS)}" for n in digits} | {"petrochem"})
    among = Spellings(vocabulary(terms), np.ones(len(terms), dtype=np.int64))
    assert mended("petrocehm", among) == ["petrochem"]
    started = time.process_time()
    for _ in range(10):
        among.nearest("petrocehm")
    assert (time.process_time() - started) / 10 < 0.05
