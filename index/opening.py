"""The live index as a searcher, and what else people ask of an index on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from index import storage
from index.bm25 import Bm25
from index.errors import IndexMissing, IndexOutdated
from index.fingerprint import FINGERPRINT
from index.records import IndexState
from index.searcher import Searcher
from index.versions import earliest_day, in_force

if TYPE_CHECKING:
    from index.storage import CheckedGeneration


class OpenedSearcher(NamedTuple):
    """A searcher, and what was found damaged on the way to it."""

    searcher: Searcher
    damaged: tuple[tuple[str, str], ...]  # file or folder name in the index -> what is wrong


def open_searcher(index: Path, model: Bm25) -> OpenedSearcher:
    """Open the live generation, or the newest sound one behind it.

    Raises IndexMissing, IndexDamaged, IndexTooNew, and IndexOutdated when other rules of reading,
    analysis or ranking made the index.
    """
    opened = _open_usable(index, model)
    generation = opened.generation
    searcher = Searcher(
        _state(generation.manifest),
        generation.views,
        model,
        generation.rows,
    )
    return OpenedSearcher(searcher, opened.damaged)


class OpenedAsOf(NamedTuple):
    """A searcher over what was in force on a day."""

    searcher: Searcher
    earliest: str | None  # the first day on which anything was in force, as far as is known


def open_as_of(index: Path, model: Bm25, day: str) -> OpenedAsOf:
    """Put together what was in force on a day (YYYY-MM-DD). Raises as open_searcher does."""
    from index.as_of import searcher_of  # the other questions need no counting

    generation = _open_usable(index, model).generation
    versions = generation.rows.versions()
    state = _state(generation.manifest)._replace(as_of=day)
    searcher = searcher_of(in_force(versions, day), generation, state)
    return OpenedAsOf(searcher, earliest_day(versions))


def _open_usable(index: Path, model: Bm25) -> storage.Opened:
    """Open the live generation if it was made by these rules."""
    opened = storage.open_live(index)
    manifest = opened.generation.manifest
    if manifest.fingerprint != FINGERPRINT:
        what = f"The index at {index} was made by another version of policybot."
        raise IndexOutdated(what, manifest.places)
    if manifest.model != model:
        what = f"The index at {index} was made with other ranking settings."
        raise IndexOutdated(what, manifest.places)
    return opened


class IndexStatus(NamedTuple):
    """What stands on disk."""

    state: IndexState
    bytes: int
    kept: tuple[int, ...]  # all generations there, newest first
    damaged: tuple[tuple[str, str], ...]
    earlier: int  # versions of documents that are no longer current


def status(index: Path) -> IndexStatus:
    """Describe the live generation. Raises as open_searcher does, but takes any rules."""
    opened = storage.open_live(index)
    generation = opened.generation
    generation.rows.close()
    return IndexStatus(
        state=_state(generation.manifest),
        bytes=storage.size_on_disk(generation.folder),
        kept=tuple(storage.generations(index)),
        damaged=opened.damaged,
        earlier=generation.manifest.earlier_documents,
    )


def check(index: Path) -> list[CheckedGeneration]:
    """Check every byte of every generation. Raises IndexMissing when there is none."""
    return storage.check_all(index)


def live_generation(index: Path) -> int | None:
    """Return which generation is live, without opening it; None where that cannot be told.

    It reads one line, so that a running program may ask every second whether there is a newer one.
    """
    return storage.live_number(index)


def roll_back(index: Path) -> tuple[int, int]:
    """Make the generation before the live one live; return both numbers, old and new.

    Raises IndexMissing when there is none, IndexBusy during a rebuild, and StorageFailed.
    """
    if not storage.generations(index):
        raise IndexMissing(f"No index at {index}. Run: policybot index build")
    with storage.writing(index):
        return storage.rollback(index)


def _state(manifest: storage.Manifest) -> IndexState:
    return IndexState(
        generation=manifest.number,
        documents=manifest.documents,
        passages=manifest.passages,
        terms=manifest.terms,
        built_at=manifest.built_at,
        places=manifest.places,
    )
