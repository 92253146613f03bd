"""Many files to documents, over all cores, in the order in which they were given.

One loop, no threads: it looks at every reader's pipes and at the clock. When a reader ends before
its time, only the document that it was reading is in doubt. That one is read again, as the first
of a new reader, and refused if that ends as well; the others go on to whoever has room.
"""

import os
import selectors
import time
from collections import deque
from collections.abc import Generator, Iterable
from typing import TypeVar

from index.errors import DocumentRefused
from index.guarded.outcomes import Task
from index.guarded.reader import Asked, Guard, Outcome, Reader

Item = TypeVar("Item")

_LOOK_SECONDS = 0.5  # between two looks at the clock
_LONGEST_LOOK = 1.0  # seconds that count between two looks: in more, this process was stopped


def read_all(
    items: Iterable[tuple[Item, Task | None]], guard: Guard
) -> Generator[tuple[Item, Outcome | None], None, None]:
    """Yield every item with what was read of its file, in order.

    Where nothing is to be read for an item, its outcome is None. Items are taken only as fast as
    readers have room, and their bytes are held only until they are read. Close the generator when
    it is left early. Raises ReadingFailed.
    """
    waiting: deque[Item] = deque()
    coming = iter(items)
    done = 0
    pool = _Pool(guard)
    try:
        while True:
            while waiting and done in pool.outcomes:
                yield waiting.popleft(), pool.outcomes.pop(done)
                done += 1
            if pool.has_room:
                for item, task in coming:
                    pool.take(done + len(waiting), task)
                    waiting.append(item)
                    break
                else:
                    if not waiting:
                        return
                    pool.look(_LOOK_SECONDS)
                    continue
                pool.look(0)
            else:
                pool.look(_LOOK_SECONDS)
    finally:
        pool.close()


class _Pool:
    """The readers and what they are given."""

    def __init__(self, guard: Guard) -> None:
        self.outcomes: dict[int, Outcome | None] = {}  # by place, until they are fetched
        self._guard = guard
        self._most = guard.most or _cores()
        self._readers: list[Reader] = []
        self._again: deque[Asked] = deque()  # waits for any reader with room
        self._in_doubt: deque[Asked] = deque()  # each waits for a reader of its own
        self._selector = selectors.DefaultSelector()
        self._looked = time.monotonic()

    @property
    def has_room(self) -> bool:
        """Whether one more task would be on its way at once."""
        if self._again or self._in_doubt:
            return False
        return len(self._readers) < self._most or any(reader.has_room for reader in self._readers)

    def take(self, place: int, task: Task | None) -> None:
        """Take the task of a place, or that it has none."""
        if task is None:
            self.outcomes[place] = None
        else:
            self._again.append(Asked(place, task))
            self._give()

    def look(self, seconds: float) -> None:
        """Wait at most so long for readers, and do what is to be done for them."""
        if not self._readers:
            return
        for key, _ in self._selector.select(seconds):
            reader = key.data
            if key.fd == reader.tasks:
                reader.send()
                self._watch_for_sending(reader)
            elif key.fd == reader.errors:
                if not reader.hear_errors():
                    self._selector.unregister(key.fd)
            else:
                self._receive(reader)
        now = time.monotonic()
        passed, self._looked = min(now - self._looked, _LONGEST_LOOK), now
        for reader in list(self._readers):
            if seconds and reader.is_gone():
                self._receive(reader)  # what it sent before
                self._bury(reader)
            elif reader.is_silent or reader.wait_no_longer(passed):
                self._bury(reader)
        self._give()

    def close(self) -> None:
        """End all readers."""
        for reader in self._readers:
            reader.end()
        self._readers.clear()
        self._selector.close()

    def _give(self) -> None:
        """Give readers what waits, and start new ones where that helps."""
        while self._in_doubt and len(self._readers) < self._most:
            self._ask(self._started(), self._in_doubt.popleft())
        while self._again:
            roomy = [reader for reader in self._readers if reader.has_room]
            if not roomy and len(self._readers) == self._most:
                return
            reader = min(roomy, key=lambda some: len(some.asked)) if roomy else self._started()
            self._ask(reader, self._again.popleft())

    def _ask(self, reader: Reader, asked: Asked) -> None:
        reader.ask(asked)
        reader.send()
        self._watch_for_sending(reader)

    def _started(self) -> Reader:
        if not self._readers:
            self._looked = time.monotonic()
        reader = Reader(self._guard)
        self._readers.append(reader)
        for descriptor in (reader.answers, reader.errors):
            self._selector.register(descriptor, selectors.EVENT_READ, reader)
        return reader

    def _receive(self, reader: Reader) -> None:
        for asked, outcome in reader.receive():
            self.outcomes[asked.place] = outcome

    def _watch_for_sending(self, reader: Reader) -> None:
        watched = reader.tasks in self._selector.get_map()
        if reader.has_to_send and not watched:
            self._selector.register(reader.tasks, selectors.EVENT_WRITE, reader)
        elif watched and not reader.has_to_send:
            self._selector.unregister(reader.tasks)

    def _bury(self, reader: Reader) -> None:
        """End a reader and find who is to blame. Raises ReadingFailed."""
        self._readers.remove(reader)
        reader.hear_errors()
        for descriptor in (reader.tasks, reader.answers, reader.errors):
            if descriptor in self._selector.get_map():
                self._selector.unregister(descriptor)
        reader.end()
        reason = reader.reason()
        if not reader.asked:
            return
        blamed = reader.asked.popleft()
        if reader.has_answered:
            self._in_doubt.append(blamed)
        else:
            self.outcomes[blamed.place] = DocumentRefused(reason)
        self._again.extendleft(reversed(reader.asked))


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
