"""Passages to the numbers of their chunks, and each distinct chunk to its terms.

Text repeats its chunks (what stands between white space), so each is analysed once; what its terms
are does not depend on what stands around it. Arrays are those of the standard library: a process
that reads a few documents shall not wait for numpy.
"""

from __future__ import annotations  # array[int] is no type before Python 3.12

from array import array
from collections import defaultdict
from collections.abc import Sequence
from itertools import count, islice
from typing import NamedTuple

from index import analysis
from index.kinds.holding import held
from index.records import Passage

FIELDS = 3  # of a passage: its own text, the title, the headings and the introduction

_MOST_CHUNKS = 1 << 19  # held at once; beyond it memory no longer grows with the text
_MOST_CHARACTERS = 1 << 25  # of the same: a sentence of Chinese is one chunk


class Numbered(NamedTuple):
    """The chunks of some passages by number, and what their numbering added."""

    is_anew: bool  # chunks and terms are numbered from 0 again, whatever was added before
    spellings: tuple[str, ...]  # the terms that are new, in the order of their numbers
    sizes: array[int]  # of each chunk that is new: how many terms it has
    terms: array[int]  # the numbers of the terms of all chunks that are new, one after the other
    flat: array[int]  # the numbers of the chunks of all passages, one after the other
    lengths: array[int]  # of each passage, FIELDS each: how many chunks the field has
    kinds: array[int]  # of each passage: what its text holds, as index.kinds flags it


def numbering() -> defaultdict[str, int]:
    """Return what numbers its keys in the order in which they are first asked for."""
    return defaultdict(count().__next__)


def _since(numbers: defaultdict[str, int], number: int) -> list[str]:
    """Return the keys from a number on."""
    added = list(islice(reversed(numbers), len(numbers) - number))
    added.reverse()
    return added


class ChunkNumberer:
    """Numbers the chunks of document after document."""

    def __init__(self, most_chunks: int = _MOST_CHUNKS) -> None:
        self._most_chunks = most_chunks
        self.start_anew()

    def start_anew(self) -> None:
        """Forget what was numbered."""
        self._chunks = numbering()
        self._terms = numbering()
        self._characters = 0

    def number(self, passages: Sequence[Passage]) -> Numbered:
        """Return the chunks of the passages of one document, numbered.

        The terms of the title and the headings help every passage below them, and those of an
        introduction what it introduces.
        """
        if len(self._chunks) > self._most_chunks or self._characters > _MOST_CHARACTERS:
            self.start_anew()
        known_chunks, known_terms = len(self._chunks), len(self._terms)
        flat, lengths, kinds = array("i"), array("i"), array("i")
        known: tuple[tuple[str, ...], tuple[str, ...]] | None = None
        title = passages[0].document.title.split() if passages else []
        above: list[str] = []
        number = self._chunks.__getitem__
        for passage in passages:
            before = len(flat)
            if (passage.heading, passage.introduction) != known:
                known = passage.heading, passage.introduction
                above = " ".join((*known[0], *known[1])).split()
            # Without commas and points behind words there are fewer distinct chunks; no term
            # depends on them there.
            without_commas = " ".join(passage.text.split(", "))  # in less time than replace takes
            chunks = " ".join(without_commas.split(". ")).split()
            flat.extend(map(number, chunks))
            kinds.append(held(passage.text, chunks))
            lengths.extend((len(flat) - before, len(title), len(above)))
            flat.extend(map(number, title))
            flat.extend(map(number, above))
        added = _since(self._chunks, known_chunks)
        self._characters += sum(map(len, added))
        spelled, sizes = analysis.terms_of_chunks(added)
        terms = array("i", map(self._terms.__getitem__, spelled))
        return Numbered(
            is_anew=known_chunks == 0,
            spellings=tuple(_since(self._terms, known_terms)),
            sizes=array("i", sizes),
            terms=terms,
            flat=flat,
            lengths=lengths,
            kinds=kinds,
        )


class ChunkTable:
    """What one numbering knows: the terms of each chunk. It grows with every document."""

    def __init__(self) -> None:
        self.spellings: list[str] = []  # of the terms, in the order of their numbers
        self.sizes = array("i")  # of each chunk: how many terms it has
        self.terms = array("i")  # the numbers of the terms of all chunks, one after the other

    def add(self, numbered: Numbered) -> None:
        """Take over what the numbering of a document added."""
        self.spellings.extend(numbered.spellings)
        self.sizes.extend(numbered.sizes)
        self.terms.extend(numbered.terms)


class PassageChunks(NamedTuple):
    """The chunks of a document's passages, by their numbers in a table."""

    table: ChunkTable
    flat: array[int]  # the numbers of the chunks of all passages, one after the other
    lengths: array[int]  # of each passage, FIELDS each: how many chunks the field has
    kinds: array[int]  # of each passage: what its text holds, as index.kinds flags it
