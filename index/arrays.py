"""Arrays in one file, mapped as views of memory without numpy.

A process that asks one question shall not wait for the import of numpy; where numpy is there, it
takes the views as they are. The file has a line for each array, with its name, the code of its
numbers as `struct` has it and its shape, then an empty line, then the numbers of each, row by row
and little-endian, from a multiple of 64 bytes on.
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Mapping
from math import prod
from os import PathLike

_FIRST_LINE = b"policybot arrays 1"
_SIZES = {"B": 1, "H": 2, "I": 4, "i": 4, "Q": 8, "q": 8, "d": 8}
_ALIGNED = 64  # bytes; a line of a processor's cache
_LONGEST_HEAD = 1 << 16


class View:
    """An array as a view of memory: its values one after the other, row by row."""

    __slots__ = ("shape", "values")

    def __init__(self, values: memoryview, shape: tuple[int, ...]) -> None:
        """Take values of one dimension, as many as the shape has."""
        self.values = values
        self.shape = shape


def stored(arrays: Mapping[str, View]) -> list[memoryview]:
    """Return the content of a file of arrays, piece by piece."""
    _require_little_endian()
    lines = [_FIRST_LINE]
    for name, view in arrays.items():
        shape = ",".join(map(str, view.shape))
        lines.append(f"{name} {_code(view)} {shape}".encode())
    pieces = [memoryview(b"\n".join(lines) + b"\n\n")]
    for view in arrays.values():
        pieces.append(memoryview(bytes(-len(pieces[-1]) % _ALIGNED)))
        pieces.append(view.values.cast("B"))
    return pieces


def mapped(path: str | PathLike[str]) -> dict[str, View]:
    """Map the arrays of a file, by name.

    Raises OSError, and ValueError where they are not all there.
    """
    _require_little_endian()
    with open(path, "rb") as file:  # noqa: PTH123 (pathlib costs five milliseconds)
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    head, end_of_head, _ = whole[:_LONGEST_HEAD].tobytes().partition(b"\n\n")
    first, *lines = head.split(b"\n")
    if first != _FIRST_LINE or not end_of_head:
        raise ValueError(f"{path} holds no arrays")
    place = len(head) + len(end_of_head)
    found = {}
    for line in lines:
        name, code, *sizes = line.decode().replace(",", " ").split()
        shape = tuple(map(int, sizes))
        if code not in _SIZES:
            raise ValueError(f"{path} holds numbers of an unknown kind")
        place += -place % _ALIGNED
        end = place + _SIZES[code] * prod(shape)
        if not place <= end <= len(whole):
            raise ValueError(f"{path} is cut off")
        found[name] = View(whole[place:end].cast(code), shape)  # type: ignore[call-overload]  # one of _SIZES
        place = end
    if place != len(whole):
        raise ValueError(f"{path} holds more than its arrays")
    return found


def _code(view: View) -> str:
    """Return the code of an array's numbers; `struct` has two for some of them."""
    code = view.values.format.removeprefix("<")
    size = view.values.itemsize
    return {"l": "q" if size == 8 else "i", "L": "Q" if size == 8 else "I"}.get(code, code)


def _require_little_endian() -> None:
    if sys.byteorder != "little":
        raise ValueError("an index is read and written on little-endian machines only")
