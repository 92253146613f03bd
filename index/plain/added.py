"""Lines that were added to a plain index since its base was built.

Each is brought to the disk as one record of a log before it counts: a checksum, then the terms. A
record that a crash cut off is the last one, and is dropped; nobody was told that it is there.
"""

import os
import zlib
from collections import Counter
from collections.abc import Sequence


class AddedLines:
    """The terms of added lines, in memory and in a log."""

    def __init__(self, log: str) -> None:
        """Read a log that is there. Raises OSError."""
        self.log = log
        self.lengths: list[int] = []
        self._postings: dict[str, list[tuple[int, int]]] = {}  # term -> line, how often there
        self.lines: list[list[str]] = []
        with open(log, "rb") as file:  # noqa: PTH123 (pathlib costs five milliseconds)
            content = file.read()
        whole = 0
        for record in content.splitlines(keepends=True):
            terms = _terms_of(record)
            if terms is None:
                break
            self._take(terms)
            whole += len(record)
        self._whole = whole  # bytes

    def append(self, terms: list[str]) -> None:
        """Bring a line's terms to the disk, then count them. Raises OSError."""
        record = _record(terms)
        descriptor = os.open(self.log, os.O_WRONLY | os.O_NOFOLLOW)
        try:
            os.ftruncate(descriptor, self._whole)  # what a crash or a full disk cut off
            if os.pwrite(descriptor, record, self._whole) != len(record):
                raise OSError(f"{self.log} could not be written in whole")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._whole += len(record)
        self._take(terms)

    def frequency(self, term: str, lines: int) -> int:
        """Return how many of the first lines have a term."""
        return len(self.holders(term, lines))

    def holders(self, term: str, lines: int) -> list[tuple[int, int]]:
        """Return which of the first lines have a term, and how often."""
        found = self._postings.get(term, [])
        if found and found[-1][0] >= lines:
            found = [one for one in found if one[0] < lines]
        return found

    def _take(self, terms: list[str]) -> None:
        number = len(self.lines)
        self.lines.append(terms)
        self.lengths.append(len(terms))
        for term, times in Counter(terms).items():
            self._postings.setdefault(term, []).append((number, times))


def log_of(lines: Sequence[list[str]]) -> bytes:
    """Return the content of a log of lines."""
    return b"".join(map(_record, lines))


def _record(terms: list[str]) -> bytes:
    content = " ".join(terms).encode()
    return b"%08x %s\n" % (zlib.crc32(content), content)


def _terms_of(record: bytes) -> list[str] | None:
    """Return the terms of a record; None if it is not whole."""
    checksum, _, content = record.removesuffix(b"\n").partition(b" ")
    if checksum != b"%08x" % zlib.crc32(content) or not record.endswith(b"\n"):
        return None
    return content.decode().split()
