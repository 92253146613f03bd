"""Files that moderators hand in or take out, without losing any.

The name of an attachment is never a path: it is checked, and only ever joined to a folder of ours.
What is replaced or removed is moved aside, not deleted.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bot.errors import FileRefused
from index import SUFFIXES, document_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from index import Document

LARGEST_BYTES = 10 << 20  # Discord's own limit of a file that anybody may send
LONGEST_NAME = 120  # bytes
WAITS_SECONDS = 3600.0  # for a confirmation
_MOST_WAITING = 20
_KEPT_OF_A_NAME = 200  # bytes, when a file is moved aside
_NAME = re.compile(r"\w[\w .()+,-]*(?<![ .])")
_KEY = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits for confirmation."""

    key: str
    name: str
    folder: Path  # in which it lies alone, with its metadata file if the documents have one
    index: Path  # where an index of it may be built to look at
    target: str  # its path in the documents folder, once it is confirmed
    replaces: str | None  # the path of the document that it replaces
    replaces_sha256: str | None  # over the bytes of that document's file


class Shelf:
    """The documents folder, as far as moderators change it from Discord."""

    def __init__(self, documents: Path, state: Path) -> None:
        """Take the documents folder and the folder for what is derived."""
        self._documents = documents
        self._incoming = state / "incoming"
        self.aside = state / "removed"

    def check_name(self, name: str, size: int, documents: Iterable[Document]) -> str:
        """Return the path that a file would have among the documents. Raises FileRefused."""
        if not _NAME.fullmatch(name) or len(name.encode()) > LONGEST_NAME:
            raise FileRefused("bad_name", most=LONGEST_NAME)
        if PurePosixPath(name).suffix.lower() not in SUFFIXES:
            raise FileRefused("wrong_kind", kinds=" ".join(sorted(SUFFIXES)))
        if size > LARGEST_BYTES:
            raise FileRefused("too_large", size=f"{size / 1e6:.1f}", most=LARGEST_BYTES // 10**6)
        known = {document.path: document.id for document in documents}
        same_name = [path for path in known if PurePosixPath(path).name == name]
        if len(same_name) > 1:
            raise FileRefused("several", paths=", ".join(sorted(same_name)))
        target = same_name[0] if same_name else name
        id_ = document_id(target)
        for path, other in known.items():
            if other == id_ and path != target:
                raise FileRefused("same_id", path=path)
        return target

    def put_waiting(self, name: str, target: str, content: bytes) -> Waiting:
        """Keep a file until it is confirmed. Raises FileRefused, OSError."""
        place = self._inside(target)
        self.clear_waiting()
        if self._incoming.is_dir() and len(list(self._incoming.iterdir())) >= _MOST_WAITING:
            raise FileRefused("too_many")
        key = secrets.token_hex(8)
        folder = self._incoming / key / "files"
        replaced = _sha256(place)
        try:
            folder.mkdir(parents=True, mode=0o700)
            (folder / name).write_bytes(content)
            (self._incoming / key / "target").write_text(target, encoding="utf-8")
            (self._incoming / key / "replaces").write_text(replaced or "", encoding="utf-8")
            sidecar = place.with_suffix(".yaml")
            if sidecar.is_file():
                shutil.copyfile(sidecar, folder / f"{PurePosixPath(name).stem}.yaml")
        except OSError:
            self.drop(key)
            raise
        return self._waiting(key, name, target, replaced)

    def waiting(self, key: str) -> Waiting | None:
        """Return the file that waits under a key. Raises FileRefused.

        None when it has waited too long or is done, and when what it replaces is not what it was.
        """
        if not _KEY.fullmatch(key):
            return None
        folder = self._incoming / key
        try:
            if _is_old(folder):
                return None
            target = (folder / "target").read_text(encoding="utf-8")
            replaced = (folder / "replaces").read_text(encoding="utf-8") or None
            names = [path.name for path in (folder / "files").iterdir()]
            if _sha256(self._inside(target)) != replaced:
                return None
        except OSError:
            return None
        name = PurePosixPath(target).name
        return self._waiting(key, name, target, replaced) if name in names else None

    def drop(self, key: str) -> bool:
        """Forget a file that waits; say whether there was one."""
        if not _KEY.fullmatch(key) or not (self._incoming / key).is_dir():
            return False
        shutil.rmtree(self._incoming / key, ignore_errors=True)
        return True

    def clear_waiting(self) -> None:
        """Forget what has waited too long."""
        if self._incoming.is_dir():
            for folder in self._incoming.iterdir():
                if _is_old(folder):
                    shutil.rmtree(folder, ignore_errors=True)

    def accept(self, waiting: Waiting) -> Path | None:
        """Put a waiting file among the documents; return where the one it replaces lies now.

        Raises FileRefused when it does not wait any more, and OSError; nothing has changed then.
        """
        if self.waiting(waiting.key) != waiting:
            raise FileRefused("expired")
        target = self._inside(waiting.target)
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = self._place_aside(target) if waiting.replaces else None
        # Written under a hidden name first, so that no rebuild ever sees half of it, and the
        # document that it replaces stands in its place until it is whole.
        hidden = target.with_name(f".{waiting.key}.new")
        try:
            shutil.copyfile(waiting.folder / waiting.name, hidden)
            _sync(hidden)
            if aside is not None:
                _duplicate(target, aside)
            hidden.replace(target)
        except OSError:
            for unfinished in (hidden, aside):
                if unfinished is not None:
                    unfinished.unlink(missing_ok=True)
            raise
        with contextlib.suppress(OSError):  # not every file system can; the file is in its place
            _sync(target.parent)
        return aside

    def undo(self, waiting: Waiting, aside: Path | None) -> None:
        """Put things back as they were before `accept`."""
        target = self._inside(waiting.target)
        if aside is None:
            target.unlink(missing_ok=True)
        else:
            shutil.move(aside, target)

    def take_out(self, document: Document) -> list[tuple[Path, Path]] | None:
        """Move a document's file, and its metadata, aside; return where from and where to.

        None when its file does not stand in the documents folder. Raises FileRefused, and OSError;
        nothing has changed then.
        """
        file = self._inside(document.path)
        if file.is_symlink() or not file.is_file():
            return None
        moved = [(file, self._set_aside(file))]
        sidecar = file.with_suffix(".yaml")
        if sidecar.is_file() and not self._describes_another(file):
            try:
                moved.append((sidecar, self._set_aside(sidecar)))
            except OSError:
                self.put_back(moved)
                raise
        return moved

    def put_back(self, moved: list[tuple[Path, Path]]) -> None:
        """Undo `take_out`."""
        for origin, aside in moved:
            shutil.move(aside, origin)

    def _waiting(self, key: str, name: str, target: str, replaced: str | None) -> Waiting:
        folder = self._incoming / key
        replaces = target if replaced else None
        return Waiting(key, name, folder / "files", folder / "index", target, replaces, replaced)

    def _inside(self, path: str) -> Path:
        """Return a path below the documents folder. Raises FileRefused for one that leads out."""
        joined = self._documents / path
        real = Path(os.path.realpath(joined.parent))
        if not real.is_relative_to(os.path.realpath(self._documents)):
            raise FileRefused("outside", id=path)
        return joined

    def _describes_another(self, file: Path) -> bool:
        return any(
            other != file and other.stem == file.stem and other.suffix.lower() in SUFFIXES
            for other in file.parent.iterdir()
        )

    def _set_aside(self, file: Path) -> Path:
        aside = self._place_aside(file)
        try:
            shutil.move(file, aside)
        except OSError:
            aside.unlink(missing_ok=True)  # half a copy; the file itself goes last
            raise
        return aside

    def _place_aside(self, file: Path) -> Path:
        self.aside.mkdir(parents=True, exist_ok=True, mode=0o700)
        stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S")
        # A name of a file has at most 255 bytes, and this one grows.
        stem = file.stem.encode()[:_KEPT_OF_A_NAME].decode(errors="ignore")
        return self.aside / f"{stamp}-{secrets.token_hex(2)}-{stem}{file.suffix}"


def _is_old(folder: Path) -> bool:
    return time.time() - folder.stat().st_mtime > WAITS_SECONDS


def _sha256(file: Path) -> str | None:
    """Return the hash of a file's bytes, None where there is no file."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None


def _sync(place: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _duplicate(file: Path, other: Path) -> None:
    """Let a file stand at another place as well."""
    try:
        os.link(file, other, follow_symlinks=False)
    except OSError:  # another disk, or one without links
        shutil.copy2(file, other, follow_symlinks=False)
