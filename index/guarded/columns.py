"""Blocks of bytes to columns of texts and of numbers, every claim checked."""

from __future__ import annotations  # array[int] is no type before Python 3.12

from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np

_ITEM = array("i").itemsize
_FEW = 200  # numbers that are looked at sooner than numpy is called


class ImproperColumns(Exception):
    """The blocks do not hold what they should. Whoever sent them is not to be trusted."""


class Columns:
    """Reads blocks one after the other."""

    def __init__(self, blocks: Sequence[bytes]) -> None:
        self._blocks = iter(blocks)

    def texts(self, *, count: int | None = None) -> list[str]:
        """Return the next column of texts. Raises ImproperColumns."""
        try:
            whole = self._next().decode()
        except UnicodeDecodeError as exc:
            raise ImproperColumns("a text is not valid UTF-8") from exc
        lengths = self.numbers(at_least=0, below=len(whole) + 1, count=count)
        if sum(lengths) != len(whole):
            raise ImproperColumns("texts have other lengths than stated")
        ends = accumulate(lengths)
        return [whole[end - length : end] for end, length in zip(ends, lengths, strict=True)]

    def groups(self) -> list[tuple[str, ...]]:
        """Return the next column of texts and their groups. Raises ImproperColumns."""
        texts = iter(self.texts())
        sizes = self.numbers(at_least=0, below=1 << 16)
        grouped = [tuple(_some(texts, size)) for size in sizes]
        if next(texts, None) is not None or sum(map(len, grouped)) != sum(sizes):
            raise ImproperColumns("groups have other sizes than stated")
        return grouped

    def numbers(self, *, at_least: int, below: int, count: int | None = None) -> array[int]:
        """Return the next column of numbers. Raises ImproperColumns."""
        block = self._next()
        if len(block) % _ITEM or count not in (None, len(block) // _ITEM):
            raise ImproperColumns("a column has another size than stated")
        numbers = array("i", block)
        if not numbers:
            return numbers
        if len(numbers) < _FEW:
            lowest, highest = min(numbers), max(numbers)
        else:
            seen = np.frombuffer(block, dtype=np.int32)
            lowest, highest = seen.min(), seen.max()
        if lowest < at_least or highest >= below:
            raise ImproperColumns("a number is out of its range")
        return numbers

    def end(self) -> None:
        """Raise ImproperColumns when there is more."""
        if next(self._blocks, None) is not None:
            raise ImproperColumns("there are more columns than stated")

    def _next(self) -> bytes:
        block = next(self._blocks, None)
        if block is None:
            raise ImproperColumns("a column is missing")
        return block


def _some(texts: Iterator[str], size: int) -> Iterator[str]:
    for _, text in zip(range(size), texts, strict=False):
        yield text
