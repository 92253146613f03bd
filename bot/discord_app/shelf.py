"""Files that moderators hand in or take out, without losing any.

The name of an attachment is never a path: it is checked, and only ever joined to a folder of ours.
What is replaced or removed is moved aside, not deleted.
"""

from __future__ import annotations

import datetime
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
_NAME = re.compile(r"[\w][\w .()+,-]*\.[A-Za-z0-9]+")
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
        self.clear_waiting()
        if self._incoming.is_dir() and len(list(self._incoming.iterdir())) >= _MOST_WAITING:
            raise FileRefused("too_many")
        key = secrets.token_hex(8)
        folder = self._incoming / key / "files"
        folder.mkdir(parents=True, mode=0o700)
        (folder / name).write_bytes(content)
        (self._incoming / key / "target").write_text(target, encoding="utf-8")
        sidecar = self._inside(target).with_suffix(".yaml")
        if sidecar.is_file():
            shutil.copyfile(sidecar, folder / f"{PurePosixPath(name).stem}.yaml")
        return self._waiting(key, name, target)

    def waiting(self, key: str) -> Waiting | None:
        """Return the file that waits under a key; None when it has waited too long or is done."""
        if not _KEY.fullmatch(key):
            return None
        folder = self._incoming / key
        try:
            target = (folder / "target").read_text(encoding="utf-8")
            names = [path.name for path in (folder / "files").iterdir()]
        except OSError:
            return None
        name = PurePosixPath(target).name
        return self._waiting(key, name, target) if name in names else None

    def drop(self, key: str) -> None:
        """Forget a file that waits."""
        if _KEY.fullmatch(key):
            shutil.rmtree(self._incoming / key, ignore_errors=True)

    def clear_waiting(self) -> None:
        """Forget what has waited too long."""
        if self._incoming.is_dir():
            for folder in self._incoming.iterdir():
                if time.time() - folder.stat().st_mtime > WAITS_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)

    def accept(self, waiting: Waiting) -> Path | None:
        """Put a waiting file among the documents; return where the one it replaces lies now."""
        target = self._inside(waiting.target)
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = self._set_aside(target) if target.is_file() else None
        # Written under a hidden name first, so that no rebuild ever sees half of it.
        hidden = target.with_name(f".{waiting.key}.new")
        shutil.copyfile(waiting.folder / waiting.name, hidden)
        hidden.replace(target)
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

        None when its file does not stand in the documents folder.
        """
        file = self._inside(document.path)
        if file.is_symlink() or not file.is_file():
            return None
        moved = [(file, self._set_aside(file))]
        sidecar = file.with_suffix(".yaml")
        if sidecar.is_file() and not self._describes_another(file):
            moved.append((sidecar, self._set_aside(sidecar)))
        return moved

    def put_back(self, moved: list[tuple[Path, Path]]) -> None:
        """Undo `take_out`."""
        for origin, aside in moved:
            shutil.move(aside, origin)

    def _waiting(self, key: str, name: str, target: str) -> Waiting:
        folder = self._incoming / key
        replaces = target if self._inside(target).is_file() else None
        return Waiting(key, name, folder / "files", folder / "index", target, replaces)

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
        self.aside.mkdir(parents=True, exist_ok=True, mode=0o700)
        stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S")
        # A name of a file has at most 255 bytes, and this one grows.
        stem = file.stem.encode()[:_KEPT_OF_A_NAME].decode(errors="ignore")
        aside = self.aside / f"{stamp}-{secrets.token_hex(2)}-{stem}{file.suffix}"
        shutil.move(file, aside)
        return aside
