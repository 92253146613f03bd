"""One writer at a time, over all processes."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import IndexBusy, StorageFailed
from index.folder import NOT_DOCUMENTS


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the writer's lock of an index folder, which is made if need be.

    The kernel drops the lock with the process, so none is ever left over. Raises IndexBusy when
    another holds it, StorageFailed when the folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(
            folder / NOT_DOCUMENTS, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
    except OSError as exc:
        raise StorageFailed(
            f"Cannot write to {folder}: {exc.strerror}. Make it writable, "
            "or choose another place with --index DIR."
        ) from exc
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
            raise IndexBusy(
                f"Another rebuild of {folder} is running"
                + (f" (process {holder})" if holder.isdigit() else "")
                + ". Wait for it to end, then try again."
            ) from exc
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError as exc:
            raise StorageFailed(f"Cannot write to {folder}: {exc.strerror}. Make room.") from exc
        yield
    finally:
        os.close(descriptor)
