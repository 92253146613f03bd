"""The live index as a searcher, and what else people ask of an index on disk."""

from dataclasses import dataclass
from pathlib import Path

from index import storage
from index.errors import IndexMissing, IndexOutdated
from index.fingerprint import FINGERPRINT
from index.ranking import Bm25
from index.records import IndexState
from index.searcher import Searcher
from index.storage import CheckedGeneration as CheckedGeneration


@dataclass(frozen=True, slots=True)
class OpenedSearcher:
    """A searcher, and what was found damaged on the way to it."""

    searcher: Searcher
    damaged: tuple[tuple[str, str], ...]  # file or folder name in the index -> what is wrong


def open_searcher(index: Path, model: Bm25) -> OpenedSearcher:
    """Open the live generation, or the newest sound one behind it.

    Raises IndexMissing, IndexDamaged, IndexTooNew, and IndexOutdated when other rules of reading,
    analysis or ranking made the index.
    """
    opened = storage.open_live(index)
    generation = opened.generation
    manifest = generation.manifest
    if manifest.fingerprint != FINGERPRINT:
        what = f"The index at {index} was made by another version of policybot."
        raise IndexOutdated(what, manifest.places)
    if manifest.model != model:
        what = f"The index at {index} was made with other ranking settings."
        raise IndexOutdated(what, manifest.places)
    searcher = Searcher(
        _state(manifest),
        generation.vocabulary,
        generation.postings,
        generation.idf,
        manifest.model,
        generation.rows,
    )
    return OpenedSearcher(searcher, opened.damaged)


@dataclass(frozen=True, slots=True)
class IndexStatus:
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
