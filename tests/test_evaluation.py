"""Figures of test collections: held to trec_eval, and to what can be counted by hand."""

import math
import random
from itertools import product
from pathlib import Path

import pytest
import pytrec_eval
from conftest import REPOSITORY
from hypothesis import given, settings
from hypothesis import strategies as st

from index.bm25 import Bm25
from index.evaluation import Collection, evaluate, read_collections, searcher_over
from index.evaluation.comparing import difference
from index.evaluation.measures import MEASURES, means, measured
from index.evaluation.refusing import refusal, reliability
from index.searcher import Searcher

SHARED = REPOSITORY.parent / "shared" / "collections"
PASSAGES = [f"p{number}" for number in range(130)]
RELEVANCE = st.dictionaries(
    st.sampled_from(PASSAGES), st.integers(min_value=0, max_value=4), min_size=1, max_size=30
)
RANKED = st.lists(st.sampled_from(PASSAGES), unique=True, max_size=len(PASSAGES))
NAMES = {"ndcg@10": "ndcg_cut_10", "recall@10": "recall_10", "recall@100": "recall_100"}


def by_trec_eval(ranked: list[str], relevance: dict[str, int]) -> dict[str, float]:
    """Return what trec_eval finds; it sorts by score, so each rank has a score of its own."""

    def run(depth: int) -> dict[str, float]:
        scores = {id_: float(len(ranked) - rank) for rank, id_ in enumerate(ranked[:depth])}
        names = {*NAMES.values(), "recip_rank", "success_1"}
        evaluator = pytrec_eval.RelevanceEvaluator({"q": relevance}, names)
        found: dict[str, float] = evaluator.evaluate({"q": scores})["q"]
        return found

    whole = run(len(ranked))
    others = {"mrr@10": run(10)["recip_rank"], "hit@1": whole["success_1"]}
    return {name: whole[theirs] for name, theirs in NAMES.items()} | others


def no_live_index(_: object = None) -> Searcher:
    raise AssertionError("no collection here is asked of the live index")


@settings(max_examples=300, deadline=None)
@given(RANKED, RELEVANCE)
def test_measures_are_those_of_trec_eval(ranked: list[str], relevance: dict[str, int]) -> None:
    theirs = by_trec_eval(ranked, relevance)
    ours = measured(ranked, relevance)
    assert list(ours) == list(MEASURES)
    for name in MEASURES:
        assert ours[name] == pytest.approx(theirs[name], abs=1e-8), name


@pytest.mark.parametrize(
    ("ranked", "relevance"), [([], {"a": 1}), (["a", "b"], {"a": 0}), (["b"], {"a": 2, "c": -1})]
)
def test_nothing_found_and_nothing_relevant_count_as_0(
    ranked: list[str], relevance: dict[str, int]
) -> None:
    assert measured(ranked, relevance) == dict.fromkeys(MEASURES, 0.0)
    assert by_trec_eval(ranked, relevance) == dict.fromkeys(MEASURES, 0.0)


def test_means_are_over_all_questions_those_without_hits_too() -> None:
    rows = [measured(["a"], {"a": 1}), measured([], {"a": 1})]
    assert means(rows) == dict.fromkeys(MEASURES, 0.5)


def test_a_graded_ndcg_is_as_counted_by_hand() -> None:
    found = measured(["x", "b", "a"], {"a": 2, "b": 1})
    by_hand = (1 / math.log2(3) + 2 / 2) / (2 + 1 / math.log2(3))
    assert found["ndcg@10"] == pytest.approx(by_hand, abs=1e-9)
    assert (found["mrr@10"], found["hit@1"], found["recall@10"]) == (0.5, 0.0, 1.0)


@given(
    st.lists(st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0]), min_size=1, max_size=40),
    st.lists(st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0]), min_size=1, max_size=40),
)
def test_auroc_counts_pairs_and_a_tie_as_half(some: list[float], others: list[float]) -> None:
    pairs = [float(one > other) + (one == other) / 2 for one, other in product(some, others)]
    assert refusal(some, others).auroc == pytest.approx(sum(pairs) / len(pairs))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_the_threshold_keeps_95_percent_of_the_answerable(confidences: list[float]) -> None:
    assert refusal(confidences, confidences).refused_at_95 <= 0.05


def test_what_is_refused_is_as_counted_by_hand() -> None:
    answerable = [number / 40 for number in range(1, 41)]  # the threshold is the third of them
    found = refusal(answerable, [0.0, 0.05, 3 / 40, 0.5])
    assert (found.questions, found.refused_at_95) == (4, 0.5)
    assert found.auroc == (40 + 38.5 + 37.5 + 20.5) / 160


def test_reliability_is_as_counted_by_hand() -> None:
    found = reliability([0.0, 0.05, 0.25, 0.95, 1.0], [False, True, False, True, True])
    assert [one.questions for one in found.bins] == [2, 0, 1, 0, 0, 0, 0, 0, 0, 2]
    assert found.bins[0].confidence == pytest.approx(0.025)
    assert (found.bins[0].right, found.bins[9].right) == (0.5, 1.0)
    assert found.error == pytest.approx((2 * 0.475 + 1 * 0.25 + 2 * 0.025) / 5)


