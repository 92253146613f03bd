"""Look at everything that must be in order, and name the fix of what is not."""

import importlib.metadata
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import index
from bot.errors import SettingsRefused, TokenRefused
from bot.ledger import look_at
from bot.lines import counted
from bot.redaction import redacted
from bot.settings import DISCORD_ID, Settings
from bot.token import VARIABLE, take_token

_OLDEST_PYTHON = (3, 11)
_LITTLE_ROOM = 200 << 20  # bytes
_LEAST_ROOM = 256 << 10  # bytes; what a new ledger and its journal take, and some more


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    verdict: Literal["ok", "warn", "fail"]
    what: str
    fix: str = ""


def examine(load_settings: Callable[[], Settings]) -> list[Finding]:
    """Return what was found, in the order in which one thing needs the other."""
    findings = list(_installation())
    try:
        settings = load_settings()
    except SettingsRefused as exc:
        problem = redacted(str(exc))
        return [*findings, Finding("fail", f"settings: {problem}", "correct the settings file")]
    where = str(settings.file) if settings.file else "none; every setting has its default"
    findings.append(Finding("ok", f"settings: {where}"))
    findings.extend(_documents(settings))
    findings.extend(_index(settings))
    findings.extend(_room(settings.index))
    return findings


def examine_discord(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what was found of what the bot needs besides; nothing is connected to."""
    file = settings.discord.token_file
    try:
        token = take_token(dict(environment), file)
    except TokenRefused as exc:
        yield Finding("fail", f"token: {exc}")
    else:
        application = token.application_id
        yield Finding("ok", f"token: in {token.place}, of application {application}")
        if file is not None and token.place == VARIABLE:
            yield Finding(
                "warn",
                f"token: {VARIABLE} and discord.token_file are both set; {VARIABLE} is taken",
                "leave one of them out",
            )
        yield _lock(settings.lock_of(application))
    yield from _ledger(settings)
    if not settings.discord.moderators:
        yield Finding(
            "warn",
            "moderators: none; nobody can reindex, add, remove or pause from Discord",
            "list user or role ids as discord.moderators in policybot.yaml",
        )
    else:
        yield Finding("ok", f"moderators: {counted(len(settings.discord.moderators), 'id')}")
    channels = settings.discord.channels
    if channels is None:
        yield Finding("ok", "channels: answers are public in every channel")
    elif channels:
        ids = counted(len(channels), "id")
        yield Finding("ok", f"channels: answers are public in channels or categories of {ids}")
    else:
        yield Finding(
            "warn",
            "channels: none; every answer is private",
            "list ids as discord.channels in policybot.yaml, or leave it out for every channel",
        )
    try:
        documents = index.open_searcher(settings.index, settings.model).searcher.documents()
    except index.PolicyIndexError:
        return  # the index was looked at before
    guarded = [document for document, _ in documents if document.audience]
    if guarded:
        shown = f"{counted(len(guarded), 'document')} shown only where all readers may see them"
        yield Finding("ok", f"audience: {shown}")
    named = {id_: document.id for document in guarded for id_ in document.audience}
    for id_, document_id in named.items():
        if not DISCORD_ID.fullmatch(id_):
            yield Finding(
                "warn",
                f"audience: {document_id} names {id_!r}, which is no id of a server or role",
                "copy the id from Discord with its developer mode on; a name admits nobody",
            )


def _lock(file: Path) -> Finding:
    """Say whether the bot runs; a lock is taken for a moment where there has been one."""
    if not file.exists():
        return Finding("ok", "bot: not running from this project folder")
    try:
        with index.locked(file):
            return Finding("ok", "bot: not running from this project folder")
    except index.AlreadyLocked as exc:
        return Finding("ok", f"bot: runs already{exc.holder}; a second start is refused")
    except OSError as exc:
        return Finding("fail", f"bot: {file}: {exc.strerror}", "make it writable, or make room")


def _ledger(settings: Settings) -> Iterator[Finding]:
    file = settings.ledger
    seen = look_at(file)
    if seen.verdict == "missing":
        yield Finding("ok", "ledger: none yet")
    elif seen.verdict == "sound":
        yield Finding("ok", f"ledger: sound, {file}")
    elif seen.verdict == "damaged":
        yield Finding(
            "warn", f"ledger: {file} is damaged ({seen.reason}); the next start sets it aside"
        )
    else:
        yield Finding("fail", f"ledger: {file} cannot be opened: {seen.reason}")
    if seen.is_paused:
        yield Finding("warn", "paused: nothing is answered", "/resume in Discord, by a moderator")
    existing = _existing(settings.state)
    must_be_written = [place for place in (existing, file) if place.exists()]
    if not all(os.access(place, os.W_OK) for place in must_be_written):
        yield Finding("fail", f"ledger: {file} cannot be written", "change its permissions")
    elif shutil.disk_usage(existing).free < _LEAST_ROOM:
        yield Finding("fail", f"ledger: {file} cannot be written, the disk is full", "make room")


def _existing(folder: Path) -> Path:
    """Return a folder, or the nearest one above it that there is."""
    folder = folder.absolute()
    return next(above for above in (folder, *folder.parents) if above.exists())


def _installation() -> Iterator[Finding]:
    version = platform.python_version()
    if sys.version_info >= _OLDEST_PYTHON:
        yield Finding("ok", f"Python {version}")
    else:
        yield Finding("fail", f"Python {version} is too old", "install Python 3.11 or newer")
    missing = []
    for requirement in importlib.metadata.requires("policybot") or ():
        name = re.split(r"[^\w.-]", requirement)[0]
        if "extra ==" not in requirement:
            try:
                importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                missing.append(name)
    if missing:
        yield Finding("fail", f"not installed: {', '.join(missing)}", "pip install policybot again")
    else:
        yield Finding("ok", f"policybot {importlib.metadata.version('policybot')}, all it needs")


def _documents(settings: Settings) -> Iterator[Finding]:
    try:
        report = index.rebuild(
            [settings.documents],
            settings.index,
            settings.model,
            home=settings.documents,
            glossary=settings.glossary,
            dry_run=True,
            force=True,
        )
    except index.PolicyIndexError as exc:
        yield Finding("fail", f"documents: {exc}")
        return
    if not report.documents:
        kinds = ", ".join(sorted(index.SUFFIXES))
        yield Finding(
            "fail",
            f"documents: none at {settings.documents}",
            f"put files there that end in one of {kinds}",
        )
    else:
        yield Finding("ok", f"documents: {report.documents} at {settings.documents}")
    for refused in report.refused:
        yield Finding("warn", f"refused: {refused.path}: {refused.reason}")
    if report.differing and report.generation:
        changed = counted(report.differing, "document")
        yield Finding("warn", f"{changed} changed since the last build", "policybot index build")
    if report.has_other_glossary:
        yield Finding("warn", "the glossary changed since the last build", "policybot index build")


def _index(settings: Settings) -> Iterator[Finding]:
    try:
        checked = index.check(settings.index)
        opened = index.open_searcher(settings.index, settings.model)
    except index.IndexMissing:
        yield Finding("warn", f"index: none yet at {settings.index}", "policybot index build")
        return
    except index.IndexOutdated as exc:
        yield Finding("warn", f"index: {_without_advice(exc)}", "policybot index build")
        return
    except index.IndexDamaged as exc:
        yield Finding("fail", f"index: {_without_advice(exc)}", "policybot index build --full")
        return
    except index.PolicyIndexError as exc:
        yield Finding("fail", f"index: {exc}")  # it says itself what to do
        return
    for generation in checked:
        for problem in generation.problems:
            yield Finding(
                "fail",
                f"index: generation {generation.number}: {problem}",
                "policybot index build --full",
            )
    state = opened.searcher.state
    size = counted(state.passages, "passage")
    yield Finding("ok", f"index: generation {state.generation} of {state.built_at}, {size}")


def _without_advice(problem: index.PolicyIndexError) -> str:
    """Return a message without the advice at its end, which stands beside it as the fix."""
    return str(problem).removesuffix(" Run: policybot index build")


def _room(folder: Path) -> Iterator[Finding]:
    existing = _existing(folder)
    if not os.access(existing, os.W_OK):
        yield Finding(
            "fail", f"{existing} cannot be written to", "change its permissions, or use --index DIR"
        )
        return
    free = shutil.disk_usage(existing).free
    room = f"{free / 1e9:.1f} GB free at {existing}"
    if free < _LITTLE_ROOM:
        yield Finding(
            "warn", f"only {room}", "make room; a rebuild needs the index's size once more"
        )
    else:
        yield Finding("ok", room)
