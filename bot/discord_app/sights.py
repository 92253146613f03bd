"""What different people see of one generation: a view, and what is offered while they type.

Making a sight reads thousands of passages, so each is made once, in a thread in which no question
of others waits. People see the same when they are named by the same audiences.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.discord_app.suggesting import Suggestions, suggestions_of

if TYPE_CHECKING:
    from index import Searcher

Badges = frozenset[str]  # ids, of a server and of roles, that everybody has who reads an answer
NO_BADGES: Badges = frozenset()
_REMEMBERED = 12  # as many as a searcher remembers views


@dataclass(frozen=True, slots=True)
class Sight:
    """What may be seen by all who have some badges."""

    searcher: Searcher
    suggestions: Suggestions


class Sights:
    """The sights of one generation."""

    def __init__(self, searcher: Searcher) -> None:
        """Take a searcher of everything. What everybody may see is made at once."""
        self.searcher = searcher
        self._audiences = frozenset(searcher.audiences())
        self._made: OrderedDict[frozenset[Badges], Sight] = OrderedDict()
        self._lock = threading.Lock()
        self.make(NO_BADGES)

    @property
    def all_badges(self) -> Badges:
        """The badges with which everything is seen."""
        return NO_BADGES.union(*self._audiences)

    def known(self, badges: Badges) -> Sight | None:
        """Return a sight if it was made already; this takes no time."""
        key = self._admitting(badges)
        with self._lock:
            sight = self._made.get(key)
            if sight is not None:
                self._made.move_to_end(key)
        return sight

    def make(self, badges: Badges) -> Sight:
        """Return a sight, made if need be."""
        sight = self.known(badges)
        if sight is None:
            # No question shall wait for what is loaded with the first one.
            searcher = self.searcher.seen_with(badges).prepare()
            sight = Sight(searcher, suggestions_of(searcher))
            with self._lock:
                self._made[self._admitting(badges)] = sight
                if len(self._made) > _REMEMBERED:
                    self._made.popitem(last=False)
        return sight

    def _admitting(self, badges: Collection[str]) -> frozenset[Badges]:
        return frozenset(one for one in self._audiences if not one.isdisjoint(badges))
