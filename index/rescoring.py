"""Order the passages that BM25 found by what stands where in them.

BM25 knows only how often a term stands in a passage. For the best of them this adds what else
speaks for one: terms in the title, how much of the question is there at all, terms side by side
as in the question or near each other, a document that fits the situation told, good neighbours,
and the kind of answer that is asked for. Each part is in units of BM25's score and its share was
found by tests/fit_ranking.py on test collections; a part without gain there is not here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
import numpy.typing as npt

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
from index.packed import PackedPostings
from index.postings import Integers
from index.query import rarity_of
from index.ranking import Floats, Ranked, total
from index.records import Query
from index.scratch import Scratch
from index.sequences import TEXT, TITLE, TermSequences

_SLACK = 1e-6  # more than rounding and the order of sums can change


@dataclass(frozen=True, slots=True)
class _Stands:
    """Where the question's terms stand in the candidates, one place after the other; H places."""

    candidate: Integers  # (H,)
    term: Integers  # (H,): row of the question's terms
    place: Integers  # (H,): from 0 in the passage
    field: Integers  # (H,): TEXT, TITLE, or what stands above


class Rescorer:
    """Looks at candidates term by term; immutable, so any number of threads may ask at once."""

    def __init__(
        self, sequences: TermSequences, postings: PackedPostings, model: Bm25, norms: Floats
    ) -> None:
        """Take what stands where, BM25's settings, and its norms of all passages, (N,)."""
        self._sequences = sequences
        self._postings = postings
        self._norms = norms
        self._starts = sequences.starts
        self._row_of = Scratch(postings.terms, np.int16)  # rows of the question, from 1
        self._k1 = model.k1

    def rescore(self, asked: Asked, ranked: Ranked, limit: int) -> list[Scored]:
        """Order candidates that BM25 ranked, and return the best of them, best first."""
        stands = self._stands(ranked.passages, asked.numbers)
        found = self._each(stands, ranked)
        parts = self._parts(asked, ranked, stands, found, limit)
        weighed = {
            name: share * values
            for name, values in parts.items()
            if (share := getattr(SHARES, name, 1.0))
        }
        scores = np.zeros(len(ranked.passages))
        for values in weighed.values():
            scores += values
        scores = np.round(scores, DIGITS)
        best = np.lexsort((ranked.passages, -scores))[:limit]
        each, matches = (of_all[:, best] for of_all in found)
        given = each * np.array(asked.weights)[:, np.newaxis]
        passages = ranked.passages[best]
        columns = zip(
            passages.tolist(),
            scores[best].tolist(),
            zip(
                *(np.round(values[best], DIGITS).tolist() for values in weighed.values()),
                strict=True,
            ),
            given.T.tolist(),
            matches.T.tolist(),
            self._sequences.kinds[passages].tolist(),
            strict=True,
        )
        return [
            Scored(
                passage,
                score,
                dict(zip(weighed, of_parts, strict=True)),
                dict(compress(zip(asked.terms, of_terms, strict=True), is_there)),
                kinds,
            )
            for passage, score, of_parts, of_terms, is_there, kinds in columns
        ]

    def parts(self, asked: Asked, ranked: Ranked) -> dict[str, Floats]:
        """Return what speaks for each candidate, (K,) each, before its share is taken."""
        stands = self._stands(ranked.passages, asked.numbers)
        each = self._each(stands, ranked)
        return self._parts(asked, ranked, stands, each, len(ranked.passages))

    def _each(self, stands: _Stands, ranked: Ranked) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return what BM25 gives for each term, (Q, K), before it is weighed; where each is."""
        shape = len(ranked.idf), len(ranked.passages)
        cells = stands.term * shape[1] + stands.candidate
        times = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
        saturated = self._saturated(times.astype(np.float64), ranked.norms)
        return saturated * ranked.idf[:, np.newaxis], times > 0

    def _parts(
        self,
        asked: Asked,
        ranked: Ranked,
        stands: _Stands,
        found: tuple[Floats, npt.NDArray[np.bool_]],
        limit: int,
    ) -> dict[str, Floats]:
        """Return what speaks for each; neighbours only where they may bring one among the best."""
        query, terms, numbers = asked.query, asked.terms, asked.numbers
        candidates = ranked.passages
        each, matches = found
        rows = {term: row for row, term in enumerate(terms)}
        weights = np.array(asked.weights)
        typed = np.array([query.typed.get(term, 0.0) for term in terms])
        idf = ranked.idf[:, np.newaxis]
        parts = {
            "words": _once(query, rows, each, typed, matches),
            "present": _once(query, rows, matches * idf, typed, matches),
        }
        inside = np.zeros(each.shape, dtype=bool)
        here = stands.field == TITLE
        inside[stands.term[here], stands.candidate[here]] = True
        parts["title"] = total(inside * (idf * weights[:, np.newaxis]))
        parts |= self._together(query, terms, rows, stands, typed * ranked.idf, ranked)
        parts["situation"] = self._situation(query, rows, numbers, ranked)
        whole = max(
            sum((weights * ranked.idf).tolist()), RARE_WORDS * rarity_of(1, len(self._norms))
        )
        kind = self._kinds(query, candidates) * whole
        without = sum(
            (getattr(SHARES, name, 1.0) * values for name, values in parts.items()),
            SHARES.kind * kind,
        )
        may = _may_be_best(without, SHARES.neighbour * ranked.scores, limit)
        parts["neighbour"] = np.zeros(len(candidates))
        parts["neighbour"][may] = self._neighbours(numbers, weights * ranked.idf, ranked, may)
        parts["kind"] = kind
        return parts

    def _stands(self, candidates: Integers, numbers: Sequence[int]) -> _Stands:
        """Find the question's terms in the candidates, passage after passage."""
        rows, whose, place = self._rows(candidates, numbers)
        fields = self._sequences.fields[candidates]
        text, title = fields[whose, TEXT], fields[whose, TITLE]
        field = (place >= text).astype(np.int8) + (place >= text + title)
        return _Stands(whose, rows, place, field)

    def _rows(
        self, passages: Integers, numbers: Sequence[int]
    ) -> tuple[Integers, Integers, Integers]:
        """Return the question's terms in passages, by row; which passage each is in, and where."""
        starts = self._starts[passages].astype(np.int64)
        lengths = self._starts[passages + 1] - starts
        ends = np.cumsum(lengths)
        before = ends - lengths
        places = np.repeat(starts - before, lengths)
        places += np.arange(len(places))
        with self._row_of.lent() as row_of:
            row_of[list(numbers)] = np.arange(1, len(numbers) + 1)
            rows = row_of.take(self._sequences.terms.take(places))
            row_of[list(numbers)] = 0
        at = np.flatnonzero(rows)
        whose = ends.searchsorted(at, side="right")
        return rows[at].astype(np.int64) - 1, whose, at - before[whose]

    def _together(
        self,
        query: Query,
        terms: Sequence[str],
        rows: dict[str, int],
        stands: _Stands,
        asked: Floats,
        ranked: Ranked,
    ) -> dict[str, Floats]:
        """Return what phrases and nearness give, by the terms of the passages' own texts."""
        size, count = len(ranked.passages), len(terms)
        empty = np.zeros(size)
        inside = stands.field == TEXT
        whose, term, place = stands.candidate[inside], stands.term[inside], stands.place[inside]
        if len(term) < 2:
            return {"pairs": empty, "triples": empty, "near": empty}
        short = SHORT_QUESTION / (1 + len(query.typed))
        apart = np.where(whose[1:] == whose[:-1], place[1:] - place[:-1], 0)

        # Which pair of the question each two neighbouring places are; 0 for none.
        pairs = [p for p in query.phrases if len(p.terms) == 2 and all(t in rows for t in p.terms)]
        triples = [p for p in query.phrases if len(p.terms) == 3]
        numbered = {phrase.terms: number for number, phrase in enumerate(pairs, start=1)}
        pair_of = np.zeros((count, count), dtype=np.int64)
        for (left, right), number in numbered.items():
            pair_of[rows[left], rows[right]] = number
        pair = np.where(apart == 1, pair_of[term[:-1], term[1:]], 0)
        of_pairs = self._counted(pair, whose[:-1], len(pairs), ranked)
        weights = [
            p.weight * math.log((size + 1) / max(int(np.count_nonzero(row)), 1))
            for p, row in zip(pairs, of_pairs, strict=True)
        ]
        # Three in a row are two pairs, one after the other.
        triple_of = np.zeros((len(pairs) + 1, len(pairs) + 1), dtype=np.int64)
        for number, triple in enumerate(triples, start=1):
            first, second = (numbered.get(triple.terms[a : a + 2], 0) for a in (0, 1))
            if first and second:
                triple_of[first, second] = number
        in_a_row = np.where(apart[1:] == 1, triple_of[pair[:-1], pair[1:]], 0)
        of_triples = self._counted(in_a_row, whose[:-2], len(triples), ranked)
        heavy = [
            p.weight * sum(float(ranked.idf[rows[t]]) for t in p.terms if t in rows) / 3
            for p in triples
        ]
        return {
            "pairs": _weighed(of_pairs, weights, size),
            "triples": _weighed(of_triples, heavy, size) * short,
            "near": self._near(term, whose, apart, asked, ranked) * short,
        }

    def _counted(self, numbers: Integers, whose: Integers, count: int, ranked: Ranked) -> Floats:
        """Return the term frequency component of phrases 1 to `count`, (count, K)."""
        size = len(ranked.passages)
        found = numbers > 0
        cells = (numbers[found] - 1) * size + whose[found]
        times = np.bincount(cells, minlength=count * size).reshape(count, size)
        return self._saturated(times.astype(np.float64), ranked.norms)

    def _near(
        self, term: Integers, whose: Integers, apart: Integers, asked: Floats, ranked: Ranked
    ) -> Floats:
        """Return what it gives that different terms stand near each other, by 1 / distance^2.

        The manner of Rasolofo and Savoy, 2003, over places that follow each other.
        """
        left, right = np.minimum(term[:-1], term[1:]), np.maximum(term[:-1], term[1:])
        differs = (apart > 0) & (left != right)
        left, right, count = left[differs], right[differs], len(asked)
        size = len(ranked.passages)
        keys = (left * count + right) * size + whose[:-1][differs]
        cells, cell_of = np.unique(keys, return_inverse=True)
        each = 1.0 / np.square(apart[differs].astype(np.float64))
        closeness = _summed(cell_of, each, len(cells))
        candidate, both = cells % size, cells // size
        weight = np.minimum(asked[both // count], asked[both % count])
        given = self._saturated(closeness, ranked.norms[candidate]) * weight
        return _summed(candidate, given, size)

    def _situation(
        self, query: Query, rows: dict[str, int], numbers: Sequence[int], ranked: Ranked
    ) -> Floats:
        """Return how well the whole document fits the situation that the question tells.

        By BM25 over documents, where the frequency of a term is the number of passages with it.
        """
        told = {term: times for term, times in query.situation.items() if term in rows}
        if not told:
            return np.zeros(len(ranked.passages))
        firsts = self._sequences.documents
        document = firsts.searchsorted(ranked.passages, side="right") - 1
        some, whose = np.unique(document, return_inverse=True)
        starts, ends = firsts[some], firsts[some + 1]
        mean = len(self._sequences.kinds) / (len(firsts) - 1)
        relative = (ends - starts) / mean
        norms = DOCUMENT_K1 * (1 - DOCUMENT_B + DOCUMENT_B * relative)
        fit = np.zeros(len(some))
        for term, times in told.items():
            number, row = numbers[rows[term]], rows[term]
            holders = self._postings.holders(number)
            held = (holders.searchsorted(ends) - holders.searchsorted(starts)).astype(np.float64)
            fit += held * (DOCUMENT_K1 + 1) / (held + norms) * (times * float(ranked.idf[row]))
        return fit[whose]

    def _neighbours(
        self, numbers: Sequence[int], given: Floats, ranked: Ranked, some: Integers
    ) -> Floats:
        """Return the BM25 score of the better one of the passages before and after some, (S,).

        It gives a passage no more than the passage has itself, or a poor one beside the best would
        come before it. `given` (Q,) is the weight of each term by its rarity.
        """
        firsts, passages = self._sequences.documents, ranked.passages[some]
        own = ranked.scores[some]
        document = firsts.searchsorted(passages, side="right") - 1
        before = np.where(passages > firsts[document], passages - 1, -1)
        after = np.where(passages + 1 < firsts[document + 1], passages + 1, -1)
        if ranked.everywhere is not None:
            everywhere = np.append(ranked.everywhere, 0.0)  # where there is none, it scores nothing
            better = np.maximum(everywhere[before], everywhere[after])
            return np.asarray(np.minimum(better, own))
        around, place = np.unique(np.concatenate((before, after)), return_inverse=True)
        there = around[around >= 0]
        scores = np.zeros(len(around))
        scores[len(around) - len(there) :] = self._scored(there, numbers, given)
        best: Floats = np.minimum(scores[place].reshape(2, -1).max(axis=0), own)
        return best

    def _scored(self, passages: Integers, numbers: Sequence[int], given: Floats) -> Floats:
        """Return the BM25 scores of passages, (K,), by their terms in order."""
        rows, whose, _ = self._rows(passages, numbers)
        size = len(passages)
        cells = rows * size + whose
        times = np.bincount(cells, minlength=len(given) * size).reshape(len(given), size)
        each = self._saturated(times.astype(np.float64), self._norms[passages])
        return _weighed(each, given, size)

    def _kinds(self, query: Query, candidates: Integers) -> Floats:
        """Return to what degree each candidate holds the kind of answer that is asked for, (K,)."""
        if satisfies(query.asked, 0) is None:
            return np.zeros(len(candidates))
        held = self._sequences.kinds[candidates].tolist()
        degrees = {flags: satisfies(query.asked, flags) or 0.0 for flags in set(held)}
        return np.array([degrees[flags] for flags in held])

    def _saturated(self, frequencies: Floats, norms: Floats) -> Floats:
        return frequencies * (self._k1 + 1) / (frequencies + norms)


def _may_be_best(scores: Floats, most: Floats, limit: int) -> Integers:
    """Return which candidates (K,) may be among the best when so much at most is added to each."""
    at = len(scores) - limit
    if at <= 0:
        return np.arange(len(scores))
    return np.flatnonzero(scores + most >= np.partition(scores, at)[at] - _SLACK)


def _once(
    query: Query,
    rows: dict[str, int],
    each: Floats,
    typed: Floats,
    matches: npt.NDArray[np.bool_],
) -> Floats:
    """Sum what each term gives (Q, K), (K,); of a term and its other wordings the better one."""
    summed = total(each * typed[:, np.newaxis])
    for other in query.other_wordings:
        own = total(each[[rows[term] for term in other.typed if term in rows]])
        best = np.zeros_like(own)
        for terms in other.others:
            if all(term in rows for term in terms):
                at = [rows[term] for term in terms]
                whole = total(each[at]) / math.sqrt(len(at)) * matches[at].all(axis=0)
                best = np.maximum(best, whole * other.share)
        summed += np.maximum(best - own, 0.0) * other.weight
    return summed


def _summed(places: Integers, values: Floats, size: int) -> Floats:
    """Add values up at their places, (size,)."""
    return np.asarray(np.bincount(places, weights=values, minlength=size), dtype=np.float64)


def _weighed(counted: Floats, weights: Sequence[float] | Floats, size: int) -> Floats:
    """Sum rows (P, K) by weight, (K,)."""
    if not len(weights):
        return np.zeros(size)
    return total(counted * np.array(weights)[:, np.newaxis])
