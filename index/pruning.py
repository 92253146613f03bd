"""Find the passages among which the best are, without looking at most of the others.

MaxScore (Turtle and Flood, 1995): the terms that can add most come first, and as soon as all others
together cannot lift a passage among the best, these are only looked up in the passages found so
far. It runs in single precision, with a margin that is greater than what that loses.
"""

import threading
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.packed import BLOCK, ODD, Numbers, PackedPostings, places_in
from index.postings import Integers
from index.remembering import Remembered

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
        self._own = threading.local()

    def of(self, terms: Sequence[int]) -> "_Question":
        """Return a question of some terms."""
        return _Question(self, terms)

    def bound(self, term: int) -> float:
        """Return what no passage gets more than for a term, but for its rarity and weight."""
        return min(self._most, int(self.postings.bounds[term]) * self._slack)

    def list_of(self, term: int) -> _List:
        """Return the postings of a term without a row."""
        return _List(*self.postings.listed(term))

    def add_rows(self, scores: Singles, rows: Sequence[tuple[int, float]]) -> None:
        """Add to the scores of all passages what terms with a row give, by their factors."""
        if self._norms.nbytes * _KEPT_ROWS <= self._remembered_bytes:
            for term, factor in rows:
                scores += self._row(term) * np.float32(factor)
            return
        # Of so many passages few rows could be kept. Block by block all stays in the cache.
        for first in range(0, len(scores), BLOCK):
            some = slice(first, first + BLOCK)
            for term, factor in rows:
                counts = self.postings.everywhere(term)[some].astype(np.float32)
                parts = counts * np.float32(self._most * factor)
                counts += self._norms[some]
                parts /= counts
                scores[some] += parts

    def _row(self, term: int) -> Singles:
        """Return what a term with a row gives to every passage, (N,), but for its rarity."""
        known = self._rows.get(term)
        if known is None:
            known = self.parts(self.postings.everywhere(term), None)
            self._rows.put(term, known, known.nbytes)
        return known

    def parts(self, counts: Integers, passages: Numbers | None, factor: float = 1.0) -> Singles:
        """Return what a term gives some passages, or all, that have it so often."""
        frequencies = counts.astype(np.float32)
        found = frequencies * np.float32(self._most * factor)
        frequencies += self._norms if passages is None else self._norms.take(passages)
        found /= frequencies
        return found

    def scratch(self) -> Singles:
        """Return zeros, (N,), that this thread leaves as zeros."""
        known: Singles | None = getattr(self._own, "scratch", None)
        if known is None:
            known = self._own.scratch = np.zeros(len(self._norms), dtype=np.float32)
        return known


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
        scores = self._pruner.scratch()
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
        if place < len(order) and rest[place] >= threshold:
            # Where even common words may put a passage among the best, all passages count.
            self._add_everywhere(scores, [(row, factors[row]) for row in order[place:]])
            if allowed is not None:
                scores *= allowed
            threshold = _raised(threshold, scores[::_ONE_OF], limit)
            found = np.flatnonzero(scores >= threshold if threshold > 0 else scores > 0)
            sums, place = scores[found], len(order)
            scores.fill(0)
        else:
            found = np.concatenate(touched) if len(touched) > 1 else touched[0]
            sums = scores.take(found)
            scores[found] = 0
        threshold = _raised(threshold, sums, limit)
        for number in range(place, len(order) + 1):
            may = sums >= threshold - rest[number]
            kept = np.flatnonzero(may)
            found, sums = found.take(kept), sums.take(kept)
            if number < len(order):
                sums += self._looked_up(order[number], factors[order[number]], found)
                threshold = _raised(threshold, sums, limit)
        return found

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
        """Return a list; once it was looked at it stays, whatever is forgotten meanwhile."""
        known = self._lists.get(row)
        if known is None:
            known = self._lists[row] = self._pruner.list_of(self._terms[row])
        return known

    def _given(
        self, row: int, factor: float, allowed: npt.NDArray[np.bool_] | None
    ) -> tuple[Numbers, Singles]:
        """Return the holders of a term, and what it gives each."""
        found = self._list(row)
        holders, counts = found
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
