"""A text to the passages that may hold it or a stretch of it, by the postings of its terms.

The terms of a chunk between white space do not depend on what stands around it, so a passage that
holds the text holds all terms inside of it; only at its two ends may a word be cut. Everything
here costs a bounded number of steps, however common the words are.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from index import analysis
from index.postings import Integers
from index.records import Passage

_CUT = 4  # characters; no Chinese stop phrase is longer, so further in a cut changes no term
_RAREST = 6  # terms of a stretch that are looked up
_MOST_TERMS = 64  # of the whole text that are looked up together
_FEW = 16  # passages that are compared rather than reduced further
_VOTES = 8_000  # postings that are counted for a stretch
_LOOKED_AT = 1_000  # passages for all stretches together
_OF_STRETCH = (8, 64)  # passages for a stretch of a long text, and of a short one
_MOST_STEPS = 1_000_000  # postings looked through for a text, about 30 ms


class Holdings(Protocol):
    """What an index offers for checking quotes; passages that may not be seen are not there."""

    def holders(self, terms: Sequence[str]) -> Mapping[str, Integers]:
        """Return the numbers of the passages that have each of the terms, ascending."""

    def texts(self, numbers: Sequence[int]) -> list[str]:
        """Return the texts of passages, in the order asked for; an empty one for what is not."""

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Return passages by number, in the order asked for."""

    def containing(self, text: str, limit: int) -> list[int]:
        """Return the first passages whose texts contain a text, by reading one after the other."""


@dataclass(frozen=True, slots=True)
class _Term:
    """A term of the text, and where it stands there."""

    start: int
    term: str
    is_whole: bool  # False where the text may begin or end in the middle of its word


class Places:
    """Looks up where a text, or a stretch of it, may stand."""

    def __init__(self, text: str, holdings: Holdings) -> None:
        """Take the text, and the index to look into."""
        self._terms = list(_terms(text))
        self._starts = [term.start for term in self._terms]
        self._holders = holdings.holders(list({term.term for term in self._terms}))
        by_rarity = sorted(self._holders, key=lambda term: (len(self._holders[term]), term))
        self._ranks = {term: rank for rank, term in enumerate(by_rarity)}
        self._steps = 0
        stretches = 1 + len(self._terms) // _RAREST
        self._most = min(max(_LOOKED_AT // stretches, _OF_STRETCH[0]), _OF_STRETCH[1])
        self._likely: dict[tuple[str, ...], list[int]] = {}

    @property
    def may_be_whole(self) -> bool:
        """Whether all terms stand somewhere; else no passage has the text as it is."""
        return all(term.term in self._holders for term in self._terms if term.is_whole)

    @property
    def has_terms(self) -> bool:
        """Whether there is a term that tells where the text stands."""
        return any(term.is_whole and term.term in self._holders for term in self._terms)

    def of_all(self) -> list[int]:
        """Return the passages that have the terms of the whole text; all of them, if any has.

        Without whole terms, those that have the terms of words which may have been cut.
        """
        whole = self._by_rarity({term.term for term in self._terms if term.is_whole})
        terms = whole or self._by_rarity({term.term for term in self._terms})
        return self._with_most(terms[:_MOST_TERMS]).tolist() if terms else []

    def of_stretch(self, start: int, words: int) -> list[int]:
        """Return a few passages that have the rarest terms of a stretch, the likeliest first."""
        first = bisect_left(self._starts, start)
        terms = {term.term for term in self._terms[first : first + words]}
        rarest = tuple(self._by_rarity(terms)[:_RAREST])
        if rarest and rarest not in self._likely:
            self._likely[rarest] = self._likeliest(rarest)
        return self._likely.get(rarest, [])

    def of_stretches(self) -> Iterator[int]:
        """Yield the passages of every stretch of the text."""
        for place in range(0, len(self._terms), _RAREST):
            yield from self.of_stretch(self._starts[place], _RAREST)

    def _by_rarity(self, terms: set[str]) -> list[str]:
        """Return the terms that stand somewhere, the rarest first."""
        return sorted(terms & self._ranks.keys(), key=self._ranks.__getitem__)

    def _with_most(self, terms: Sequence[str]) -> Integers:
        """Return the passages that have the first term and, as far as there are any, the others."""
        found = self._holders[terms[0]]
        for term in terms[1:]:
            if len(found) <= _FEW or self._steps > _MOST_STEPS:
                break
            self._steps += len(found)
            others = self._holders[term]
            nearest = np.minimum(np.searchsorted(others, found), len(others) - 1)
            both = found[others[nearest] == found]
            found = both if len(both) else found
        return found

    def _likeliest(self, rarest: Sequence[str]) -> list[int]:
        """Return the passages that have most of some terms."""
        if self._steps > _MOST_STEPS:
            return []
        counted: list[Integers] = []
        for term in rarest:
            if sum(map(len, counted)) + len(self._holders[term]) <= _VOTES:
                counted.append(self._holders[term])
        if not counted:
            return [int(number) for number in self._with_most(rarest)[: self._most]]
        every = np.sort(np.concatenate(counted))
        starts = np.flatnonzero(np.concatenate(([True], every[1:] != every[:-1])))
        numbers, votes = every[starts], np.diff(starts, append=len(every))
        self._steps += len(numbers)
        if len(counted) > 1 and len(counted[0]) > self._most:
            several = votes > 1  # one term alone is in too many to tell
            numbers, votes = numbers[several], votes[several]
        order = np.argsort(-votes, kind="stable")[: self._most]
        return [int(number) for number in numbers[order]]


def _terms(text: str) -> Iterator[_Term]:
    """Yield the terms of a text in order.

    A compound counts by its parts and a share by its bare number, for those stay the same when
    punctuation or spacing changes. A clause such as (a) or 第四条 does not count: without its
    brackets, or with a space in it, it is no term.
    """
    chunks = text.split(maxsplit=1)
    first_end = len(chunks[0]) if chunks else 0
    last_start = len(text) - len(text.rsplit(maxsplit=1)[-1]) if chunks else 0
    found = analysis.words(text)
    told_to = 0
    for word in found:
        tokens = word.groups[0]
        if word.start < told_to or tokens[0].term in analysis.STOP_WORDS:
            continue
        told_to = word.end
        if not word.is_cjk and word.groups[-1][0][:2] == tokens[0][:2]:
            tokens = word.groups[-1]
        for start, end, term in tokens:
            at_first, at_last = start < first_end, end > last_start
            if word.is_cjk:
                is_whole = (not at_first or start >= _CUT) and (
                    not at_last or end <= len(text) - _CUT
                )
            else:
                # 636,00 is two words though it is cut out of one; only Chinese parts them for sure.
                is_whole = (not at_first or found[0].is_cjk) and (not at_last or found[-1].is_cjk)
            yield _Term(start, term, is_whole)
