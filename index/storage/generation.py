"""Open the live generation, or where it is damaged the one before it.

Nothing of a generation is used before every one of its files has the size and hash that its
manifest states, and the manifest the hash that CURRENT states.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from index.arrays import View, mapped
from index.errors import IndexDamaged, IndexMissing, PolicyIndexError
from index.storage.manifest import (
    CURRENT,
    MANIFEST,
    Manifest,
    Pointer,
    folder_name,
    folder_number,
)
from index.storage.rows import Rows
from index.vocabulary import Vocabulary

if TYPE_CHECKING:
    from index.packed import PackedPostings
    from index.sequences import TermSequences

ROWS = "passages.db"
ARRAYS = "index.arrays"
_ATTEMPTS = 20  # to catch up with rebuilds that follow each other faster than one can open


class Generation:
    """One complete, verified index."""

    def __init__(
        self, folder: Path, manifest: Manifest, views: Mapping[str, View], rows: Rows
    ) -> None:
        """Take what was read; `views` are of all arrays, by name."""
        self.folder = folder
        self.manifest = manifest
        self.views = views
        self.rows = rows

    @property
    def number(self) -> int:
        """Its number; higher ones are newer."""
        return self.manifest.number

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Its terms."""
        return Vocabulary(self.views["terms"].values, self.views["term_ends"].values)

    @cached_property
    def postings(self) -> PackedPostings:
        """Which terms stand in which passages."""
        from index.packed import PackedPostings  # it needs numpy, and a question may not

        return PackedPostings.of_views(self.views)

    @cached_property
    def sequences(self) -> TermSequences:
        """The terms of each passage in order."""
        from index.sequences import TermSequences  # the same

        return TermSequences.of_views(self.views)


class Opened(NamedTuple):
    """A generation to answer from, and what was found wrong on the way to it."""

    generation: Generation
    damaged: tuple[tuple[str, str], ...]  # file or folder name -> what is wrong with it


def open_live(folder: Path) -> Opened:
    """Open the live generation of an index folder, or the newest sound one behind it.

    Raises IndexMissing when there is none, IndexDamaged when none is sound, and IndexTooNew or
    IndexOutdated when the live one has another format.
    """
    for _ in range(_ATTEMPTS):
        before = current_bytes(folder)
        damaged: list[tuple[str, str]] = []
        pointer = read_pointer(folder, before, damaged)
        for number in lineage(folder, pointer.number if pointer else None):
            try:
                generation = open_generation(folder, number, pointer)
            except IndexDamaged as exc:
                damaged.append((folder_name(number), str(exc)))
                # A rebuild may have cleared away what CURRENT named when it was read.
                if current_bytes(folder) != before:
                    break
            else:
                return Opened(generation, tuple(damaged))
        if current_bytes(folder) == before:
            break
    if not damaged:
        raise IndexMissing(f"No index at {folder}. Run: policybot index build")
    reasons = "; ".join(f"{name}: {reason}" for name, reason in damaged)
    raise IndexDamaged(
        f"No sound index at {folder} ({reasons}). Run: policybot index build", tuple(damaged)
    )


def generations(folder: Path) -> list[int]:
    """Return the numbers of the generations in a folder, newest first."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return []
    return sorted((n for n in map(folder_number, names) if n is not None), reverse=True)


def lineage(folder: Path, number: int | None) -> list[int]:
    """Return a generation, its parents as far as they are there, then the other older ones.

    Without a number, all generations, newest first.
    """
    present = generations(folder)
    if number is None:
        return present
    line = [number]
    while (parent := _parent(folder, line[-1])) in present and parent not in line:
        line.append(parent)
    return line + [other for other in present if other < number and other not in line]


def current_pointer(folder: Path) -> Pointer | None:
    """Return what CURRENT says; None when it is missing or damaged."""
    return read_pointer(folder, current_bytes(folder), [])


def live_number(folder: Path) -> int | None:
    """Return the number that CURRENT names; None when it is missing or damaged."""
    pointer = current_pointer(folder)
    return pointer.number if pointer else None


def _parent(folder: Path, number: int) -> int:
    try:
        manifest = Manifest.from_bytes((folder / folder_name(number) / MANIFEST).read_bytes())
    except (OSError, PolicyIndexError):
        return -1
    return -1 if manifest.parent is None else manifest.parent


def current_bytes(folder: Path) -> bytes | None:
    """Return what stands in CURRENT, or None where it is missing."""
    try:
        return (folder / CURRENT).read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        return b""  # which no pointer is


def read_pointer(
    folder: Path, content: bytes | None, damaged: list[tuple[str, str]]
) -> Pointer | None:
    """Return what CURRENT's content says, or None and a new entry in `damaged`."""
    if content is None:
        # The first rebuild, killed at the last step, leaves its generation and no CURRENT.
        if generations(folder) not in ([], [1]):
            damaged.append((CURRENT, f"{CURRENT} is missing"))
        return None
    try:
        return Pointer.from_bytes(content)
    except IndexDamaged as exc:
        damaged.append((CURRENT, str(exc)))
        return None


def open_generation(index: Path, number: int, pointer: Pointer | None = None) -> Generation:
    """Open a generation of an index folder after checking every byte of it.

    Raises IndexDamaged, also where it is gone, and IndexTooNew or IndexOutdated.
    """
    folder = index / folder_name(number)
    try:
        content = (folder / MANIFEST).read_bytes()
        expected = pointer.manifest_sha256 if pointer and pointer.number == number else None
        if expected not in (None, hashlib.sha256(content).hexdigest()):
            raise IndexDamaged(f"{MANIFEST} is not the one that {CURRENT} names")
        manifest = Manifest.from_bytes(content)
        if manifest.number != number:
            raise IndexDamaged(f"{MANIFEST} is of generation {manifest.number}")
        problems = list(_file_problems(folder, manifest))
        if problems:
            raise IndexDamaged("; ".join(problems))
        views = mapped(folder / ARRAYS)
        rows = Rows(folder / ROWS)
    except OSError as exc:
        raise IndexDamaged(f"{exc.filename or folder}: {exc.strerror or exc}") from exc
    except (ValueError, KeyError, sqlite3.Error) as exc:
        raise IndexDamaged(f"cannot be read: {exc}") from exc
    return Generation(folder, manifest, views, rows)


def _file_problems(folder: Path, manifest: Manifest) -> Iterator[str]:
    if set(manifest.files) != {ARRAYS, ROWS}:
        yield f"{MANIFEST} lists other files than a generation has"
        return
    for name, entry in manifest.files.items():
        with (folder / name).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size != entry.size:
                yield f"{name} has {size} bytes, not {entry.size}"
            elif hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
                yield f"{name} is not what was published (its hash differs)"


def size_on_disk(folder: Path) -> int:
    """Return the bytes that a generation takes."""
    return sum(file.stat().st_size for file in folder.iterdir())
