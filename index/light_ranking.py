"""Rank passages as index.ranking does, without numpy: for a process that asks a question or two.

The order of the work is that of MaxScore; what may be among the best is scored once more term by
term in the order of the query, in rank_bm25's order of operations, so the scores are the same bit
for bit.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from itertools import compress, count, pairwise

from index.arrays import View
from index.bm25 import Bm25

BLOCK = 1 << 16  # passages whose numbers are kept in 16 bits
ODD = 255  # stands for a frequency from there on, which is kept apart
_MARGIN = 1e-9  # relative; sums in another order differ by less


class LightRanked:
    """The best passages, best first, and their scores."""

    def __init__(self, passages: list[int], scores: list[float]) -> None:
        """Take as many scores as passages."""
        self.passages = passages
        self.scores = scores

    def pairs(self) -> list[tuple[int, float]]:
        """Return each passage with its score."""
        return list(zip(self.passages, self.scores, strict=True))


class LightPostings:
    """Packed postings, read from views of memory; see index.packed for what they are."""

    def __init__(self, views: Mapping[str, View]) -> None:
        """Take the arrays of packed postings by name."""
        self._starts = views["starts"].values
        self._low, self._counts = views["low"].values, views["counts"].values
        self._high, self._tables = views["high"].values, views["tables"].values
        self._blocks, self._columns = views["blocks"].values, views["blocks"].shape[1]
        self._before = views["before"].values
        self._rows_of, self._rows = views["rows_of"].values, views["rows"].values
        self._of_rows = views["holders_of_rows"].values
        self._odd_places, self._odd_counts = views["odd_places"].values, views["odd_counts"].values
        self.lengths, self.bounds = views["lengths"].values, views["bounds"].values

    def document_frequency(self, term: int) -> int:
        """Return in how many passages a term stands."""
        row = self._row(term)
        if row is not None:
            return int(self._of_rows[row])
        return int(self._starts[term + 1]) - int(self._starts[term])

    def listed(self, term: int) -> tuple[Sequence[int], Sequence[int]]:
        """Return the passages that have a term, ascending, and how often it stands in each."""
        if self._row(term) is not None:
            holders = self.holders(term)
            return holders, self.frequencies(term, holders)
        start, end = self._starts[term], self._starts[term + 1]
        counts = self._mended(self._counts[start:end].tolist(), range(start, end))
        return self._holders(term, start, end), counts

    def holders(self, term: int) -> Sequence[int]:
        """Return the passages that have a term, ascending."""
        row, size = self._row(term), len(self.lengths)
        if row is not None:
            return list(compress(count(), self._rows[row * size : (row + 1) * size]))
        return self._holders(term, self._starts[term], self._starts[term + 1])

    def frequencies(self, term: int, passages: Sequence[int]) -> list[int]:
        """Return how often a term stands in some passages."""
        row = self._row(term)
        if row is not None:
            first = row * len(self.lengths)
            places = [first + passage for passage in passages]
            behind = [len(self._counts) + place for place in places]
            return self._mended([self._rows[place] for place in places], behind)
        start, end = self._starts[term], self._starts[term + 1]
        places = self._places(term, start, end, passages)
        counts = [0 if place < 0 else self._counts[place] for place in places]
        return self._mended(counts, places)

    def _places(self, term: int, start: int, end: int, passages: Sequence[int]) -> list[int]:
        """Return where in the lists some passages stand, -1 for those that have not the term."""
        low = self._low
        if len(self.lengths) <= BLOCK:
            found = [bisect_left(low, passage, start, end) for passage in passages]
            return [
                place if place < end and low[place] == passage else -1
                for place, passage in zip(found, passages, strict=True)
            ]
        table = bisect_left(self._tables, term)
        if table == len(self._tables) or self._tables[table] != term:
            known = {passage: start + at for at, passage in enumerate(self.holders(term))}
            return [known.get(passage, -1) for passage in passages]
        begins = self._blocks[table * self._columns : (table + 1) * self._columns].tolist()
        places = []
        for passage in passages:
            block, inside = passage >> 16, passage & (BLOCK - 1)
            stop = begins[block + 1]
            place = bisect_left(low, inside, begins[block], stop)
            places.append(place if place < stop and low[place] == inside else -1)
        return places

    def _row(self, term: int) -> int | None:
        place = bisect_left(self._rows_of, term)
        return place if place < len(self._rows_of) and self._rows_of[place] == term else None

    def _holders(self, term: int, start: int, end: int) -> Sequence[int]:
        low = self._low[start:end]
        if len(self.lengths) <= BLOCK:
            return low
        place = bisect_left(self._tables, term)
        if place < len(self._tables) and self._tables[place] == term:
            begins = self._blocks[place * self._columns : (place + 1) * self._columns].tolist()
            numbers: list[int] = []
            for block, (begin, stop) in enumerate(pairwise(begins)):
                base, part = block * BLOCK, self._low[begin:stop].tolist()
                numbers += [base + one for one in part] if block else part
            return numbers
        first = start - self._before[place]
        high = self._high[first : first + end - start]
        return [(block << 16) + one for block, one in zip(high, low, strict=True)]

    def _mended(self, counts: list[int], places: Sequence[int]) -> list[int]:
        """Put in the frequencies that are kept apart."""
        if len(self._odd_places) and ODD in counts:
            for at, found in enumerate(counts):
                if found == ODD:
                    counts[at] = self._odd_counts[bisect_left(self._odd_places, places[at])]
        return counts


class LightRanker:
    """BM25 over one set of postings."""

    def __init__(
        self,
        postings: LightPostings,
        model: Bm25,
        average: float,
    ) -> None:
        """Take the mean length of the passages that count."""
        self._postings = postings
        self._k1, self._b = model.k1, model.b
        self._average = average

    def rank(
        self,
        terms: Sequence[int],
        weights: Sequence[float],
        idf: Sequence[float],
        limit: int,
        allowed: Sequence[int] | None = None,
    ) -> LightRanked:
        """Return the `limit` best passages that hold one of the terms; `allowed` tells which may.

        Every term must have an idf above 0.
        """
        if not terms or limit < 1:
            return LightRanked([], [])
        factors = [rarity * weight for rarity, weight in zip(idf, weights, strict=True)]
        found = self._found(terms, factors, limit, allowed)
        scores = self.score(found, terms, factors)
        order = sorted(range(len(found)), key=lambda at: (-scores[at], found[at]))[:limit]
        return LightRanked([found[at] for at in order], [scores[at] for at in order])

    def norm(self, passage: int) -> float:
        """Return what a term's frequency is weighed against in a passage."""
        length = self._postings.lengths[passage]
        relative = length / self._average if self._average else 1.0
        return self._k1 * (1 - self._b + self._b * relative)

    def score(
        self, passages: Sequence[int], terms: Sequence[int], factors: Sequence[float]
    ) -> list[float]:
        """Return the scores of some passages, as rank_bm25 sums them up."""
        norms = [self.norm(passage) for passage in passages]
        scores = [0.0] * len(passages)
        more = self._k1 + 1
        for term, factor in zip(terms, factors, strict=True):
            counts = self._postings.frequencies(term, passages)
            for at, times in enumerate(counts):
                if times:
                    scores[at] += times * more / (times + norms[at]) * factor
        return scores

    def _found(
        self,
        terms: Sequence[int],
        factors: Sequence[float],
        limit: int,
        allowed: Sequence[int] | None,
    ) -> list[int]:
        """Return passages among which the best are."""
        more = self._k1 + 1
        bounds = self._postings.bounds
        asked = [
            (bounds[term] / ODD * more * factor, term, factor)
            for term, factor in zip(terms, factors, strict=True)
        ]
        asked.sort(key=lambda one: -one[0])
        rest = sum(bound for bound, _, _ in asked)
        lengths = self._postings.lengths
        base = self._k1 * (1 - self._b)
        step = self._k1 * self._b / self._average if self._average else 0.0
        base += 0.0 if self._average else self._k1 * self._b
        scores: dict[int, float] = {}
        threshold, place = 0.0, 0
        get, length_of = scores.get, lengths.__getitem__
        while place < len(asked) and rest >= threshold:
            bound, term, factor = asked[place]
            holders, counts = self._postings.listed(term)
            if allowed is not None:
                may = [allowed[passage] for passage in holders]
                holders, counts = list(compress(holders, may)), list(compress(counts, may))
            factor *= more
            sums = [
                times * factor / (times + base + step * length) + get(passage, 0.0)
                for times, length, passage in zip(
                    counts, map(length_of, holders), holders, strict=True
                )
            ]
            scores.update(zip(holders, sums, strict=True))
            threshold = _least_of_best(sums, limit, threshold)
            rest -= bound
            place += 1
        found = list(scores.items())
        for bound, term, factor in asked[place:]:
            found = [one for one in found if one[1] + rest >= threshold]
            numbers = [passage for passage, _ in found]
            factor *= more
            found = [
                (passage, given + times * factor / (times + base + step * lengths[passage]))
                for (passage, given), times in zip(
                    found, self._postings.frequencies(term, numbers), strict=True
                )
            ]
            threshold = _least_of_best([score for _, score in found], limit, threshold)
            rest -= bound
        return [passage for passage, score in found if score >= threshold]


def _least_of_best(scores: Iterable[float], limit: int, threshold: float) -> float:
    """Return what the limit-th best score is at least, less a margin, if that is more."""
    best = nlargest(limit, [score for score in scores if score > threshold])
    return max(threshold, best[-1] * (1 - _MARGIN)) if len(best) == limit else threshold
