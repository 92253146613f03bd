"""Find the passages among which the best are, without looking at most of the others.

MaxScore (Turtle and Flood, 1995): the terms that can add most come first, and as soon as all others
together cannot lift a passage among the best, these are only looked up in the passages found so
far. It runs in single precision, with a margin that is greater than what that loses.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.light_ranking import BLOCK, ODD
from index.packed import Numbers, PackedPostings, places_in
from index.postings import Integers
from index.remembering import Remembered
from index.scratch import Scratch

Singles = npt.NDArray[np.float32]

_MARGIN = 1e-5  # relative
_KEPT_ROWS = 16  # of what terms give to all passages, or none is worth keeping
_ONE_OF = 16  # passages of all that tell how good the best are at least


class _List(NamedTuple):
    """The postings of a term; H passages."""

    holders: Numbers  # (H,) ascending
    counts: Integers  # (H,)


class Pruner:
    """Prunes the postings of one index; any number of threads may ask at once."""

    def __init__(
        self,
        postings: PackedPostings,
        norms: npt.NDArray[np.float64],
        k1: float,
        slack: float,
        remembered_bytes: int,
    ) -> None:
        """Take BM25's norms (N,) and k1, and how far stored bounds of terms are to be raised."""
        self.postings = postings
        self._norms = norms.astype(np.float32)
        self._slack = slack * (k1 + 1) / ODD
        self._most = k1 + 1
        self._remembered_bytes = remembered_bytes
        self._rows: Remembered[Singles] = Remembered(remembered_bytes)
        self.scratch = Scratch(len(norms), np.float32)

    def of(self, terms: Sequence[int]) -> "_Question":
        """Return a question of some terms."""
        return _Question(self, terms)

    def bound(self, term: int) -> float:
        """Return what no passage gets more than for a term, but for its rarity and weight."""
        return min(self._most, int(self.postings.bounds[term]) * self._slack)

    def add_rows(self, scores: Singles, rows: Sequence[tuple[int, float]]) -> None:
        """Add to the scores of all passages what terms with a row give, by their factors."""
        if self._norms.nbytes * _KEPT_ROWS <= self._remembered_bytes:
            for term, factor in rows:
                scores += self._row(term) * np.float32(factor)
            return
        # Of so many passages few rows could be kept. Block by block all stays in the cache.
        given = [(self.postings.everywhere(term), factor) for term, factor in rows]
        for first in range(0, len(scores), BLOCK):
            some = slice(first, first + BLOCK)
            for counts, factor in given:
                scores[some] += self._parts(counts[some], self._norms[some], factor)

    def parts(self, counts: Integers, passages: Numbers, factor: float) -> Singles:
        """Return what a term gives some passages that have it so often, (K,)."""
        return self._parts(counts, self._norms.take(passages), factor)

    def _row(self, term: int) -> Singles:
        """Return what a term with a row gives to every passage, (N,), but for its rarity."""
        known = self._rows.get(term)
        if known is None:
            known = self._parts(self.postings.everywhere(term), self._norms, 1.0)
            self._rows.put(term, known, known.nbytes)
        return known

    def _parts(self, counts: Integers, norms: Singles, factor: float) -> Singles:
        frequencies = counts.astype(np.float32)
        found = frequencies * np.float32(self._most * factor)
        frequencies += norms
        found /= frequencies
        return found


