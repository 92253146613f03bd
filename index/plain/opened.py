"""A plain index on disk: a base that was built, and behind it the lines that were added since.

What is added is brought to the disk line by line and kept apart, so adding costs what the line
costs, whatever the size of the base; rarity and mean length are those of both together. When there
is much of it, a thread puts both into a new base, and one renaming makes that the base.
"""

from __future__ import annotations

from _thread import allocate_lock  # what threading.Lock is, without loading that
from collections.abc import Iterable
from functools import cached_property
from os import fspath

from index.bm25 import plus_idf
from index.light_ranking import LightRanker
from index.plain.added import AddedLines
from index.plain.base import Base, read_current
from index.plain.text import MODEL, terms

TYPE_CHECKING = False  # that of typing costs a process that asks one question six milliseconds
if TYPE_CHECKING:
    import threading
    from os import PathLike

    from index.ranking import Ranker

_LIGHT_QUESTIONS = 2  # answered before numpy is loaded, which takes longer than they do
_REMEMBERED = 1 << 16  # terms; questions repeat their words
_MOST_ADDED = 4096  # lines; then they become part of a new base


class _Now:
    """A base and the first lines that were added to it: what one question is asked of."""

    def __init__(self, base: Base, added: AddedLines) -> None:
        self.base = base
        self.added = added
        self.lines = len(added.lengths)
        self.passages = base.passages + self.lines
        tokens = base.tokens + sum(added.lengths)
        self.average = tokens / self.passages if self.passages else 0.0
        self._known: dict[str, tuple[int, float]] = {}

    def known(self, term: str) -> tuple[int, float]:
        """Return the number of a term in the base and its rarity among all passages.

        The number is -1 where the base has none, the rarity 0 where no passage has it.
        """
        known = self._known.get(term)
        if known is None:
            number = self.base.vocabulary.numbers([term]).get(term, -1)
            count = 0 if number < 0 else self.base.postings.document_frequency(number)
            count += self.added.frequency(term, self.lines)
            known = number, plus_idf(count, self.passages) if count else 0.0
            if len(self._known) < _REMEMBERED:
                self._known[term] = known
        return known

    @cached_property
    def light(self) -> LightRanker:
        """What ranks the base's passages without numpy."""
        return LightRanker(self.base.postings, MODEL, self.average)

    @cached_property
    def ranker(self) -> Ranker:
        """What ranks the base's passages, once numpy is there."""
        from index.packed import PackedPostings
        from index.ranking import Ranker

        return Ranker(PackedPostings.of_views(self.base.views), MODEL, average=self.average)

    def of_added(self, asked: dict[str, int]) -> list[tuple[int, float]]:
        """Return the added lines that have one of the terms, by number, each with its score."""
        scores: dict[int, float] = {}
        k1, b = MODEL.k1, MODEL.b
        for term, times_asked in asked.items():
            factor = self.known(term)[1] * times_asked
            for line, times in self.added.holders(term, self.lines):
                norm = k1 * (1 - b + b * (self.added.lengths[line] / self.average))
                part = times * (k1 + 1) / (times + norm) * factor
                scores[line] = scores.get(line, 0.0) + part
        return [(self.base.passages + line, score) for line, score in scores.items()]


class PlainIndex:
    """Answers from a folder that `build` filled; one process adds to it, any number may ask."""

    def __init__(self, folder: str | PathLike[str]) -> None:
        """Open the index of a folder. Raises OSError, and ValueError where it is damaged."""
        self._folder = fspath(folder)
        self._asked = 0
        self._adding = allocate_lock()
        self._one_merge = allocate_lock()
        self._merging: threading.Thread | None = None
        self._now = _Now(*read_current(self._folder))

    @classmethod
    def open(cls, folder: str | PathLike[str]) -> PlainIndex:
        """Open the index of a folder. Raises OSError, and ValueError where it is damaged."""
        return cls(folder)

    def __len__(self) -> int:
        """Return how many passages there are."""
        return self._now.passages

    def search(self, text: str, limit: int) -> list[tuple[int, float]]:
        """Return the best passages by number, each with its score; ties by number."""
        now = self._now
        asked: dict[str, int] = {}
        for term in terms(text):
            asked[term] = asked.get(term, 0) + 1
        numbers, weights, idf = [], [], []
        for term, times in asked.items():
            number, rarity = now.known(term)
            if number >= 0:
                numbers.append(number)
                weights.append(float(times))
                idf.append(rarity)
        self._asked += 1
        ranker = now.light if self._asked <= _LIGHT_QUESTIONS else now.ranker
        best = ranker.rank(numbers, weights, idf, limit).pairs()
        if now.lines:
            best += now.of_added(asked)
            best.sort(key=lambda one: (-one[1], one[0]))
            del best[limit:]
        return best

    def add(self, text: str) -> int:
        """Bring a passage to the disk, and return its number. Raises OSError."""
        with self._adding:
            now = self._now
            now.added.append(terms(text))
            self._now = _Now(now.base, now.added)
            if self._now.lines >= _MOST_ADDED and self._merging is None:
                import threading  # a question needs none

                self._merging = threading.Thread(target=self.merge)
                self._merging.start()
            return now.passages

    def merge(self) -> None:
        """Put what was added into a new base. Raises OSError; then the old one goes on."""
        from pathlib import Path

        from index.plain.building import store_merged  # it needs numpy

        with self._one_merge:
            now = self._now
            try:
                merged = store_merged(Path(self._folder), now.base, now.added.lines[: now.lines])
                with self._adding:
                    merged.publish(self._now.added.lines[now.lines :])
                    self._now = _Now(*read_current(self._folder))
            finally:
                self._merging = None


def build(lines: Iterable[str], folder: str | PathLike[str]) -> None:
    """Build the index of lines, one passage each, in a folder. Raises OSError."""
    from pathlib import Path

    from index.plain.building import store  # it needs numpy

    store(lines, Path(folder))
