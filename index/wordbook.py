"""The other wordings of a question: by the glossary, abbreviations, and forms of numbers.

Abbreviations that documents define, and initials of the names in them, are learned when an index
is built; each belongs to its document, so whoever may not see that one does not meet them.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain
from typing import Protocol

from index.abbreviations import Abbreviation
from index.analysis import fold
from index.glossary import Compiled, Glossary, GlossaryEntry, compiled
from index.numerals import variants
from index.patterns import lazily
from index.records import Rewording

_MOST_NAMES = 3  # of the names with some initials
_CAPITALS = lazily(r"\b([A-Z]{3,8})s?\b")


class WordStore(Protocol):
    """Where a generation keeps what it knows of words."""

    def glossary(self) -> str:
        """Return the compiled glossary as JSON."""

    def abbreviations(self) -> list[tuple[str, Abbreviation]]:
        """Return what documents define, each with the document's id, by document."""

    def names(self, initials: str) -> list[tuple[str, str]]:
        """Return names with these initials, each with the id of its document, by document."""


class KnownWordings:
    """Finds the other wordings of a question's parts; any number of threads may ask at once."""

    def __init__(self, store: WordStore) -> None:
        """Take where words are kept."""
        self._store = store

    def of(self, question: str) -> list[Rewording]:
        """Return the other wordings known for parts of a question; no two parts overlap."""
        numbers = (Rewording(n.start, n.end, n.others, is_equal=True) for n in variants(question))
        known = [glossary.matches(question) for glossary in self._glossaries]
        return _apart([*chain(*known), *numbers, *self._initials(question)])

    @cached_property
    def _glossaries(self) -> tuple[Glossary, ...]:
        kept: Compiled = json.loads(self._store.glossary())
        defined = Counter((a.short, a.long) for _, a in self._store.abbreviations())
        learned = [
            GlossaryEntry(phrase, (other,))
            for both, _ in defined.most_common()
            for phrase, other in (both, both[::-1])
        ]
        return Glossary(kept), Glossary(compiled(learned))

    def _initials(self, question: str) -> Iterator[Rewording]:
        """Yield what the words in capitals may be the initials of."""
        for match in _CAPITALS.finditer(question):
            names = Counter(name for _, name in self._store.names(match[1]))
            if names:
                most = [name for name, _ in names.most_common(_MOST_NAMES)]
                yield Rewording(match.start(), match.end(), tuple(most))


def _apart(wordings: Iterable[Rewording]) -> list[Rewording]:
    """Put wordings of one part together, and of parts that overlap keep the longest."""
    merged: dict[tuple[int, int], Rewording] = {}
    for wording in wordings:
        span = wording.start, wording.end
        known = merged.get(span, wording._replace(others=()))
        spelled = {fold(other) for other in known.others}
        new = tuple(other for other in wording.others if fold(other) not in spelled)
        equal = known.is_equal and wording.is_equal
        merged[span] = known._replace(others=known.others + new, is_equal=equal)
    kept: list[Rewording] = []
    for start, end in sorted(merged, key=lambda span: (span[0] - span[1], span)):
        if all(end <= other.start or other.end <= start for other in kept):
            kept.append(merged[start, end])
    return sorted(kept, key=lambda wording: wording.start)
