"""Files that change to builds, each when the files have settled.

A build compares every file with what is indexed, so of a change only counts that there was one; and
because systems lose track of a folder that is replaced, the named places are looked at as well.
"""

from __future__ import annotations

import signal
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from bot.errors import WatchFailed
from bot.lines import counted
from index import BuildRefused, GlossaryRefused, IndexBusy, NoDocuments, PolicyIndexError

if TYPE_CHECKING:
    from index import BuildReport, Refused

QUIET_SECONDS = 1.0  # without a change, and the files have settled
AT_MOST_SECONDS = 30.0  # a build waits while changes go on
_BUSY_SECONDS = 3.0  # until the next try, while another process builds
_FAILED_SECONDS = 30.0  # until the next try, when there may be room on the disk again
_LOOK_MILLISECONDS = 250
_SIDECARS = (".yaml", ".yml")


def watch(
    places: Sequence[Path],
    index: Path,
    build: Callable[[bool], BuildReport],
    show: Callable[[BuildReport], None],
    tell: Callable[[str], None],
) -> None:
    """Build at once and after every change at the places, until SIGTERM.

    `build` is told whether it is the first one. What the index folder itself holds does not count.
    Raises KeyboardInterrupt at Ctrl-C, and WatchFailed where the system cannot watch.
    """
    with _Ending() as ending:
        tell(f"Watching {', '.join(map(str, places))}. Ctrl-C ends it.")
        attempts = Attempts(lambda is_first: ending.during(partial(build, is_first)), show, tell)
        stream = changes(places, index, ending.has_come)
        build_when_settled(stream, attempts.next, time.monotonic)


def build_when_settled(
    changes: Iterable[bool], build: Callable[[], float | None], now: Callable[[], float]
) -> None:
    """Build at once, and again when changes have settled or went on for too long.

    `changes` says several times a second whether there was one, `build` after how many seconds it
    must be tried again even without any.
    """
    last = now()
    first: float | None = last - AT_MOST_SECONDS  # the first change that no build has seen
    for is_change in changes:
        moment = now()
        if is_change:
            last = moment
            first = moment if first is None else first
        if first is None or (moment - last < QUIET_SECONDS and moment - first < AT_MOST_SECONDS):
            continue
        first = None
        wait = build()
        if wait is not None:
            first = last = now() + wait - QUIET_SECONDS


class Attempts:
    """Builds, and tells what is news: of what did nothing, or fails as before, it is silent."""

    def __init__(
        self,
        build: Callable[[bool], BuildReport],
        show: Callable[[BuildReport], None],
        tell: Callable[[str], None],
    ) -> None:
        self._build = build
        self._show = show
        self._tell = tell
        self._shown_refused: tuple[Refused, ...] | None = None  # None before the first report
        self._problem = ""  # told last, and not over yet

    def next(self) -> float | None:
        """Build; return after how many seconds to try again, None to wait for a change."""
        try:
            report = self._build(self._shown_refused is None)
        except (PolicyIndexError, OSError) as exc:
            if str(exc) != self._problem:
                self._tell(f"{exc} Watching goes on.")
            self._problem = str(exc)
            if isinstance(exc, IndexBusy):
                return _BUSY_SECONDS
            is_decided = isinstance(exc, (NoDocuments, BuildRefused, GlossaryRefused))
            return None if is_decided else _FAILED_SECONDS
        is_news = report.published or bool(report.notes) or bool(self._problem)
        if is_news or report.refused != self._shown_refused:
            self._show(report)
        self._shown_refused, self._problem = report.refused, ""
        return None


def changes(places: Sequence[Path], index: Path, ended: threading.Event) -> Iterator[bool]:
    """Say a few times a second whether something changed at the places, until `ended` is set.

    Folders that come, go or are replaced are followed. Raises WatchFailed.
    """
    is_new = False
    while not ended.is_set():
        before = [_signature(place) for place in places]
        folders = [place.absolute() for place in places if place.is_dir()]
        for changed in _batches(folders, ended):
            # Told when the new folder is heard already, or what is written next would be missed.
            yield is_new or any(counts(path, folders, index) for path in changed)
            is_new = False
            if [_signature(place) for place in places] != before:
                break  # a folder that was replaced would no longer be heard
            if any(folder in changed for folder in folders):
                break  # the same, where the new one looks like the old one
        is_new = True
        ended.wait(_LOOK_MILLISECONDS / 1000)


def _batches(folders: Sequence[Path], ended: threading.Event) -> Iterator[set[Path]]:
    """Yield the paths below some folders that changed, empty sets while there are none."""
    if not folders:
        while not ended.wait(_LOOK_MILLISECONDS / 1000):
            yield set()
        return
    from watchfiles import watch as watched  # only here: no other command needs it

    try:
        for batch in watched(
            *folders,
            watch_filter=None,  # or nothing would be heard of while only hidden files change
            rust_timeout=_LOOK_MILLISECONDS,
            yield_on_timeout=True,
            stop_event=ended,
            ignore_permission_denied=True,
        ):
            yield {Path(path) for _, path in batch}
    except FileNotFoundError:
        return  # a folder went before it could be watched; its place is looked at again
    except (OSError, RuntimeError) as exc:  # the latter where watchfiles has no name for it
        raise WatchFailed(
            f"{counted(len(folders), 'folder')} cannot be watched: {exc}. Raise the limit "
            "fs.inotify.max_user_watches, or set WATCHFILES_FORCE_POLLING=1 in the environment."
        ) from exc


def counts(path: Path, folders: Sequence[Path], index: Path) -> bool:
    """Say whether a change may concern a document: not in the index, not in what is hidden."""
    if path.is_relative_to(index.absolute()):
        return False
    for folder in folders:
        if path.is_relative_to(folder):
            return not any(part.startswith(".") for part in path.relative_to(folder).parts)
    return True


def _signature(place: Path) -> object:
    """Return what changes when a folder is replaced, or a file or its metadata is written."""
    looks: list[tuple[int, ...] | None] = []
    for path in (place, *(place.with_suffix(suffix) for suffix in _SIDECARS if place.suffix)):
        try:
            status = path.stat()
        except OSError:
            looks.append(None)
            continue
        if stat.S_ISDIR(status.st_mode):
            looks.append((status.st_dev, status.st_ino))
        else:
            looks.append((status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))
    return looks


class _Ending:
    """Hears Ctrl-C and SIGTERM; the latter ends what is within without an error.

    An exception may be raised anywhere, and would be lost in code that cleans up. So it is raised
    only during a build, which can be long; elsewhere the loop sees that the end has come.
    """

    def __init__(self) -> None:
        self.has_come = threading.Event()
        self._is_interrupted = False
        self._is_building = False
        self._before: dict[signal.Signals, Any] = {}

    def during(self, build: Callable[[], BuildReport]) -> BuildReport:
        """Build unless the end has come; the end interrupts it. Raises KeyboardInterrupt."""
        self._is_building = True
        try:
            if self.has_come.is_set():
                raise KeyboardInterrupt
            return build()
        finally:
            self._is_building = False

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self._is_interrupted |= number == signal.SIGINT
        self.has_come.set()
        if self._is_building:
            raise KeyboardInterrupt

    def __enter__(self) -> _Ending:
        self._before = {n: signal.signal(n, self._end) for n in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if kind is None and self._is_interrupted:
            raise KeyboardInterrupt
        return kind is KeyboardInterrupt and not self._is_interrupted
