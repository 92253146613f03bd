"""Write files so that they are on disk, whole, or not there."""

import os
from pathlib import Path


def write_new(path: Path, content: bytes) -> None:
    """Create a file that must not exist yet and bring it to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        left = memoryview(content)
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
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    write_new(new, content)
    if new.read_bytes() != content:
        raise OSError(5, "what was written is not what is read back", str(new))
    new.rename(path)
    flush_folder(path.parent)


def flush_folder(path: Path) -> None:
    """Bring a folder's list of names to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
