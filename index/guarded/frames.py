"""Several blocks of bytes to one frame on a pipe, and back, on both sides of it.

A frame states how many blocks it has and how long each is before it brings any of them, so that
whoever receives it can refuse it while it is small.
"""

import struct
from collections.abc import Sequence

Block = bytes | memoryview

LARGEST = 512 << 20  # bytes of a frame; a file of 64 MiB of the shortest paragraphs stays below
_MARK = b"pbg1"
_HEAD = struct.Struct("<4sI")
_MOST_BLOCKS = 64
_SMALL = 1 << 16  # bytes that are put together before they are sent


class ImproperFrame(Exception):
    """What came through the pipe is no frame. The reader at the other end is not to be trusted."""


def framed(blocks: Sequence[Block]) -> list[Block]:
    """Return what is to be sent, in order."""
    sizes = [len(block) for block in blocks]
    head = _HEAD.pack(_MARK, len(blocks)) + struct.pack(f"<{len(sizes)}Q", *sizes)
    if sum(sizes) < _SMALL:  # every write wakes the other side
        return [b"".join((head, *blocks))]
    return [head, *blocks]


class Frames:
    """Puts frames together from what comes through a pipe."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, content: bytes) -> None:
        """Take what was read from the pipe."""
        self._buffer += content

    def take(self) -> list[bytes] | None:
        """Return the blocks of the next frame; None while it is incomplete.

        Raises ImproperFrame.
        """
        if len(self._buffer) < _HEAD.size:
            return None
        mark, count = _HEAD.unpack_from(self._buffer)
        if mark != _MARK or count > _MOST_BLOCKS:
            raise ImproperFrame("it does not begin as a frame")
        place = _HEAD.size + 8 * count
        if len(self._buffer) < place:
            return None
        sizes = struct.unpack_from(f"<{count}Q", self._buffer, _HEAD.size)
        if sum(sizes) > LARGEST:
            raise ImproperFrame(f"it has more than {LARGEST >> 20} MiB")
        if len(self._buffer) < place + sum(sizes):
            return None
        blocks = []
        with memoryview(self._buffer) as view:
            for size in sizes:
                blocks.append(bytes(view[place : place + size]))
                place += size
        del self._buffer[:place]
        return blocks
