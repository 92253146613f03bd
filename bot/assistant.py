"""Ask, rebuild, reload: what every front end does, with the current searcher.

A question works on one searcher from beginning to end, so a reload never mixes two indexes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import index
from bot.answering import Answer, checked_question, compose
from bot.settings import Settings
from index import BuildReport as BuildReport
from index import (
    Filter,
    IndexDamaged,
    IndexMissing,
    IndexOutdated,
    Searcher,
    open_searcher,
)

if TYPE_CHECKING:
    from index import OnProgress

Notify = Callable[[str], None]


class Assistant:
    """Answers from the live index; builds it first where there is none."""

    def __init__(
        self, settings: Settings, notify: Notify, on_progress: OnProgress = lambda *_: None
    ) -> None:
        """Take what to answer from, and how to tell a person what else happens."""
        self._settings = settings
        self._notify = notify
        self._on_progress = on_progress
        self._searcher: Searcher | None = None

    @property
    def searcher(self) -> Searcher:
        """The current searcher; opened, and if need be built, on first use."""
        if self._searcher is None:
            self._searcher = self._open_or_build()
        return self._searcher

    def ask(self, question: str, *, limit: int | None = None, only: Filter | None = None) -> Answer:
        """Answer a question. Raises QuestionRefused, and what opening the index raises."""
        question = checked_question(question)
        searcher = self.searcher
        started = time.perf_counter()
        query = searcher.form(question)
        hits = searcher.search(query, limit or self._settings.limit, only or Filter())
        elapsed_ms = (time.perf_counter() - started) * 1000
        return compose(question, query, hits, searcher.state, elapsed_ms)

    def reload(self) -> bool:
        """Take up a newer generation; say whether there was one."""
        before = self._searcher.state if self._searcher else None
        self._searcher = self._open_or_build()
        return self._searcher.state != before

    def rebuild(
        self,
        places: Sequence[Path] = (),
        *,
        full: bool = False,
        force: bool = False,
        dry_run: bool = False,
    ) -> BuildReport:
        """Bring the index in line with the documents. Raises as index.rebuild does."""
        return index.rebuild(  # loaded only here: a question needs no parser
            list(places) or [self._settings.documents],
            self._settings.index,
            self._settings.model,
            home=self._settings.documents,
            full=full,
            force=force,
            dry_run=dry_run,
            on_progress=self._on_progress,
        )

    def _open_or_build(self) -> Searcher:
        try:
            opened = open_searcher(self._settings.index, self._settings.model)
        except (IndexMissing, IndexOutdated, IndexDamaged) as exc:
            reason = str(exc).removesuffix(" Run: policybot index build").rstrip(".")
            self._notify(f"{reason}. Building it from {self._settings.documents} ...")
            report = self.rebuild()
            for refused in report.refused:
                self._notify(f"Left out: {refused.path}: {refused.reason}")
            opened = open_searcher(self._settings.index, self._settings.model)
        if opened.damaged:
            what = "; ".join(f"{name}: {reason}" for name, reason in opened.damaged)
            self._notify(
                f"The index is damaged ({what}). Answering from generation "
                f"{opened.searcher.state.generation}. To mend it, run: policybot index build"
            )
        return opened.searcher
