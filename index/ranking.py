"""Rank passages against weighted terms with BM25.

rank_bm25 is the definition: its classes give the idf here, and a test holds the scores to their
`get_scores`. Only the data structure differs: it scans every passage for every term, this reads
the postings of the terms asked for. Its Plus variant gives every passage a constant score, and
its Okapi variant can score a true match zero or less, so shared terms decide what is a hit; the
score only orders the hits. Ties keep document order, so one question has one answer.

Of many passages most are never looked at (MaxScore: Turtle and Flood, 1995): the terms that can
add most come first, and as soon as all others together cannot lift a passage among the best, these
are only looked up in the passages found so far. That runs in single precision with a margin; what
may be among the best is scored again in double precision, term by term in the order of the query.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from index.bm25 import Bm25
from index.packed import ODD, Numbers, PackedPostings, frequencies_in
from index.postings import Integers

Floats = npt.NDArray[np.float64]
_Singles = npt.NDArray[np.float32]

_FEW_PASSAGES = 1 << 15  # up to which every posting of the terms is scored
_ROW_SHARE = 32  # of few passages, a term in more than one of so many is kept as a row of scores
_REMEMBERED_BYTES = 16 << 20  # of what terms give
_MARGIN = 1e-5  # relative; single precision loses less
_ONE_OF = 16  # passages of all that tell how good the best are at least
_NONE = np.zeros(0, dtype=np.int64)


def inverse_document_frequencies(
    document_frequencies: Sequence[int], passages: int, model: Bm25
) -> Floats:
    """Return rank_bm25's idf of each term, (T,).

    The stock constructor would count the corpus once more, and divides by zero on an empty one;
    the counts are known here, so only its formula is run on them.
    """
    if not document_frequencies:
        return np.zeros(0)
    import rank_bm25  # it loads multiprocessing, which a question of the terminal spares itself

    stock_class = {"plus": rank_bm25.BM25Plus, "okapi": rank_bm25.BM25Okapi}[model.variant]
    stock = stock_class.__new__(stock_class)
    stock.corpus_size, stock.idf, stock.epsilon = passages, {}, 0.25
    stock._calc_idf(dict(enumerate(document_frequencies)))
    return np.fromiter(stock.idf.values(), dtype=np.float64, count=len(document_frequencies))


def norms_of(lengths: Integers, model: Bm25, average: float | None = None) -> Floats:
    """Return what a term's frequency is weighed against in passages of some lengths, (N,).

    `average` is the mean length of the passages that count, where it is not that of these.
    """
    average = mean_of(lengths) if average is None else average
    relative = lengths / average if average else np.ones(len(lengths))
    norms: Floats = model.k1 * (1 - model.b + model.b * relative)
    return norms


def mean_of(lengths: Integers) -> float:
    """Return the mean length of passages; 0 of none."""
    return int(lengths.sum(dtype=np.int64)) / len(lengths) if len(lengths) else 0.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """The best passages, best first: K of them, scored on Q terms."""

    passages: Numbers  # (K,)
    scores: Floats  # (K,)
    idf: Floats  # (Q,)
    norms: Floats  # (K,): what a term's frequency is weighed against, by the passage's length
    everywhere: Floats | None = None  # (N,): the scores of all passages, where they were needed

    def pairs(self) -> list[tuple[int, float]]:
        """Return each passage with its score."""
        return list(zip(self.passages.tolist(), self.scores.tolist(), strict=True))


class _Asked(NamedTuple):
    """A term of a query."""

    number: int
    factor: float  # its idf by its weight
    bound: float  # no passage gets more for it


class Ranker:
    """BM25 over one set of postings; any number of threads may rank at once."""

    def __init__(
        self,
        postings: PackedPostings,
        model: Bm25,
        average: float | None = None,
        remembered_bytes: int | None = None,
        few: int = _FEW_PASSAGES,
    ) -> None:
        """Take the mean length of the passages that count, where these are not just all."""
        self._postings = postings
        self._k1 = model.k1
        self._few = few
        # The bounds were taken with the mean length of all passages.
        of_all = mean_of(postings.lengths)
        average = of_all if average is None else average
        self.norms = norms_of(postings.lengths, model, average)
        self._slack = max(1.0, average / of_all) if of_all else 1.0
        self._single_norms = self.norms.astype(np.float32)
        self._remembered = _Remembered(
            _REMEMBERED_BYTES if remembered_bytes is None else remembered_bytes
        )
        self._own = threading.local()

    def rank(
        self,
        terms: Sequence[int],
        weights: Sequence[float],
        idf: Sequence[float],
        limit: int,
        allowed: npt.NDArray[np.bool_] | None = None,
    ) -> Ranked:
        """Return the `limit` best of the `allowed` (N,) passages that hold one of the terms."""
        if not terms or limit < 1:
            best = np.zeros(0, dtype=np.int64)
            return Ranked(best, np.zeros(0), np.array(idf), self.norms[best])
        all_add = min(idf) > 0 and min(weights) > 0
        if len(self.norms) <= self._few or not all_add:
            candidates, everywhere = self._of_few(
                terms, weights, idf, limit, allowed, all_add=all_add
            )
            scores = everywhere[candidates]
        else:
            asked = [
                _Asked(term, rarity * weight, self._bound(term) * rarity * weight)
                for term, weight, rarity in zip(terms, weights, idf, strict=True)
            ]
            lists = _Lists(self._postings)
            candidates, everywhere = self._pruned(asked, limit, allowed, lists), None
            scores = self._scored(candidates, terms, weights, idf, lists)
        order = np.lexsort((candidates, -scores))[:limit]
        best = candidates[order]
        return Ranked(best, scores[order], np.array(idf), self.norms[best], everywhere)

    def _scored(
        self,
        passages: Numbers,
        terms: Sequence[int],
        weights: Sequence[float],
        idf: Sequence[float],
        lists: "_Lists",
    ) -> Floats:
        """Return the scores of some passages, (K,), as rank_bm25 sums them up."""
        norms = self.norms[passages]
        scores = np.zeros(len(passages))
        for term, weight, rarity in zip(terms, weights, idf, strict=True):
            counts = lists.frequencies(term, passages).astype(np.float64)
            scores += self._saturated(counts, norms) * (rarity * weight)
        return scores

    def _saturated(self, counts: Floats, norms: Floats) -> Floats:
        """Return BM25's term frequency component, in rank_bm25's order of operations."""
        parts = counts * (self._k1 + 1)
        counts += norms
        parts /= counts
        return parts

    # Few passages: all are scored.

    def _of_few(
        self,
        terms: Sequence[int],
        weights: Sequence[float],
        idf: Sequence[float],
        limit: int,
        allowed: npt.NDArray[np.bool_] | None,
        *,
        all_add: bool,
    ) -> tuple[Numbers, Floats]:
        """Return passages among which the best are, ascending, and the scores of all, (N,)."""
        scores = np.zeros(len(self.norms))
        fewest: Numbers | None = None
        for term, weight, rarity in zip(terms, weights, idf, strict=True):
            holders, parts = self._given(term)
            factor = rarity * weight
            if len(parts) < len(scores):
                scores[holders] += parts * factor
            else:
                scores += parts * factor
            if len(holders) >= limit and (fewest is None or len(holders) < len(fewest)):
                fewest = holders
        if not all_add:  # then a hit may score no more than a miss
            hits = np.unique(np.concatenate([self._postings.holders(term) for term in terms]))
            hits = hits if allowed is None else hits[allowed[hits]]
            return hits, scores
        can = scores if allowed is None else scores * allowed
        bound = 0.0
        if fewest is not None:
            # The limit-th best of some passages bounds the limit-th best of all from below.
            some = can[fewest]
            bound = np.partition(some, len(some) - limit)[len(some) - limit]
        return np.flatnonzero(can >= bound if bound > 0 else can > 0), scores

    def _given(self, term: int) -> tuple[Numbers, Floats]:
        """Return the holders of a term, and its part of a score: of each, or of all passages."""
        known = self._remembered.get(term)
        if known is not None:
            return known
        holders, counts = self._postings.listed(term)
        parts = self._saturated(counts.astype(np.float64), self.norms[holders])
        if len(holders) * _ROW_SHARE > len(self.norms):
            row = np.zeros(len(self.norms))
            row[holders] = parts
            parts = row
        self._remembered.put(term, (holders, parts))
        return holders, parts

    # Many passages: most are pruned.

    def _bound(self, term: int) -> float:
        share = min(1.0, int(self._postings.bounds[term]) / ODD * self._slack)
        return share * (self._k1 + 1)

    def _pruned(
        self,
        asked: Sequence[_Asked],
        limit: int,
        allowed: npt.NDArray[np.bool_] | None,
        lists: "_Lists",
    ) -> Numbers:
        """Return passages among which the best are, in no order."""
        asked = sorted(asked, key=lambda one: -one.bound)
        rest = [0.0]
        for one in reversed(asked):
            rest.append(rest[-1] + one.bound)
        rest.reverse()  # what the terms from each on can give together
        scores = self._scratch()
        threshold, place = 0.0, 0
        touched: list[Numbers] = []
        while place < len(asked) and rest[place] >= threshold:
            one = asked[place]
            if self._postings.row(one.number) is not None:
                break
            holders, counts = lists.of(one.number)
            if allowed is not None:
                held = allowed[holders]
                holders, counts = holders[held], counts[held]
            parts = self._single(counts, holders, one.factor)
            if touched:
                before = scores[holders]
                touched.append(holders[before == 0])
                parts += before
            else:
                touched.append(holders)
            scores[holders] = parts
            threshold = _raised(threshold, parts, limit)
            place += 1
        if place < len(asked) and rest[place] >= threshold:
            # Where even common words may put a passage among the best, all passages count.
            self._add_everywhere(scores, asked[place:], allowed, lists)
            threshold = _raised(threshold, scores[::_ONE_OF], limit)
            found = np.flatnonzero(scores >= threshold if threshold > 0 else scores > 0)
            sums, place = scores[found], len(asked)
            scores.fill(0)
        else:
            found = np.concatenate(touched)
            sums = scores[found]
            scores[found] = 0
        threshold = _raised(threshold, sums, limit)
        for number in range(place, len(asked) + 1):
            may = sums >= threshold - rest[number]
            found, sums = found[may], sums[may]
            if number < len(asked):
                one = asked[number]
                sums += self._single(lists.frequencies(one.number, found), found, one.factor)
                threshold = _raised(threshold, sums, limit)
        return found

    def _add_everywhere(
        self,
        scores: _Singles,
        asked: Sequence[_Asked],
        allowed: npt.NDArray[np.bool_] | None,
        lists: "_Lists",
    ) -> None:
        """Add what terms give to all passages."""
        for one in asked:
            row = self._row(one.number)
            if row is None:
                holders, counts = lists.of(one.number)
                scores[holders] += self._single(counts, holders, one.factor)
            else:
                scores += row * np.float32(one.factor)
        if allowed is not None:
            scores *= allowed

    def _row(self, term: int) -> _Singles | None:
        """Return what a common term gives to every passage, (N,), but for its rarity."""
        key = ~term  # what is kept under the number itself has double precision
        known = self._remembered.get(key)
        if known is None:
            row = self._postings.everywhere(term)
            if row is None:
                return None
            counts = row.astype(np.float32)
            parts = counts * np.float32(self._k1 + 1)
            counts += self._single_norms
            parts /= counts
            known = (_NONE, parts)
            self._remembered.put(key, known)
        return known[1]

    def _single(self, counts: Integers, passages: Numbers, factor: float) -> _Singles:
        """Return what a term gives passages that have it so often, in single precision."""
        frequencies = counts.astype(np.float32)
        parts = frequencies * np.float32((self._k1 + 1) * factor)
        frequencies += self._single_norms[passages]
        parts /= frequencies
        return parts

    def _scratch(self) -> _Singles:
        """Return zeros, (N,), that this thread leaves as zeros."""
        known: _Singles | None = getattr(self._own, "scratch", None)
        if known is None:
            known = self._own.scratch = np.zeros(len(self.norms), dtype=np.float32)
        return known


def _raised(threshold: float, scores: _Singles, limit: int) -> float:
    """Return what the limit-th best score is at least, less a margin, if that is more."""
    above = scores[scores > threshold]
    if len(above) < limit:
        return threshold
    at = len(above) - limit
    return max(threshold, float(np.partition(above, at)[at]) * (1 - _MARGIN))


class _Lists:
    """The lists that a query has looked at."""

    def __init__(self, postings: PackedPostings) -> None:
        self._postings = postings
        self._known: dict[int, tuple[Numbers, Integers]] = {}

    def of(self, term: int) -> tuple[Numbers, Integers]:
        """Return the passages that have a term, and how often it stands in each."""
        known = self._known.get(term)
        if known is None:
            known = self._known[term] = self._postings.listed(term)
        return known

    def frequencies(self, term: int, passages: Numbers) -> Integers:
        """Return how often a term stands in some passages, (K,)."""
        if self._postings.row(term) is not None:
            return self._postings.frequencies(term, passages)
        return frequencies_in(*self.of(term), passages)


class _Remembered:
    """What the terms asked for last give, up to some bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = 0
        self._lock = threading.Lock()
        self._known: OrderedDict[int, tuple[Numbers, npt.NDArray[Any]]] = OrderedDict()

    def get(self, term: int) -> tuple[Numbers, npt.NDArray[Any]] | None:
        known = self._known.get(term)
        if known is not None:
            with self._lock:
                if term in self._known:
                    self._known.move_to_end(term)
        return known

    def put(self, term: int, given: tuple[Numbers, npt.NDArray[Any]]) -> None:
        size = sum(array.nbytes for array in given)
        if size > self._most:
            return
        with self._lock:
            if term not in self._known:
                self._known[term] = given
                self._bytes += size
            while self._bytes > self._most:
                _, gone = self._known.popitem(last=False)
                self._bytes -= sum(array.nbytes for array in gone)
