"""Ask, rebuild, reload: what every front end does, with the current searcher.

A question works on one searcher from beginning to end, so a reload never mixes two indexes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import index
from bot.answering import Answer, checked_question, checked_quote, compose
from bot.settings import Settings
from index import (
    BuildReport,
    Filter,
    IndexBusy,
    IndexDamaged,
    IndexMissing,
    IndexOutdated,
    OpenedAsOf,
    OpenedSearcher,
    Passage,
    PolicyIndexError,
    QuoteCheck,
    Searcher,
    Version,
    open_as_of,
    open_searcher,
)

if TYPE_CHECKING:
    from index import OnProgress

Notify = Callable[[str], None]
Progress = Callable[[], AbstractContextManager["OnProgress"]]
_BUSY_SECONDS = 600.0  # a question waits so long for a rebuild that another process runs
_POLL_SECONDS = 0.2
_MUST_BUILD = (IndexMissing, IndexOutdated, IndexDamaged)


class LookedUp(NamedTuple):
    """What an id names."""

    named: tuple[Passage, ...]
    around: tuple[Passage, ...]  # the named ones, and their neighbours where those were asked for
    is_document: bool
    versions: tuple[Version, ...]  # of its document
    superseded_by: tuple[str, ...]  # documents that take the place of its document


@contextmanager
def _silent() -> Iterator[OnProgress]:
    yield lambda *_: None


class Assistant:
    """Answers from the live index; builds it first where there is none."""

    def __init__(
        self,
        settings: Settings,
        notify: Notify,
        progress: Progress = _silent,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take what to answer from, how to tell what else happens, and how to show a rebuild."""
        self._settings = settings
        self._notify = notify
        self._progress = progress
        self._sleep = sleep
        self._searcher: Searcher | None = None
        self._looked_at: int | None = None  # the generation last taken up, or tried to

    @property
    def searcher(self) -> Searcher:
        """The current searcher; opened, and if need be built, on first use."""
        if self._searcher is None:
            self._searcher = self._open_or_build()
        return self._searcher

    def ask(
        self,
        question: str,
        *,
        limit: int | None = None,
        only: Filter | None = None,
        earlier: str | None = None,
        searcher: Searcher | None = None,
    ) -> Answer:
        """Answer a question, which may follow an earlier one, from the current searcher or another.

        Raises QuestionRefused, and what opening the index raises.
        """
        question = checked_question(question)
        searcher = searcher or self.searcher
        started = time.perf_counter()
        query = searcher.form(question, earlier)
        found = searcher.find(query, limit or self._settings.limit, only or Filter())
        elapsed_ms = (time.perf_counter() - started) * 1000
        return compose(
            question, query, found, searcher.state, elapsed_ms, earlier, searcher.superseded_by
        )

    def check_quote(self, text: str, searcher: Searcher | None = None) -> QuoteCheck:
        """Say whether a text stands in the documents of the current searcher or of another.

        Raises QuestionRefused, and what opening the index raises.
        """
        return (searcher or self.searcher).check_quote(checked_quote(text))

    def as_of(self, day: str) -> OpenedAsOf:
        """Open what was in force on a day. Raises what opening the index raises."""
        if self._searcher is None:
            self._searcher = self._open_or_build()
        return open_as_of(self._settings.index, self._settings.model, day)

    def look_up(
        self, id_: str, context: int = 0, searcher: Searcher | None = None
    ) -> LookedUp | None:
        """Return what an id names, or None if it names nothing that may be seen.

        The id may stand as a citation prints it, in brackets and with its digest.
        """
        id_ = id_.strip().removeprefix("[").removesuffix("]").partition(" ")[0]
        searcher = searcher or self.searcher
        named = searcher.passages_of(id_)
        if not named:
            return None
        around = searcher.passages_of(id_, context) if context > 0 else named
        document = named[0].document
        return LookedUp(
            tuple(named),
            tuple(around),
            is_document="#" not in id_,
            versions=tuple(searcher.versions_of(document.id)),
            superseded_by=searcher.superseded_by.get(document.id, ()),
        )

    def reload(self) -> bool:
        """Take up a newer generation; say whether there was one."""
        before = self._searcher.state if self._searcher else None
        self._searcher = self._open_or_build()
        return self._searcher.state != before

    def newer(self) -> Searcher | None:
        """Open another generation than the current one, if one is live; never build.

        Asking costs the reading of one line, so it may be asked every second. Raises as opening
        the index does; the same generation is not tried again.
        """
        live = index.live_generation(self._settings.index)
        if live in (None, self._looked_at, self.searcher.state.generation):
            return None
        try:
            opened = self._open()
        except _MUST_BUILD:
            self._looked_at = live  # it will not get better by trying again
            raise
        self._looked_at = live
        return self._told_of_damage(opened)

    def take_up(self, searcher: Searcher) -> None:
        """Answer from another searcher from now on."""
        self._searcher = searcher

    def rebuild(
        self,
        places: Sequence[Path] = (),
        *,
        full: bool = False,
        force: bool = False,
        dry_run: bool = False,
    ) -> BuildReport:
        """Bring the index in line with the documents. Raises as index.rebuild does."""
        with self._progress() as on_progress:
            return index.rebuild(  # loaded only here: a question needs no parser
                list(places) or [self._settings.documents],
                self._settings.index,
                self._settings.model,
                home=self._settings.documents,
                full=full,
                force=force,
                dry_run=dry_run,
                retention_days=self._settings.version_retention_days,
                glossary=self._settings.glossary,
                on_progress=on_progress,
            )

    def _open_or_build(self) -> Searcher:
        try:
            opened = self._open()
        except _MUST_BUILD as exc:
            opened = self._opened_after_building(exc)
        return self._told_of_damage(opened)

    def _told_of_damage(self, opened: OpenedSearcher) -> Searcher:
        if opened.damaged:
            what = "; ".join(f"{name}: {reason}" for name, reason in opened.damaged)
            self._notify(
                f"The index is damaged ({what}). Answering from generation "
                f"{opened.searcher.state.generation}. To mend it, run: policybot index build"
            )
        return opened.searcher

    def _open(self) -> OpenedSearcher:
        return open_searcher(self._settings.index, self._settings.model)

    def _opened_after_building(self, reason: PolicyIndexError) -> OpenedSearcher:
        """Build the index, or wait for the process that is building it."""
        known = reason.places if isinstance(reason, IndexOutdated) else ()
        places = [Path(place) for place in known]
        if not all(place.exists() for place in places):
            places = []
        where = ", ".join(map(str, places)) or str(self._settings.documents)
        what = str(reason).removesuffix(" Run: policybot index build").rstrip(".")
        self._notify(f"{what}. Building it from {where} ...")
        waited = 0.0
        while True:
            try:
                report = self.rebuild(places)
            except IndexBusy:
                if waited == 0:
                    self._notify("Another process is building it; waiting for that one ...")
                if waited > _BUSY_SECONDS:
                    raise
                self._sleep(_POLL_SECONDS)
                waited += _POLL_SECONDS
                with suppress(*_MUST_BUILD):
                    return self._open()
            else:
                for refused in report.refused:
                    self._notify(f"Left out: {refused.path}: {refused.reason}")
                return self._open()
