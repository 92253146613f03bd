"""Write files so that they are on disk, whole, or not there.

What the system calls report is not all that is believed: the outcome is looked at.
"""

import errno
import os
from collections.abc import Iterable
from pathlib import Path


def write_new(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Create a file that must not exist yet and bring it to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        for piece in pieces:
            left = memoryview(piece)
            while left:
                left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, content: bytes) -> None:
    """Put a small file in the place of another in one step.

    The renaming is the step: before it the old file stands there, after it the new one. Raises
    OSError; one from the last flush leaves open which of them a power cut would bring back.
    """
    new = new_of(path)
    new.unlink(missing_ok=True)
    write_new(new, [content])
    _require_content(new, content)
    new.rename(path)
    _require_content(path, content)
    flush_folder(path.parent)


def new_of(path: Path) -> Path:
    """Return where the content of a file stands before it replaces the file."""
    return path.with_name(path.name + ".new")


def _require_content(path: Path, content: bytes) -> None:
    if path.read_bytes() != content:
        raise OSError(errno.EIO, "what was written is not what is read back", str(path))


def move(path: Path, target: Path) -> None:
    """Give a folder another name, where nothing stands yet. Raises OSError."""
    path.rename(target)
    if path.exists():
        raise OSError(errno.EIO, "it was renamed and still has its old name", str(path))


def make_folder(path: Path) -> None:
    """Make a folder that only its owner may read, if need be, with those above it.

    Their names are brought to the disk too. Raises OSError.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    for made in missing:
        flush_folder(made.parent)


def flush_folder(path: Path) -> None:
    """Bring a folder's list of names to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
