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
from bot.lines import counted
from bot.settings import Settings
from bot.token import take_token

_OLDEST_PYTHON = (3, 11)
_LITTLE_ROOM = 200 << 20  # bytes


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
        return [*findings, Finding("fail", f"settings: {exc}", "correct the settings file")]
    where = str(settings.file) if settings.file else "none; every setting has its default"
    findings.append(Finding("ok", f"settings: {where}"))
    findings.extend(_documents(settings))
    findings.extend(_index(settings))
    findings.extend(_room(settings.index))
    return findings


def examine_discord(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what was found of what the bot needs besides; nothing is connected to."""
    try:
        token = take_token(dict(environment), settings.discord.token_file)
    except TokenRefused as exc:
        yield Finding("fail", f"token: {exc}")
    else:
        yield Finding("ok", f"token: has the form of one, of application {token.application_id}")
    file = settings.discord.token_file
    if file is not None and file.exists() and file.stat().st_mode & 0o077:
        yield Finding("warn", f"token: others can read {file}", f"chmod 600 {file}")
    if not settings.discord.moderators:
        yield Finding(
            "warn",
            "moderators: none; nobody can reindex, add, remove or pause from Discord",
            "list user or role ids as discord.moderators in policybot.yaml",
        )
    else:
        yield Finding("ok", f"moderators: {len(settings.discord.moderators)} ids")
    channels = settings.discord.channels
    where = "in every channel" if channels is None else f"in {len(channels)} channels or categories"
    yield Finding("ok", f"channels: answers are public {where}")
    try:
        documents = index.open_searcher(settings.index, settings.model).searcher.documents()
    except index.PolicyIndexError:
        return  # the index was looked at before
    hidden = [document.id for document, _ in documents if document.audience]
    if hidden:
        yield Finding(
            "warn",
            f"audience: not shown on Discord, for they are for certain people: {', '.join(hidden)}",
        )


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
            dry_run=True,
            force=True,
        )
    except index.PolicyIndexError as exc:
        yield Finding("fail", f"documents: {exc}")
        return
    if not report.documents:
        yield Finding(
            "fail", f"documents: none at {settings.documents}", "put .txt or .md files there"
        )
    else:
        yield Finding("ok", f"documents: {report.documents} at {settings.documents}")
    for refused in report.refused:
        yield Finding("warn", f"refused: {refused.path}: {refused.reason}")
    if report.differing and report.generation:
        changed = counted(report.differing, "document")
        yield Finding("warn", f"{changed} changed since the last build", "policybot index build")


def _index(settings: Settings) -> Iterator[Finding]:
    try:
        checked = index.check(settings.index)
        opened = index.open_searcher(settings.index, settings.model)
    except index.IndexMissing:
        yield Finding("warn", f"index: none yet at {settings.index}", "policybot index build")
        return
    except index.IndexOutdated as exc:
        yield Finding("warn", f"index: {exc}", "policybot index build")
        return
    except index.PolicyIndexError as exc:
        yield Finding("fail", f"index: {exc}", "policybot index build")
        return
    for generation in checked:
        for problem in generation.problems:
            yield Finding(
                "fail",
                f"index: generation {generation.number}: {problem}",
                "policybot index build --full",
            )
    state = opened.searcher.state
    yield Finding(
        "ok", f"index: generation {state.generation} of {state.built_at}, {state.passages} passages"
    )


def _room(folder: Path) -> Iterator[Finding]:
    existing = next(
        above for above in (folder.absolute(), *folder.absolute().parents) if above.exists()
    )
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
