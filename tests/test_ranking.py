"""The scores are rank_bm25's: its stock classes are the oracle, on real and on random text."""

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
import rank_bm25
from conftest import GIVEN
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_postings import naive_postings

from index import analysis, ranking
from index.bm25 import VARIANTS, Bm25
from index.light_ranking import LightPostings, LightRanker
from index.packed import packed, unpacked
from index.ranking import Ranker, mean_of, norms_of

STOCK = {"plus": rank_bm25.BM25Plus, "okapi": rank_bm25.BM25Okapi}


class Corpus:
    """Passages as lists of terms, ranked by us and by the stock class."""

    def __init__(self, passages: Sequence[Sequence[str]], model: Bm25) -> None:
        self.model = model
        self.passages = passages
        spellings = sorted({term for terms in passages for term in terms})
        self.numbers = {term: number for number, term in enumerate(spellings)}
        lengths = np.array([len(terms) for terms in passages], dtype=np.int64)
        numbered = [[self.numbers[term] for term in terms] for terms in passages]
        inverted = naive_postings(numbered, len(spellings))
        self.postings = packed(inverted, norms_of(lengths, model))
        self.idf = ranking.inverse_document_frequencies(
            self.postings.document_frequencies.tolist(), len(passages), model
        ).tolist()
        light = LightRanker(LightPostings(self.postings.views()), model, mean_of(lengths))
        self.rankers: dict[str, Ranker | LightRanker] = {
            "all are scored": Ranker(self.postings, model),
            "most are pruned": Ranker(self.postings, model, few=0),
        }
        if min(self.idf, default=1.0) > 0:
            self.rankers["without numpy"] = light
        self.stock = STOCK[model.variant](list(passages), k1=model.k1, b=model.b)

    def ours(
        self, query: dict[str, int], limit: int, allowed: npt.NDArray[np.bool_] | None = None
    ) -> dict[int, float]:
        """The best of all rankers, which must be the same."""
        known = [term for term in query if term in self.numbers]
        numbers = [self.numbers[term] for term in known]
        weights = [float(query[term]) for term in known]
        idf = [self.idf[number] for number in numbers]
        first, *others = (
            ranker.rank(numbers, weights, idf, limit, allowed).pairs()  # type: ignore[arg-type]
            for ranker in self.rankers.values()
        )
        for other in others:
            assert other == first
        return dict(first)

    def theirs(self, query: dict[str, int]) -> npt.NDArray[np.float64]:
        """The stock scores, without the constant that its Plus variant gives every passage."""
        spelled = [term for term, count in query.items() for _ in range(count)]
        scores = np.asarray(self.stock.get_scores(spelled), dtype=np.float64)
        if self.model.variant == "plus":
            scores = scores - sum(
                self.stock.idf.get(term, 0) * self.stock.delta for term in spelled
            )
        return scores

    def hits(self, query: dict[str, int]) -> list[int]:
        return [i for i, terms in enumerate(self.passages) if not query.keys().isdisjoint(terms)]


def assert_scores_agree(corpus: Corpus, query: dict[str, int]) -> None:
    ours = corpus.ours(query, len(corpus.passages))
    theirs = corpus.theirs(query)
    assert sorted(ours) == corpus.hits(query)
    for number, score in ours.items():
        assert score == pytest.approx(theirs[number], rel=1e-6, abs=1e-9)


MODELS = [
    Bm25(variant, k1, b) for variant in VARIANTS for k1, b in [(1.2, 0.75), (0.9, 0.4), (2, 0.9)]
]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_scores_on_the_given_document_equal_rank_bm25(model: Bm25) -> None:
    passages = [analysis.terms(block) for block in GIVEN.read_text().split("\n\n")]
    corpus = Corpus(passages, model)
    rng = random.Random(7)
    vocabulary = sorted(corpus.numbers)
    for _ in range(200):
        query = {
            rng.choice(vocabulary): rng.choice([1, 1, 1, 2]) for _ in range(rng.randint(1, 12))
        }
        assert_scores_agree(corpus, query)


random_passages = st.lists(
    st.lists(st.sampled_from("abcdefgh"), max_size=12), min_size=1, max_size=20
)
random_query = st.dictionaries(st.sampled_from("abcdefghz"), st.integers(1, 3), min_size=1)


