import math
from pathlib import Path

import pytest
from conftest import build_and_open
from hypothesis import given
from hypothesis import strategies as st

import index
from index.confidence import WEIGHTS, confidence_of, outcome_of, shares_of


def test_every_signal_has_a_weight_and_the_shares_add_up(given_searcher: index.Searcher) -> None:
    query = given_searcher.form("How many new energy vehicles were exported?")
    signals = given_searcher.find(query, 5).signals
    assert list(signals) == list(WEIGHTS)
    logit = sum(shares_of(signals).values())
    assert confidence_of(signals) == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-6)


def test_confidence_does_not_depend_on_how_many_passages_are_listed(
    given_searcher: index.Searcher,
) -> None:
    query = given_searcher.form("Which technologies are supported in the automotive industry?")
    first = given_searcher.find(query, 1).signals
    assert all(given_searcher.find(query, limit).signals == first for limit in (2, 5, 100))


def test_nothing_found_is_no_confidence(given_searcher: index.Searcher) -> None:
    found = given_searcher.find(given_searcher.form("violin"), 5)
    assert (found.hits, confidence_of(found.signals)) == ((), 0.0)


@given(st.dictionaries(st.sampled_from(sorted(WEIGHTS)), st.floats(-1e6, 1e6), min_size=1))
def test_any_signals_give_a_probability(signals: dict[str, float]) -> None:
    assert 0 <= confidence_of(signals) <= 1


@pytest.mark.parametrize(
    ("confidence", "outcome"),
    [
        (1.0, "answered"),
        (0.4, "answered"),
        (0.39, "uncertain"),
        (0.1, "uncertain"),
        (0.09, "not_found"),
    ],
)
def test_the_outcome_follows_from_the_confidence(confidence: float, outcome: str) -> None:
    assert outcome_of(confidence) == outcome


def test_a_passage_with_more_of_the_question_is_surer(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text(
        "Steel exports to Japan grew in spring.\n\nCoal is mined here.\n\nRoads are built.\n"
    )
    searcher = build_and_open(tmp_path / "docs", tmp_path / "index")
    questions = (
        "Did steel exports to Japan grow in spring?",
        "Did steel exports to Norway grow in spring?",
        "Did timber imports from Norway grow in autumn?",
    )
    sure = [confidence_of(searcher.find(searcher.form(q), 1).signals) for q in questions]
    assert sure == sorted(sure, reverse=True)
    assert len(set(sure)) == 3
