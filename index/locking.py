"""A lock that one process holds, and that the kernel drops with the process."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ATTEMPTS = 100
_PAUSE_SECONDS = 0.02


class AlreadyLocked(Exception):
    """Another process holds the lock. The caller says what that means."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"locked{holder}")
        self.holder = holder  # " (process 1234)", or nothing where it is not known


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the lock of a file, which is made if need be and never removed.

    Raises AlreadyLocked, and OSError when the file cannot be made or written to.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(file, flags, 0o600)
    try:
        _take(descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> None:
    """Lock a file, or wait for a lock whose process has ended.

    A program that it was starting when it was killed holds the lock until it runs.
    """
    for attempt in range(_ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
            if not holder.isdigit() or _runs(int(holder)) or attempt == _ATTEMPTS - 1:
                raise AlreadyLocked(f" (process {holder})" if holder.isdigit() else "") from exc
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # somebody else's, or no number of a process
        return True
    return True
