"""The desk at which every question arrives: searched off the event loop, counted, bounded.

One thread searches: threads that search at once would only take turns, and each turn of theirs is
one that the event loop waits for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bot.answering import checked_question, words_apart
from bot.discord_app.limits import Buckets
from bot.discord_app.presses import document_key
from bot.discord_app.rebuilding import Rebuilder
from bot.discord_app.shelf import Shelf
from bot.discord_app.sights import NO_BADGES, Badges, Sight, Sights
from bot.errors import BotError, LedgerFailed, TooBusy
from index import Filter, PolicyIndexError

if TYPE_CHECKING:
    from bot.answering import Answer
    from bot.assistant import Assistant, LookedUp
    from bot.ledger import Ledger
    from bot.settings import Settings
    from index import Document, IndexState, QuoteCheck

_P = ParamSpec("_P")
_T = TypeVar("_T")
_MOST_WAITING = 400  # questions; the last one waits about two seconds, and is told so after one
_REMEMBERED = 2048  # events that may come again
_END_SECONDS = 1.5  # of the time to finish, for ending child processes, and for what waited on them
_PRESSES_A_QUESTION = 3  # a person may press so many times as often as ask
_CLEAR_EVERY_SECONDS = 6 * 3600.0
_NAMES = re.compile(
    r"<(?:@[!&]?|\#)[0-9]{1,20}>|<a?:[A-Za-z0-9_]{1,32}:[0-9]{1,20}>|</[^<>]{1,100}:[0-9]{1,20}>"
    r"|@everyone|@here"
)
_log = logging.getLogger("policybot.discord")


@dataclass(frozen=True, slots=True)
class Found:
    """An answer, and words of the documents that look like those no document contains."""

    answer: Answer
    spelled: tuple[str, ...]


class Desk:
    """What every handler of Discord's events works with."""

    def __init__(
        self,
        settings: Settings,
        assistant: Assistant,
        ledger: Ledger,
        *,
        look_every_seconds: float = 1.0,
    ) -> None:
        """Take an assistant whose index is there, and the open ledger."""
        self._look_every_seconds = look_every_seconds
        self.settings = settings
        self.ledger = ledger
        self.rebuilder = Rebuilder(settings.documents, settings.index, settings.file)
        self.shelf = Shelf(settings.documents, settings.state)
        self.changing = asyncio.Lock()  # of the documents, by one moderator at a time
        a_minute = settings.discord.questions_a_minute
        self.questions = Buckets(a_minute, time.monotonic)
        self.presses = Buckets(a_minute * _PRESSES_A_QUESTION, time.monotonic)
        self.is_paused = ledger.recall("paused") == "yes"
        self.is_closing = False
        self._assistant = assistant
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._waiting = 0
        self._working = 0
        self._rebuilds: set[asyncio.Task[dict[str, Any]]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._search = ThreadPoolExecutor(1, "search")
        # Opening an index and writing the ledger wait for the disk, and no question waits for them.
        self._slow = ThreadPoolExecutor(1, "slow")
        self._seeing = ThreadPoolExecutor(1, "sights")
        self._sights = Sights(assistant.searcher)

    @property
    def state(self) -> IndexState:
        """What the index that answers now holds."""
        return self._sights.searcher.state

    def is_new(self, event: int) -> bool:
        """Say whether an event comes for the first time; a resumed connection repeats some."""
        if event in self._seen:
            return False
        self._seen[event] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True

    async def sight(self, badges: Badges = NO_BADGES) -> Sight:
        """Return what may be seen by all who have the badges."""
        sights = self._sights
        known = sights.known(badges)
        if known is not None:
            return known
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._seeing, sights.make, badges)

    async def sight_of_all(self) -> Sight:
        """Return what is seen of all documents; for moderators."""
        return await self.sight(self._sights.all_badges)

    async def ask(
        self,
        question: str,
        *,
        badges: Badges = NO_BADGES,
        source: str | None = None,
        earlier: str | None = None,
    ) -> Found:
        """Answer a question from what may be seen. Raises TooBusy, and as Assistant.ask does."""
        sight = await self.sight(badges)
        only = None if source is None else Filter(frozenset({source}))
        # Mentions are names, not words to search for; the question is shown with them.
        asked = _NAMES.sub(" ", question)

        def ask() -> Found:
            answer = self._assistant.ask(asked, only=only, earlier=earlier, searcher=sight.searcher)
            answer = answer._replace(question=checked_question(question))
            missing = answer.query.missing if answer.outcome != "answered" else ()
            return Found(answer, tuple(sight.suggestions.spelled(missing)))

        return await self._searched(ask)

    async def check_quote(self, text: str, badges: Badges = NO_BADGES) -> QuoteCheck:
        """Look for a text in what may be seen. Raises as Assistant.check_quote does."""
        sight = await self.sight(badges)
        return await self._searched(lambda: self._assistant.check_quote(text, sight.searcher))

    async def look_up(
        self, id_: str, context: int = 0, *, badges: Badges = NO_BADGES
    ) -> LookedUp | None:
        """Return what an id or its key names, if it may be seen."""
        sight = await self.sight(badges)
        key, hash_sign, place = id_.partition("#")
        whole = sight.suggestions.keys.get(key, key) + hash_sign + place
        return await self._searched(lambda: self._assistant.look_up(whole, context, sight.searcher))

    async def all_documents(self) -> list[tuple[Document, int]]:
        """Return every document, each with the number of its paragraphs; for moderators."""
        return await self._searched(self._sights.searcher.documents)

    async def documents(self, badges: Badges = NO_BADGES) -> list[tuple[Document, int]]:
        """Return the documents that may be seen, each with the number of its paragraphs."""
        sight = await self.sight(badges)
        return await self._searched(sight.searcher.documents)

    async def passages_in(self, document: Document) -> int:
        """Return how many passages a document has."""
        return await self._searched(lambda: len(self._sights.searcher.passages_of(document.id)))

    @staticmethod
    def is_called(document: Document, id_: str) -> bool:
        """Say whether an id, or a document's key, names a document."""
        return id_ in (document.id, document_key(document.id))

    async def document(self, id_: str, badges: Badges = NO_BADGES) -> Document | None:
        """Return the document that an id or its key names, if it may be seen."""
        found = await self.look_up(id_.partition("#")[0], badges=badges)
        return found.named[0].document if found else None

    async def slowly(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Do what waits for a disk in a thread of its own."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._slow, lambda: work(*args, **kwargs))

    async def note_unanswered(self, answer: Answer, person: int) -> None:
        """Keep the words of a question without an answer; losing them loses nobody an answer."""
        if answer.outcome == "answered":
            return
        try:
            await self.slowly(
                self.ledger.note_unanswered,
                words_apart(answer.query),
                outcome=answer.outcome,
                person=person,
            )
        except LedgerFailed as exc:
            _log.warning("%s", exc)

    async def rebuild(self, *, force: bool = False) -> dict[str, Any]:
        """Bring the index in line and take it up. Raises RebuildFailed.

        It goes on when nobody waits for it any more.
        """
        task = asyncio.create_task(self._rebuild(force=force))
        self._rebuilds.add(task)
        task.add_done_callback(self._rebuilt)
        return await asyncio.shield(task)

    async def _rebuild(self, *, force: bool) -> dict[str, Any]:
        report = await self.rebuilder.rebuild(force=force)
        await self.take_up_newer()
        return report

    def _rebuilt(self, task: asyncio.Task[dict[str, Any]]) -> None:
        self._rebuilds.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("A rebuild failed: %s", error)

    async def take_up_newer(self) -> None:
        """Answer from a newer generation from now on, if there is one."""

        def take_up() -> Sights | None:
            newer = self._assistant.newer()
            if newer is None:
                return None
            # Made before any question is asked of it: that reads thousands of passages one by
            # one, and questions would wait between them.
            sights = Sights(newer)
            self._assistant.take_up(newer)
            return sights

        sights = await self.slowly(take_up)
        if sights is not None:
            self._sights = sights
            _log.info("Answering from generation %d", self.state.generation)

    async def keep_up(self) -> None:
        """Take up newer generations, and clear away what is old, until cancelled."""
        cleared = -_CLEAR_EVERY_SECONDS
        while True:
            await self._trying("taking up a newer index", self.take_up_newer())
            if time.monotonic() - cleared >= _CLEAR_EVERY_SECONDS:
                cleared = time.monotonic()
                await self._trying("clearing the ledger", self.slowly(self.ledger.clear_old))
                await self._trying("clearing files", self.slowly(self.shelf.clear_waiting))
            await asyncio.sleep(self._look_every_seconds)

    @staticmethod
    async def _trying(what: str, work: Awaitable[object]) -> None:
        """Do what is tried again later; its failure must not end what runs for months."""
        try:
            await work
        except (PolicyIndexError, BotError, OSError) as exc:
            _log.error("Failed: %s: %s", what, exc)
        except Exception:  # noqa: BLE001 (a mistake of ours)
            _log.exception("Failed: %s", what)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Count what is being worked on, so that closing can wait for it."""
        self._working += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._working -= 1
            if not self._working:
                self._idle.set()

    async def finish(self, within_seconds: float) -> None:
        """Take nothing new, wait for what is being worked on, end every child process."""
        self.is_closing = True
        if not await self._is_idle_within(within_seconds - 2 * _END_SECONDS):
            _log.warning("%d pieces of work did not end in time", self._working)
        await self.rebuilder.stop()
        # What waited for a child process puts back what it had moved.
        await self._is_idle_within(_END_SECONDS)

    async def _is_idle_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)
        return self._idle.is_set()

    def close(self) -> None:
        """Let go of threads and the ledger."""
        self._search.shutdown(wait=False, cancel_futures=True)
        self._seeing.shutdown(wait=False, cancel_futures=True)
        self._slow.shutdown(wait=True, cancel_futures=True)
        self.ledger.close()

    async def _searched(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= _MOST_WAITING:
            raise TooBusy(f"{self._waiting} questions are waiting. Ask again in a minute.")
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._search, work)
        # Counted until the thread is done with it, even if nobody waits for it any more.
        future.add_done_callback(self._done)
        return await future

    def _done(self, _: object) -> None:
        self._waiting -= 1