def exact(differences: list[float]) -> float:
    """Return the share of all ways to set signs whose sum is at least as far from 0."""
    units = [round(one * 1000) for one in differences]
    observed = abs(sum(units))
    ways = list(product((1, -1), repeat=len(units)))
    return sum(
        abs(sum(sign * one for sign, one in zip(way, units, strict=True))) >= observed
        for way in ways
    ) / len(ways)


def test_the_significance_is_that_of_all_permutations() -> None:
    numbers = random.Random(5)
    for size in (4, 8, 12):
        differences = [round(numbers.gauss(0.05, 0.2), 3) for _ in range(size)]
        assert difference(differences).p == pytest.approx(exact(differences), abs=0.015)


def test_a_comparison_counts_wins_losses_and_ties_and_repeats_itself() -> None:
    differences = [0.5, -0.25, 0.0, 0.125, 0.25] * 6
    found = difference(differences)
    assert (found.wins, found.losses, found.ties) == (18, 6, 6)
    assert found.mean == pytest.approx(0.125)
    assert found == difference(differences)
    assert found.p == 155 / 10_001  # on any machine, with any release of numpy


def test_equal_runs_differ_by_chance_alone() -> None:
    assert difference([0.0, 0.0]).p == 1.0
    assert difference([0.5]).p == 1.0


def collection(folder: Path, corpus: str, queries: str, qrels: str) -> Collection:
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(corpus, encoding="utf-8")
    (folder / "queries.jsonl").write_text(queries, encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    (found,) = read_collections([folder])
    return found


def test_lines_of_one_title_are_a_document_and_each_line_is_one_passage(tmp_path: Path) -> None:
    long = "A sentence that goes on for a while. " * 200
    corpus = (
        '{"_id": "a", "title": "Tax", "text": "one"}\n{"_id": 7, "title": "Tax", "text": "two"}\n'
        f'\n{{"_id": "c", "title": "", "text": "{long}"}}\n{{"_id": "d", "text": "four"}}\r\n'
        '{"_id": "e", "title": "Tax", "text": "five"}'
    )
    found = collection(tmp_path / "x", corpus, '{"_id": "q", "text": "one?"}', "q\t7\t1\n")
    assert found.corpus is not None
    passages = found.corpus.passages
    documents = [passage.document for passage in passages]
    assert documents[0] == documents[1]
    assert len(set(documents)) == 4
    assert [passage.paragraph for passage in passages] == [1, 2, 1, 1, 1]
    assert passages[2].text == long
    assert [found.corpus.ids[passage.id] for passage in passages] == ["a", "7", "c", "d", "e"]
    assert sorted(passages, key=lambda passage: passage.document.id) == list(passages)


def test_questions_without_judgements_are_not_asked(tmp_path: Path) -> None:
    queries = '{"_id": "q1", "text": "one?"}\n{"_id": "q2", "text": "two?"}'
    corpus = '{"_id": "a", "text": "one"}'
    qrels = "query-id\tcorpus-id\tscore\nq2\ta\t1\n"
    found = collection(tmp_path / "x", corpus, queries, qrels)
    assert [question.id for question in found.questions] == ["q2"]


def test_passages_that_nothing_tells_apart_keep_the_order_of_their_lines(tmp_path: Path) -> None:
    corpus = "".join(f'{{"_id": "p{n}", "text": "The same text."}}\n' for n in range(120))
    found = collection(tmp_path / "x", corpus, '{"_id": "q", "text": "text"}', "q\tp0\t1\n")
    (asked,) = evaluate(found, Bm25(), no_live_index).asked
    assert asked.ranked == tuple(f"p{n}" for n in range(100))


def test_a_searcher_in_memory_finds_passages_by_id_and_quotes(tmp_path: Path) -> None:
    corpus = (
        '{"_id": "a", "title": "Tax", "text": "Solar panels are exempt."}\n'
        '{"_id": "b", "title": "Tax", "text": "Boats are not."}'
    )
    found = collection(tmp_path / "x", corpus, '{"_id": "q", "text": "boats"}', "q\tb\t1\n")
    assert found.corpus is not None
    searcher = searcher_over(found.corpus.passages, Bm25())
    ((document, paragraphs),) = searcher.documents()
    assert (document.title, paragraphs) == ("Tax", 2)
    (passage,) = searcher.passages_of(f"{document.id}#2")
    assert passage.text == "Boats are not."
    assert len(searcher.passages_of(f"{document.id}#2", context=1)) == 2
    assert searcher.check_quote("Solar panels are exempt.").outcome == "exact"
    assert searcher.versions_of(document.id)[0].last_seen is None


@pytest.mark.skipif(not SHARED.exists(), reason="the collections are not on this machine")
def test_plain_bm25_is_where_others_find_it() -> None:
    (found,) = read_collections([SHARED / "or_sharc"])
    evaluation = evaluate(found, Bm25(), no_live_index, plain=True)
    assert (evaluation.passages, len(evaluation.asked)) == (651, 434)
    assert evaluation.plain is not None
    assert 0.75 < evaluation.plain["ndcg@10"] < 0.85
    assert evaluation.measures["ndcg@10"] > evaluation.plain["ndcg@10"]
