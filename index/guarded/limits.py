"""What a process that reads documents may take and do.

The kernel holds the limits of memory, processor time, files and processes and, on Linux, takes the
network away; a hook of the interpreter refuses what Python code would do beyond reading. Where a
system lacks one of them the others remain, and the parent's clock with them.
"""

import contextlib
import math
import os
import resource
import signal
import sys
import time

OUT_OF_MEMORY = 71  # how a process ends that asked for more memory than it may have
_OPEN_FILES = 64
_ALARM_AFTER_SECONDS = 5.0  # what the parent is given to act first
_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET, unshare(2)
_REFUSED = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "os.kill",
    "os.putenv",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.ch",
    "os.utime",
    "os.setxattr",
    "pty.",
    "shutil.",
    "sqlite3.",
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class NotAllowed(PermissionError):
    """A reader tried what no reader may do. Its document is refused."""


def confine(memory_bytes: int) -> None:
    """Limit this process for as long as it runs; there is no way back."""
    if sys.platform == "linux":
        _leave_network_and_end_with_parent()
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
    ):
        # Some systems know a limit only by name; what they do keep is set all the same.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
    sys.dont_write_bytecode = True
    sys.addaudithook(_refuse)


def start_clock(cpu_seconds: int, wall_seconds: float) -> None:
    """Give this process so much time from now on. The kernel ends it when that is over."""
    # Should the parent be gone without the kernel telling, nobody else would look at the clock.
    signal.setitimer(signal.ITIMER_REAL, wall_seconds + _ALARM_AFTER_SECONDS)
    _, highest = resource.getrlimit(resource.RLIMIT_CPU)
    spent = math.ceil(time.process_time()) + cpu_seconds
    if highest != resource.RLIM_INFINITY:
        spent = min(spent, highest)
    resource.setrlimit(resource.RLIMIT_CPU, (spent, highest))


def stop_clock() -> None:
    """Let the clock on the wall run on; what is left is waiting for the parent."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def _leave_network_and_end_with_parent() -> None:
    """Ask the kernel for both. Where it is not allowed, the hook still refuses connections."""
    import ctypes  # the parent, which knows this module too, has no use for it

    libc = ctypes.CDLL(None)
    if libc.unshare(_NEW_NETWORK) != 0:
        libc.unshare(_NEW_USER | _NEW_NETWORK)  # how it is allowed to others than root
    libc.prctl(_END_WITH_PARENT, signal.SIGKILL)


def _refuse(event: str, values: tuple[object, ...]) -> None:
    if event.startswith(_REFUSED):
        raise NotAllowed(event)
    if event == "open":
        _, mode, flags = values
        writes = isinstance(mode, str) and not {"w", "a", "x", "+"}.isdisjoint(mode)
        if writes or (isinstance(flags, int) and flags & _WRITING):
            raise NotAllowed("open a file for writing")