@given(random_passages, random_query, st.sampled_from(MODELS))
def test_scores_on_random_text_equal_rank_bm25(
    passages: list[list[str]], query: dict[str, int], model: Bm25
) -> None:
    if any(passages):  # the stock class divides by the mean length
        assert_scores_agree(Corpus(passages, model), query)


@settings(deadline=None)
@given(random_passages, random_query, st.integers(1, 6), st.sampled_from(MODELS))
def test_the_best_few_are_the_first_of_all(
    passages: list[list[str]], query: dict[str, int], limit: int, model: Bm25
) -> None:
    corpus = Corpus(passages, model) if any(passages) else None
    if corpus:
        everything = corpus.ours(query, len(passages))
        order = sorted(everything, key=lambda number: (-everything[number], number))
        assert list(corpus.ours(query, limit)) == order[:limit]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_the_best_few_of_many_passages_are_exact(model: Bm25) -> None:
    rng = np.random.default_rng(3)
    words = [f"w{rank}" for rank in range(400)]
    chances = 1 / np.arange(1, 401)
    chances /= chances.sum()
    passages = [list(rng.choice(words, rng.integers(5, 60), p=chances)) for _ in range(3000)]
    corpus = Corpus(passages, model)
    for _ in range(30):
        query = {str(word): 1 for word in rng.choice(words, 6, p=chances)}
        everything = corpus.ours(query, len(passages))
        order = sorted(everything, key=lambda number: (-everything[number], number))
        assert list(corpus.ours(query, 10)) == order[:10]
        assert_scores_agree(corpus, query)


def test_asking_again_gives_the_same_scores_bit_for_bit() -> None:
    passages = [["a", "b"], ["a", "a", "c"], ["b", "c"], ["a"]] * 50
    corpus = Corpus(passages, Bm25())
    first = corpus.ours({"a": 2, "b": 1}, 200)
    assert all(corpus.ours({"a": 2, "b": 1}, 200) == first for _ in range(3))


def test_a_word_in_every_passage_still_finds_them_all() -> None:
    for variant in VARIANTS:
        corpus = Corpus([["tax"], ["tax", "law"], ["tax", "tax"]], Bm25(variant))
        assert sorted(corpus.ours({"tax": 1}, 10)) == [0, 1, 2]


def test_passages_that_share_no_word_are_no_hits_whatever_they_score() -> None:
    corpus = Corpus([["tax"], ["law"], ["rule"]], Bm25("plus"))
    assert list(corpus.ours({"law": 1}, 10)) == [1]
    assert corpus.stock.get_scores(["law"])[0] > 0  # the constant that is taken out here


def test_ties_keep_document_order() -> None:
    corpus = Corpus([["tax", "law"]] * 5, Bm25())
    assert list(corpus.ours({"tax": 1}, 3)) == [0, 1, 2]


def test_an_empty_corpus_is_no_division_by_zero() -> None:
    empty = np.zeros(0, dtype=np.int64)
    nothing = naive_postings([], 0)
    ranker = Ranker(packed(nothing, norms_of(empty, Bm25())), Bm25())
    assert ranker.rank([], [], [], 5).pairs() == []


def test_passages_without_any_term_are_no_division_by_zero() -> None:
    corpus_terms: list[list[str]] = [["tax"], []]
    corpus = Corpus(corpus_terms, Bm25())
    assert list(corpus.ours({"tax": 1}, 5)) == [0]


@pytest.mark.parametrize("model", [Bm25(variant) for variant in VARIANTS], ids=str)
def test_only_allowed_passages_are_ranked_and_their_scores_stay(model: Bm25) -> None:
    corpus = Corpus([["tax", "law"], ["tax"], ["law"], ["tax", "tax"]] * 20, model)
    everything = corpus.ours({"tax": 1, "law": 1}, 80)
    allowed = np.arange(80) % 3 == 0
    ranked = corpus.ours({"tax": 1, "law": 1}, 5, allowed)
    expected = sorted((n for n in everything if allowed[n]), key=lambda n: (-everything[n], n))[:5]
    assert list(ranked) == expected
    assert list(ranked.values()) == [everything[number] for number in expected]


def test_a_term_more_often_than_a_byte_counts_is_counted() -> None:
    corpus = Corpus([["tax"] * 70_000, ["tax"] * 300 + ["law"]], Bm25())
    assert unpacked(corpus.postings).frequencies.tolist() == [1, 70_000, 300]
    assert_scores_agree(corpus, {"tax": 1, "law": 1})
