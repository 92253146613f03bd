"""Lines of text to the files of a plain index."""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from index.arrays import View, stored
from index.inverting import AT_ONCE, Inverter
from index.packed import PackedPostings, packed, unpacked, view_of
from index.plain.added import log_of
from index.plain.base import Base
from index.plain.naming import Namer
from index.plain.text import MODEL
from index.postings import Postings, joined
from index.ranking import norms_of
from index.storage import files
from index.vocabulary import vocabulary


def inverted(lines: Iterable[str]) -> tuple[Postings, list[str]]:
    """Return the inverted index of lines, and the spellings of its terms, sorted."""
    namer, inverter = Namer(), Inverter()
    lines = iter(lines)
    while some := list(islice(lines, AT_ONCE)):
        inverter.add(*namer.of(some))
    names = inverter.names()
    spellings = namer.spellings(names)
    order = sorted(range(len(spellings)), key=spellings.__getitem__)
    numbers = np.zeros(len(order), dtype=np.int64)
    numbers[order] = np.arange(len(order))
    return inverter.postings(names, numbers), [spellings[place].decode() for place in order]


class Merged(NamedTuple):
    """A base that stands beside the one in use."""

    folder: Path
    number: int

    def publish(self, left: Sequence[list[str]]) -> None:
        """Make it the base; `left` was added since. Raises OSError."""
        _publish(self.folder, self.number, log_of(left))


def store(lines: Iterable[str], folder: Path) -> None:
    """Build the index of lines in a folder, beside what stands there, and make it current."""
    files.make_folder(folder)
    number = _next(folder)
    _write(folder / f"base-{number}.arrays", *inverted(lines))
    _publish(folder, number, b"")


def store_merged(folder: Path, base: Base, added: Sequence[list[str]]) -> Merged:
    """Put a base and lines that were added to it into a new base. Raises OSError."""
    old = unpacked(PackedPostings.of_views(base.views))
    fresh, fresh_spellings = inverted(" ".join(terms) for terms in added)
    old_spellings = base.vocabulary.terms(range(len(base.vocabulary)))
    spellings = sorted({*old_spellings, *fresh_spellings})
    numbers = {spelling: number for number, spelling in enumerate(spellings)}
    parts = [
        (part, np.array([numbers[spelling] for spelling in known], dtype=np.int64))
        for part, known in ((old, old_spellings), (fresh, fresh_spellings))
    ]
    number = _next(folder)
    _write(folder / f"base-{number}.arrays", joined(parts, len(spellings)), spellings)
    return Merged(folder, number)


def _write(base: Path, postings: Postings, spellings: Sequence[str]) -> None:
    """Bring a base to the disk."""
    known = vocabulary(spellings)
    views = packed(postings, norms_of(postings.lengths, MODEL)).views() | {
        "spellings": View(known.spellings, (len(known.spellings),)),
        "ends": View(known.ends, (len(known),)),
        "tokens": view_of(np.array([postings.lengths.sum(dtype=np.int64)])),
    }
    files.write_new(base, stored(views))


def _publish(folder: Path, number: int, log: bytes) -> None:
    """Make a base current, with the log of what was added to it, and remove the others."""
    base, added = folder / f"base-{number}.arrays", folder / f"added-{number}.log"
    files.write_new(added, [log])
    files.flush_folder(folder)
    files.replace(folder / "CURRENT", f"{base.name} {added.name}\n".encode())
    for path in folder.glob("base-*"):
        if path != base:
            path.unlink()
    for path in folder.glob("added-*.log"):
        if path != added:
            path.unlink()


def _next(folder: Path) -> int:
    """Return a number that no base has."""
    numbers = [int(path.stem.removeprefix("base-")) for path in folder.glob("base-*")]
    return max(numbers, default=0) + 1
