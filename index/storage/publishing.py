"""Put a new generation in the place of the live one, in one step.

The order of the steps is the guarantee. Everything is written into a folder of its own, flushed
and read back against hashes taken from memory; renaming CURRENT is the one step that changes what
is live. A kill before it leaves the old generation, after it the new one.
"""

import hashlib
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import (
    IndexDamaged,
    IndexMissing,
    IndexOutdated,
    IndexTooNew,
    StorageFailed,
)
from index.postings import Postings
from index.ranking import Floats
from index.storage import files
from index.storage.generation import (
    ARRAYS,
    ROWS,
    current_pointer,
    generations,
    lineage,
    open_generation,
    open_live,
)
from index.storage.manifest import (
    CURRENT,
    MANIFEST,
    FileEntry,
    Manifest,
    Pointer,
    folder_name,
    folder_number,
)
from index.vocabulary import Vocabulary

KEPT = 3  # generations, the live one included
_BUILD_PREFIX = ".build-"
_QUARANTINE = "quarantine"
_SPARE_BYTES = 1 << 20  # room for folders, names and the manifest


@dataclass(frozen=True, slots=True)
class Contents:
    """What a generation shall hold; the manifest's number, parent and files are filled in here."""

    manifest: Manifest
    postings: Postings
    vocabulary: Vocabulary
    idf: Floats
    rows: bytes

    def files(self) -> dict[str, bytes]:
        """Return the files of the generation, by name."""
        arrays: tuple[npt.NDArray[Any], ...] = (
            self.postings.starts,
            self.postings.passages,
            self.postings.frequencies,
            self.postings.lengths,
            self.vocabulary.spellings,
            self.vocabulary.ends,
            self.idf,
        )
        packed = {ROWS: self.rows}
        for name, array in zip(ARRAYS, arrays, strict=True):
            buffer = BytesIO()
            np.save(buffer, array, allow_pickle=False)
            packed[f"{name}.npy"] = buffer.getvalue()
        return packed


def publish(folder: Path, contents: Contents) -> int:
    """Make a generation live and return its number. The caller holds the writer's lock.

    Raises StorageFailed; whatever it says, an old or a new generation is live and whole.
    """
    pointer = current_pointer(folder)
    number = 1 + max([0, pointer.number if pointer else 0, *generations(folder), *_held(folder)])
    content = contents.files()
    entries = {
        name: FileEntry(len(data), hashlib.sha256(data).hexdigest())
        for name, data in content.items()
    }
    manifest = replace(contents.manifest, number=number, files=entries).to_bytes()
    building = folder / f"{_BUILD_PREFIX}{number:06d}"
    try:
        _clear_builds(folder)
        _require_room(folder, sum(map(len, content.values())) + len(manifest))
        building.mkdir(mode=0o700)
        try:
            for name, data in content.items():
                files.write_new(building / name, data)
            _read_back(building, entries)
            files.write_new(building / MANIFEST, manifest)
            files.flush_folder(building)
            building.rename(folder / folder_name(number))
        except BaseException:
            # Also on Ctrl-C: a half-written folder only takes up room.
            shutil.rmtree(building, ignore_errors=True)
            raise
        files.flush_folder(folder)
        _point_to(folder, number)
    except OSError as exc:
        live = current_pointer(folder)
        if live.number != number if live else not (folder / CURRENT).exists():
            # It did not go live and would only hold the room that the next rebuild needs.
            (folder / f"{CURRENT}.new").unlink(missing_ok=True)
            shutil.rmtree(folder / folder_name(number), ignore_errors=True)
        state = f"generation {live.number} is live" if live else "no generation is live"
        raise StorageFailed(
            f"The new index could not be stored in {folder}: {exc.strerror or exc}; {state}. "
            "Make room or mend the permissions, then run: policybot index build"
        ) from exc
    _clear_old(folder, number)
    return number


def rollback(folder: Path) -> tuple[int, int]:
    """Make the generation before the live one live; return both numbers, old and new.

    The caller holds the writer's lock. Raises IndexMissing when there is none to go back to.
    """
    pointer = current_pointer(folder)
    live = pointer.number if pointer else open_live(folder).generation.number
    for number in lineage(folder, live)[1:]:
        with suppress(IndexDamaged, IndexTooNew, IndexOutdated):
            generation = open_generation(folder, number)
            generation.rows.close()
            _point_to(folder, number)
            return live, number
    raise IndexMissing(
        f"No earlier sound generation at {folder} to go back to; {live} stays live. "
        f"Up to {KEPT} are kept."
    )


def repair(folder: Path, sound: int | None, damaged: Mapping[str, str]) -> None:
    """Set damaged generations aside and make CURRENT name the sound one that answers.

    The caller holds the writer's lock. Raises StorageFailed.
    """
    try:
        for name in damaged:
            if folder_number(name) is not None and (folder / name).exists():
                (folder / _QUARANTINE).mkdir(mode=0o700, exist_ok=True)
                aside = folder / _QUARANTINE / name
                shutil.rmtree(aside, ignore_errors=True)
                (folder / name).rename(aside)
        for number in generations(folder / _QUARANTINE)[KEPT:]:
            shutil.rmtree(folder / _QUARANTINE / folder_name(number), ignore_errors=True)
        if sound is not None:
            pointer = current_pointer(folder)
            if pointer is None or pointer.number != sound:
                _point_to(folder, sound)
    except OSError as exc:
        raise StorageFailed(
            f"{folder} could not be mended: {exc.strerror or exc}. Make it writable, or make room."
        ) from exc


def _point_to(folder: Path, number: int) -> None:
    manifest = (folder / folder_name(number) / MANIFEST).read_bytes()
    pointer = Pointer(number, hashlib.sha256(manifest).hexdigest())
    files.replace(folder / CURRENT, pointer.to_bytes())


def _held(folder: Path) -> list[int]:
    """Return the numbers of generations set aside; a number is never given twice."""
    return generations(folder / _QUARANTINE)


def _require_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + _SPARE_BYTES:
        needed = f"{(size + _SPARE_BYTES) / 1e3:,.0f} kB needed with some to spare"
        raise OSError(28, f"{needed}, {free / 1e3:,.0f} kB free", str(folder))


def _read_back(building: Path, entries: Mapping[str, FileEntry]) -> None:
    """Compare what stands on disk with the hashes taken from memory."""
    for name, entry in entries.items():
        with (building / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
                raise OSError(5, f"{name} is not read back as it was written", str(building))


def _clear_builds(folder: Path) -> None:
    """Remove what killed rebuilds left; the lock says that none is running."""
    for path in folder.glob(f"{_BUILD_PREFIX}*"):
        shutil.rmtree(path, ignore_errors=True)


def _clear_old(folder: Path, live: int) -> None:
    """Keep the live generation and those before it, KEPT in all."""
    kept = lineage(folder, live)[:KEPT]
    for number in generations(folder):
        if number not in kept:
            # Renamed first, so that a kill leaves no half of it under its name. Readers that
            # have it open keep its files; if it cannot go now, the next rebuild clears it.
            doomed = folder / f"{_BUILD_PREFIX}old-{number:06d}"
            with suppress(OSError):
                (folder / folder_name(number)).rename(doomed)
                shutil.rmtree(doomed)