class _Question:
    """Some terms, and what was looked at for them."""

    def __init__(self, pruner: Pruner, terms: Sequence[int]) -> None:
        self._pruner = pruner
        self._terms = terms
        self._has_row = [pruner.postings.row(term) is not None for term in terms]
        self._lists: dict[int, _List] = {}

    def best(
        self, factors: Sequence[float], limit: int, allowed: npt.NDArray[np.bool_] | None
    ) -> Numbers:
        """Return passages among which the best are, in no order.

        `factors` (Q,) are the rarities of the terms by their weights, all above 0.
        """
        bounds = [
            self._pruner.bound(term) * factor
            for term, factor in zip(self._terms, factors, strict=True)
        ]
        order = sorted(range(len(bounds)), key=lambda row: -bounds[row])
        rest = [0.0]
        for row in reversed(order):
            rest.append(rest[-1] + bounds[row])
        rest.reverse()  # what the terms from each on can give together
        with self._pruner.scratch.lent() as scores:
            found, sums, threshold, place = self._summed(
                scores, order, rest, factors, limit, allowed
            )
        threshold = _raised(threshold, sums, limit)
        for number in range(place, len(order) + 1):
            kept = np.flatnonzero(sums >= threshold - rest[number])
            found, sums = found.take(kept), sums.take(kept)
            if number < len(order):
                sums += self._looked_up(order[number], factors[order[number]], found)
                threshold = _raised(threshold, sums, limit)
        return found

    def _summed(
        self,
        scores: Singles,
        order: Sequence[int],
        rest: Sequence[float],
        factors: Sequence[float],
        limit: int,
        allowed: npt.NDArray[np.bool_] | None,
    ) -> tuple[Numbers, Singles, float, int]:
        """Add up what terms give until the others can put no further passage among the best.

        Returns the passages that have one of these terms, or all that may be among the best; their
        sums; what the best have at least; and which term of the order comes next. `scores` are
        zeros before and after.
        """
        threshold, place = 0.0, 0
        touched: list[Numbers] = []
        while place < len(order) and rest[place] >= threshold and not self._has_row[order[place]]:
            row = order[place]
            holders, parts = self._given(row, factors[row], allowed)
            if touched:
                before = scores.take(holders)
                touched.append(holders[before == 0])
                parts += before
            else:
                touched.append(holders)
            scores[holders] = parts
            threshold = _raised(threshold, parts, limit)
            place += 1
        if place == len(order) or rest[place] < threshold:
            found = np.concatenate(touched) if len(touched) > 1 else touched[0]
            sums = scores.take(found)
            scores[found] = 0
            return found, sums, threshold, place
        # Where even common words may put a passage among the best, all passages count.
        self._add_everywhere(scores, [(row, factors[row]) for row in order[place:]])
        if allowed is not None:
            scores *= allowed
        threshold = _raised(threshold, scores[::_ONE_OF], limit)
        found = np.flatnonzero(scores >= threshold if threshold > 0 else scores > 0)
        sums = scores.take(found)
        scores.fill(0)
        return found, sums, threshold, len(order)

    def frequencies(self, passages: Numbers) -> npt.NDArray[np.float64]:
        """Return how often each term stands in some passages, (Q, K)."""
        counts = np.empty((len(self._terms), len(passages)))
        for row, term in enumerate(self._terms):
            if self._has_row[row]:
                counts[row] = self._pruner.postings.frequencies(term, passages)
            else:
                found = self._list(row)
                places, is_there = places_in(found.holders, passages)
                np.multiply(found.counts.take(places), is_there, out=counts[row])
        return counts

    def _list(self, row: int) -> _List:
        """Return the postings of a term without a row; they are decoded once for a question."""
        known = self._lists.get(row)
        if known is None:
            known = _List(*self._pruner.postings.listed(self._terms[row]))
            self._lists[row] = known
        return known

    def _given(
        self, row: int, factor: float, allowed: npt.NDArray[np.bool_] | None
    ) -> tuple[Numbers, Singles]:
        """Return the holders of a term, and what it gives each."""
        holders, counts = self._list(row)
        if allowed is not None:
            held = allowed[holders]
            holders, counts = holders[held], counts[held]
        return holders, self._pruner.parts(counts, holders, factor)

    def _add_everywhere(self, scores: Singles, given: Sequence[tuple[int, float]]) -> None:
        """Add what terms give to all passages."""
        rows = [(self._terms[row], factor) for row, factor in given if self._has_row[row]]
        self._pruner.add_rows(scores, rows)
        for row, factor in given:
            if not self._has_row[row]:
                holders, parts = self._given(row, factor, None)
                scores[holders] += parts

    def _looked_up(self, row: int, factor: float, passages: Numbers) -> Singles:
        """Return what a term gives some passages, (K,)."""
        if self._has_row[row]:
            counts = self._pruner.postings.frequencies(self._terms[row], passages)
        else:
            found = self._list(row)
            places, is_there = places_in(found.holders, passages)
            counts = found.counts.take(places) * is_there
        return self._pruner.parts(counts, passages, factor)


def _raised(threshold: float, scores: Singles, limit: int) -> float:
    """Return what the limit-th best score is at least, less a margin, if that is more."""
    above = scores[scores > threshold]
    at = len(above) - limit
    if at < 0:
        return threshold
    return max(threshold, float(np.partition(above, at)[at]) * (1 - _MARGIN))
