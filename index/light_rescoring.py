"""Order the passages that BM25 found as index.rescoring does, without numpy.

Every sum is taken in the order in which that one takes it, so the scores are the same bit for bit:
which of the two answers a question must not show.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from operator import mul

from index.arrays import View
from index.bm25 import Bm25
from index.candidates import (
    DIGITS,
    DOCUMENT_B,
    DOCUMENT_K1,
    RARE_WORDS,
    SHARES,
    SHORT_QUESTION,
    Asked,
    Scored,
)
from index.kinds.kind import satisfies
from index.light_ranking import LightPostings, LightRanked, LightRanker
from index.query import rarity_of

_Row = list[float]  # (K,)


class LightRescorer:
    """Looks at candidates term by term."""

    def __init__(
        self, views: Mapping[str, View], postings: LightPostings, ranker: LightRanker, model: Bm25
    ) -> None:
        """Take the arrays of an index; `ranker` is asked for norms."""
        self._terms, self._starts = views["sequence"].values, views["sequence_starts"].values
        self._fields, self._columns = views["fields"].values, views["fields"].shape[1]
        self._kinds, self._documents = views["kinds"].values, views["document_starts"].values
        self._postings = postings
        self._norm = ranker.norm
        self._more = model.k1 + 1

    def rescore(self, asked: Asked, ranked: LightRanked, limit: int) -> list[Scored]:
        """Order candidates that BM25 ranked, and return the best of them, best first."""
        found = _Candidates(self, asked, ranked)
        parts = found.parts()
        weighed = {
            name: [share * value for value in values]
            for name, values in parts.items()
            if (share := getattr(SHARES, name, 1.0))
        }
        scores = [0.0] * len(ranked.passages)
        for values in weighed.values():
            scores = [score + value for score, value in zip(scores, values, strict=True)]
        scores = [_rounded(score) for score in scores]
        order = sorted(range(len(scores)), key=lambda at: (-scores[at], ranked.passages[at]))
        return [
            Scored(
                ranked.passages[at],
                scores[at],
                {name: _rounded(values[at]) for name, values in weighed.items()},
                {
                    term: found.each[row][at] * weight
                    for row, (term, weight) in enumerate(
                        zip(asked.terms, asked.weights, strict=True)
                    )
                    if found.times[row][at]
                },
                self._kinds[ranked.passages[at]],
            )
            for at in order[:limit]
        ]

    def stands(self, passage: int, row_of: Mapping[int, int]) -> list[tuple[int, int]]:
        """Return where terms of the question stand in a passage, each with its row."""
        numbers = self._terms[self._starts[passage] : self._starts[passage + 1]].tolist()
        return [(at, row_of[number]) for at, number in enumerate(numbers) if number in row_of]

    def text_and_title(self, passage: int) -> tuple[int, int]:
        """Return where the text of a passage ends, and where its title does."""
        first = passage * self._columns
        text = self._fields[first]
        return text, text + self._fields[first + 1]

    def saturated(self, times: float, norm: float) -> float:
        """Return BM25's term frequency component."""
        return times * self._more / (times + norm)

    def norm(self, passage: int) -> float:
        """Return what frequencies in a passage are weighed against."""
        return self._norm(passage)

    def document(self, passage: int) -> int:
        """Return the number of the document that has a passage."""
        return bisect_right(self._documents, passage) - 1

    def passages_of(self, document: int) -> range:
        """Return the passages of a document."""
        return range(self._documents[document], self._documents[document + 1])

    def of_document(self, told: Sequence[tuple[int, float]], document: int) -> float:
        """Return the BM25 score of a document on terms by number, each with its weight."""
        passages = self.passages_of(document)
        mean = len(self._kinds) / (len(self._documents) - 1)
        norm = DOCUMENT_K1 * (1 - DOCUMENT_B + DOCUMENT_B * (len(passages) / mean))
        fit = 0.0
        for number, weight in told:
            holders = self._postings.holders(number)
            held = bisect_left(holders, passages.stop) - bisect_left(holders, passages.start)
            fit += held * (DOCUMENT_K1 + 1) / (held + norm) * weight
        return fit

    def kinds_of(self, passages: Sequence[int]) -> list[int]:
        """Return what passages hold, as index.kinds flags it."""
        return [self._kinds[passage] for passage in passages]

    @property
    def size(self) -> int:
        """How many passages there are."""
        return len(self._kinds)


