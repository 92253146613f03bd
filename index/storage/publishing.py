"""Put a new generation in the place of the live one, in one step.

The order of the steps is the guarantee. Everything is written into a folder of its own, flushed,
put in its place and read back against hashes taken from memory; renaming CURRENT is the one step
that changes what is live. A kill before it leaves the old generation, after it the new one.
"""

import errno
import hashlib
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from index.arrays import View, stored
from index.errors import (
    IndexDamaged,
    IndexMissing,
    IndexOutdated,
    IndexTooNew,
    StorageFailed,
)
from index.storage import files
from index.storage.generation import (
    ARRAYS,
    ROWS,
    current_bytes,
    current_pointer,
    generations,
    lineage,
    open_generation,
    open_live,
    read_pointer,
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

KEPT = 3  # generations, the live one included
_BUILD_PREFIX = ".build-"
_QUARANTINE = "quarantine"
_SPARE_BYTES = 1 << 20  # room for folders, names and the manifest


@dataclass(frozen=True, slots=True)
class Contents:
    """What a generation shall hold; the manifest's number, parent and files are filled in here."""

    manifest: Manifest
    views: Mapping[str, View]  # all arrays, by name
    rows: bytes

    def files(self) -> dict[str, list[memoryview]]:
        """Return the files of the generation, by name, piece by piece."""
        return {ROWS: [memoryview(self.rows)], ARRAYS: stored(self.views)}


def publish(folder: Path, contents: Contents) -> int:
    """Make a generation live and return its number. The caller holds the writer's lock.

    Raises StorageFailed; whatever it says, an old or a new generation is live and whole. The
    caller has repaired the folder.
    """
    pointer = current_pointer(folder)
    number = 1 + max([0, pointer.number if pointer else 0, *generations(folder), *_held(folder)])
    content = contents.files()
    entries = {name: _entry(pieces) for name, pieces in content.items()}
    manifest = contents.manifest._replace(number=number, files=dict(entries)).to_bytes()
    content[MANIFEST] = [memoryview(manifest)]
    entries[MANIFEST] = _entry(content[MANIFEST])
    try:
        _require_room(folder, sum(entry.size for entry in entries.values()))
        _store(folder, number, content)
        _read_back(folder / folder_name(number), entries)
        _point_to(folder, Pointer(number, entries[MANIFEST].sha256))
    except OSError as exc:
        _withdraw(folder, number)
        raise StorageFailed(
            f"The new index could not be stored in {folder}: {exc.strerror or exc}; "
            f"{_live(folder)}. "
            "Make room or mend the permissions, then run: policybot index build"
        ) from exc
    except BaseException:
        _withdraw(folder, number)  # also on Ctrl-C
        raise
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
            open_generation(folder, number).rows.close()
            try:
                _point_to(folder, _pointer(folder, number))
            except OSError as exc:
                raise StorageFailed(
                    f"Could not go back in {folder}: {exc.strerror or exc}; {_live(folder)}. "
                    "Make room or mend the permissions, then run: policybot index rollback"
                ) from exc
            return live, number
    raise IndexMissing(
        f"No earlier sound generation at {folder} to go back to; {live} stays live. "
        f"Up to {KEPT} are kept."
    )


def repair(folder: Path, sound: int | None, damaged: Mapping[str, str]) -> None:
    """Set damaged generations aside and make CURRENT name the sound one that answers.

    What killed rebuilds left is removed. The caller holds the writer's lock, which says that none
    is running. Raises StorageFailed.
    """
    try:
        for path in folder.glob(f"{_BUILD_PREFIX}*"):
            shutil.rmtree(path, ignore_errors=True)
        files.new_of(folder / CURRENT).unlink(missing_ok=True)
        for name in damaged:
            if folder_number(name) is not None and (folder / name).exists():
                (folder / _QUARANTINE).mkdir(mode=0o700, exist_ok=True)
                aside = folder / _QUARANTINE / name
                shutil.rmtree(aside, ignore_errors=True)
                files.move(folder / name, aside)
        for number in generations(folder / _QUARANTINE)[KEPT:]:
            shutil.rmtree(folder / _QUARANTINE / folder_name(number), ignore_errors=True)
        if sound is not None:
            pointer = current_pointer(folder)
            if pointer is None or pointer.number != sound:
                _point_to(folder, _pointer(folder, sound))
            _clear_old(folder, sound)
    except OSError as exc:
        raise StorageFailed(
            f"{folder} could not be mended: {exc.strerror or exc}. Make it writable, or make room."
        ) from exc


def _store(folder: Path, number: int, content: Mapping[str, Sequence[memoryview]]) -> None:
    """Bring the files of a generation to the disk, under its name. Raises OSError."""
    building = _building(folder, number)
    building.mkdir(mode=0o700)
    for name, pieces in content.items():
        files.write_new(building / name, pieces)
    files.flush_folder(building)
    files.move(building, folder / folder_name(number))
    files.flush_folder(folder)


def _entry(pieces: Sequence[memoryview]) -> FileEntry:
    hashed = hashlib.sha256()
    for piece in pieces:
        hashed.update(piece)
    return FileEntry(sum(map(len, pieces)), hashed.hexdigest())


def _read_back(stored: Path, entries: Mapping[str, FileEntry]) -> None:
    """Compare what stands on disk with the hashes taken from memory. Raises OSError."""
    for name, entry in entries.items():
        with (stored / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
                raise OSError(errno.EIO, f"{name} is not read back as it was written", str(stored))


def _withdraw(folder: Path, number: int) -> None:
    """Remove a generation unless it is live; it would hold the room that the next build needs."""
    content = current_bytes(folder)
    pointer = read_pointer(folder, content, [])
    if content is not None and (pointer is None or pointer.number == number):
        return  # it is live, or what is live cannot be told
    with suppress(OSError):
        files.new_of(folder / CURRENT).unlink(missing_ok=True)
    shutil.rmtree(_building(folder, number), ignore_errors=True)
    shutil.rmtree(folder / folder_name(number), ignore_errors=True)


def _building(folder: Path, number: int) -> Path:
    return folder / f"{_BUILD_PREFIX}{number:06d}"


def _pointer(folder: Path, number: int) -> Pointer:
    """Return what names a generation that was verified."""
    manifest = (folder / folder_name(number) / MANIFEST).read_bytes()
    return Pointer(number, hashlib.sha256(manifest).hexdigest())


def _point_to(folder: Path, pointer: Pointer) -> None:
    files.replace(folder / CURRENT, pointer.to_bytes())


def _live(folder: Path) -> str:
    pointer = current_pointer(folder)
    return f"generation {pointer.number} is live" if pointer else "no generation is live"


def _held(folder: Path) -> list[int]:
    """Return the numbers of generations set aside; a number is never given twice."""
    return generations(folder / _QUARANTINE)


def _require_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + _SPARE_BYTES:
        needed = f"{(size + _SPARE_BYTES) / 1e3:,.0f} kB needed with some to spare"
        raise OSError(errno.ENOSPC, f"{needed}, {free / 1e3:,.0f} kB free", str(folder))


def _clear_old(folder: Path, live: int) -> None:
    """Keep the live generation, those before it, and those gone back from, KEPT in all."""
    line = lineage(folder, live)
    newer = [number for number in generations(folder) if number not in line]
    for number in (line + newer)[KEPT:]:
        # Renamed first, so that a kill leaves no half of it under its name. Readers that have it
        # open keep its files; if it cannot go now, the next rebuild clears it.
        doomed = folder / f"{_BUILD_PREFIX}old-{number:06d}"
        with suppress(OSError):
            (folder / folder_name(number)).rename(doomed)
            shutil.rmtree(doomed)
