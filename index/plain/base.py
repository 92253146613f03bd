"""What was built of a plain index, mapped from disk without numpy."""

from __future__ import annotations

import os

from index.arrays import View, mapped
from index.light_ranking import LightPostings
from index.plain.added import AddedLines
from index.vocabulary import Vocabulary


class Base:
    """What was built, as it stands on disk."""

    def __init__(self, file: str) -> None:
        """Map a base. Raises OSError, and ValueError where it is damaged."""
        self.views: dict[str, View] = mapped(file)
        spellings, ends = self.views.pop("spellings").values, self.views.pop("ends").values
        (self.tokens,) = self.views.pop("tokens").values  # terms, repeated ones counted
        self.vocabulary = Vocabulary(spellings, ends)
        self.postings = LightPostings(self.views)
        self.passages = len(self.postings.lengths)


def read_current(folder: str) -> tuple[Base, AddedLines]:
    """Return the base of a folder, and what was added to it.

    Raises OSError, and ValueError where they are damaged.
    """
    while True:
        current = _current(folder)
        base, log = current.split()
        try:
            return (
                Base(os.path.join(folder, base)),  # noqa: PTH118 (pathlib costs five milliseconds)
                AddedLines(os.path.join(folder, log)),  # noqa: PTH118 (the same)
            )
        except FileNotFoundError:
            if _current(folder) == current:
                raise
            # Another base was made current meanwhile, and this one cleared away.


def _current(folder: str) -> str:
    with open(os.path.join(folder, "CURRENT"), encoding="utf-8") as file:  # noqa: PTH118, PTH123 (the same)
        return file.read()