class _Candidates:
    """K candidates of a question of Q terms."""

    def __init__(self, rescorer: LightRescorer, asked: Asked, ranked: LightRanked) -> None:
        self._index = rescorer
        self._asked = asked
        self._query = asked.query
        self._ranked = ranked
        self._rows = {term: row for row, term in enumerate(asked.terms)}
        self._row_of = {number: row for row, number in enumerate(asked.numbers)}
        self._norms = [rescorer.norm(passage) for passage in ranked.passages]
        size = len(ranked.passages)
        self.times = [[0] * size for _ in asked.terms]  # (Q, K)
        self._in_title = [[False] * size for _ in asked.terms]  # (Q, K)
        self._in_text: list[list[tuple[int, int]]] = []  # (K,): places and rows
        for at, passage in enumerate(ranked.passages):
            stands = rescorer.stands(passage, self._row_of)
            text, title = rescorer.text_and_title(passage)
            for place, row in stands:
                self.times[row][at] += 1
                if text <= place < title:
                    self._in_title[row][at] = True
            self._in_text.append([one for one in stands if one[0] < text])
        self.each = [
            [
                rescorer.saturated(count, norm) * rarity if count else 0.0
                for count, norm in zip(counts, self._norms, strict=True)
            ]
            for counts, rarity in zip(self.times, asked.idf, strict=True)
        ]

    def parts(self) -> dict[str, _Row]:
        """Return what speaks for each candidate, (K,) each, before its share is taken."""
        asked, query = self._asked, self._query
        given = list(map(mul, asked.weights, asked.idf))
        typed = [query.typed.get(term, 0.0) for term in asked.terms]
        present = [
            [rarity if count else 0.0 for count in counts]
            for counts, rarity in zip(self.times, asked.idf, strict=True)
        ]
        titles = [
            [weight if inside else 0.0 for inside in row]
            for row, weight in zip(self._in_title, given, strict=True)
        ]
        whole = max(sum(given), RARE_WORDS * rarity_of(1, self._index.size))
        return {
            "words": self._once(self.each, typed),
            "present": self._once(present, typed),
            "title": self._summed(titles),
            **self._together(list(map(mul, typed, asked.idf))),
            "situation": self._situation(),
            "neighbour": self._neighbours(given),
            "kind": self._kinds(whole),
        }

    def _summed(self, rows: Sequence[_Row]) -> _Row:
        total = [0.0] * len(self._norms)
        for row in rows:
            total = [one + other for one, other in zip(total, row, strict=True)]
        return total

    def _once(self, each: Sequence[_Row], typed: Sequence[float]) -> _Row:
        """Sum what each term gives; of a term and its other wordings the better one."""
        rows = self._rows
        total = self._summed(
            [[value * share for value in row] for row, share in zip(each, typed, strict=True)]
        )
        for other in self._query.other_wordings:
            own = self._summed([each[rows[term]] for term in other.typed if term in rows])
            best = [0.0] * len(own)
            for terms in other.others:
                if all(term in rows for term in terms):
                    at = [rows[term] for term in terms]
                    root = math.sqrt(len(at))
                    for number, value in enumerate(self._summed([each[row] for row in at])):
                        if all(self.times[row][number] for row in at):
                            best[number] = max(best[number], value / root * other.share)
            total = [
                value + max(better - mine, 0.0) * other.weight
                for value, better, mine in zip(total, best, own, strict=True)
            ]
        return total

    def _together(self, weights: Sequence[float]) -> dict[str, _Row]:
        """Return what phrases and nearness give, by the terms of the passages' own texts."""
        rows, idf, size = self._rows, self._asked.idf, len(self._norms)
        if sum(map(len, self._in_text)) < 2:
            nothing = [0.0] * size
            return {"pairs": nothing, "triples": nothing, "near": nothing}
        short = SHORT_QUESTION / (1 + len(self._query.typed))
        phrases = self._query.phrases
        pairs = [p for p in phrases if len(p.terms) == 2 and all(t in rows for t in p.terms)]
        triples = [p for p in phrases if len(p.terms) == 3]
        numbered = {phrase.terms: number for number, phrase in enumerate(pairs)}
        by_rows = {(rows[a], rows[b]): number for (a, b), number in numbered.items()}
        by_pairs = {}
        for number, phrase in enumerate(triples):
            first, second = (numbered.get(phrase.terms[a : a + 2]) for a in (0, 1))
            if first is not None and second is not None:
                by_pairs[first, second] = number
        pair_times = [[0] * size for _ in pairs]
        triple_times = [[0] * size for _ in triples]
        near = []
        for at, stands in enumerate(self._in_text):
            before: int | None = None  # the pair that ends at this place
            close: dict[tuple[int, int], float] = {}
            for (place, row), (next_place, next_row) in pairwise(stands):
                apart = next_place - place
                pair = by_rows.get((row, next_row)) if apart == 1 else None
                if pair is not None:
                    pair_times[pair][at] += 1
                    triple = None if before is None else by_pairs.get((before, pair))
                    if triple is not None:
                        triple_times[triple][at] += 1
                before = pair
                if row != next_row:
                    both = (row, next_row) if row < next_row else (next_row, row)
                    close[both] = close.get(both, 0.0) + 1.0 / (apart * apart)
            near.append(self._near(close, weights, at) * short)
        common = [
            p.weight * math.log((size + 1) / max(sum(map(bool, counts)), 1))
            for p, counts in zip(pairs, pair_times, strict=True)
        ]
        heavy = [p.weight * sum(idf[rows[t]] for t in p.terms if t in rows) / 3 for p in triples]
        of_triples = self._counted(triple_times, heavy)
        return {
            "pairs": self._counted(pair_times, common),
            "triples": [value * short for value in of_triples],
            "near": near,
        }

    def _near(
        self, close: Mapping[tuple[int, int], float], weights: Sequence[float], at: int
    ) -> float:
        total = 0.0
        for both in sorted(close):
            weight = min(weights[both[0]], weights[both[1]])
            total += self._index.saturated(close[both], self._norms[at]) * weight
        return total

    def _counted(self, times: Sequence[Sequence[int]], weights: Sequence[float]) -> _Row:
        """Return what phrases give, by how often each stands in each candidate."""
        saturated = self._index.saturated
        return self._summed(
            [
                [
                    saturated(count, norm) * weight if count else 0.0
                    for count, norm in zip(counts, self._norms, strict=True)
                ]
                for counts, weight in zip(times, weights, strict=True)
            ]
        )

    def _situation(self) -> _Row:
        """Return how well the whole document fits the situation that the question tells."""
        asked = self._asked
        told = [
            (asked.numbers[row], times * asked.idf[row])
            for term, times in self._query.situation.items()
            if (row := self._rows.get(term)) is not None
        ]
        if not told:
            return [0.0] * len(self._norms)
        documents = [self._index.document(passage) for passage in self._ranked.passages]
        fit = {document: self._index.of_document(told, document) for document in set(documents)}
        return [fit[document] for document in documents]

    def _neighbours(self, given: Sequence[float]) -> _Row:
        """Return the BM25 score of the better neighbour, as far as the passage has it itself."""
        known: dict[int, float] = {}
        best = []
        for passage, own in zip(self._ranked.passages, self._ranked.scores, strict=True):
            inside = self._index.passages_of(self._index.document(passage))
            around = [at for at in (passage - 1, passage + 1) if at in inside]
            for at in around:
                if at not in known:
                    known[at] = self._scored(at, given)
            best.append(min(max((known[at] for at in around), default=0.0), own))
        return best

    def _scored(self, passage: int, given: Sequence[float]) -> float:
        """Return the BM25 score of a passage."""
        times: dict[int, int] = {}
        for _, row in self._index.stands(passage, self._row_of):
            times[row] = times.get(row, 0) + 1
        norm, score = self._index.norm(passage), 0.0
        for row in sorted(times):
            score += self._index.saturated(times[row], norm) * given[row]
        return score

    def _kinds(self, whole: float) -> _Row:
        """Return to what degree each candidate holds the kind of answer that is asked for."""
        asked = self._query.asked
        if satisfies(asked, 0) is None:
            return [0.0] * len(self._norms)
        held = self._index.kinds_of(self._ranked.passages)
        degrees = {flags: satisfies(asked, flags) or 0.0 for flags in set(held)}
        return [degrees[flags] * whole for flags in held]


def _rounded(value: float) -> float:
    """Round as numpy does."""
    scale = 10.0**DIGITS
    return round(value * scale) / scale
