"""policybot.yaml and flags to checked settings, before any work is done."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import index
from bot.errors import SettingsRefused
from index import RETENTION_DAYS, VARIANTS, Bm25, YamlRefused

if TYPE_CHECKING:
    from index import YamlMapping, YamlValue

FILE_NAME = "policybot.yaml"
STATE_FOLDER = ".policybot"
DEFAULT_LIMIT = 5
DEFAULT_GLOSSARY = "data/glossary.yaml"
_LONGEST_SHOWN = 60  # characters of a wrong value
LARGEST_CONTEXT = 50  # paragraphs around a passage
LARGEST_LIMIT = 100  # passages an answer may list
_MOST_A_MINUTE = 600
_LONGEST_RETENTION = 3650  # days
_LONGEST_HISTORY = 36_500  # days that earlier versions of documents are kept
DISCORD_ID = re.compile("[0-9]{15,20}")


class DiscordSettings(NamedTuple):
    """How the bot behaves on Discord."""

    token_file: Path | None = None  # where the token stands when it is not in the environment
    channels: frozenset[int] | None = None  # where answers are public; None: everywhere
    moderators: frozenset[int] = frozenset()  # user and role ids that may change the documents
    questions_a_minute: int = 10  # of one person
    retention_days: int = 90  # how long the ledger keeps feedback and unanswered terms


class Settings(NamedTuple):
    """What was asked for by file and flags, checked."""

    file: Path | None  # the settings file, if there is one
    state: Path  # where derived files live
    documents: Path
    index: Path  # type: ignore[assignment]  # a tuple has something of that name
    glossary: Path | None  # the file of other wordings; None where there is none
    limit: int  # passages an answer lists
    model: Bm25
    version_retention_days: int = RETENTION_DAYS  # how long earlier versions are kept; 0: none
    discord: DiscordSettings = DiscordSettings()

    @property
    def ledger(self) -> Path:
        """The file of feedback and unanswered questions."""
        return self.state / "ledger.sqlite"

    def lock_of(self, application_id: int) -> Path:
        """Return the file that the running bot of an application holds locked."""
        return self.state / f"discord-{application_id}.lock"


def load(
    working_folder: Path,
    *,
    config: Path | None = None,
    documents: Path | None = None,
    index: Path | None = None,
) -> Settings:
    """Read the settings file, `config` or the nearest one upward, and let flags overrule it.

    Paths in the file are relative to it, flags to the working folder. Raises SettingsRefused.
    """
    file = config or _nearest(working_folder)
    base = file.parent.absolute() if file else working_folder
    values = _values(file) if file else {}
    discord = _section("discord", values)
    if "token_file" in discord:
        discord["token_file"] = base / discord["token_file"]
    state = base / STATE_FOLDER
    documents = documents or base / values.get("documents", "data/documents")
    index = index or base / values.get("index", f"{STATE_FOLDER}/index")
    if Path(os.path.realpath(documents)).is_relative_to(os.path.realpath(index)):
        raise SettingsRefused(
            f"The documents ({documents}) cannot stand in the index folder ({index}). "
            "Choose another with --index DIR."
        )
    glossary = base / values.get("glossary", DEFAULT_GLOSSARY)
    return Settings(
        file=file,
        state=state,
        documents=documents,
        index=index,
        glossary=glossary if "glossary" in values or glossary.is_file() else None,
        limit=values.get("limit", DEFAULT_LIMIT),
        model=Bm25(**_section("ranking", values)),
        version_retention_days=values.get("versions.retention_days", RETENTION_DAYS),
        discord=DiscordSettings(**discord),
    )


def _section(name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return what was set below a key."""
    prefix = f"{name}."
    return {key.removeprefix(prefix): v for key, v in values.items() if key.startswith(prefix)}


def _nearest(folder: Path) -> Path | None:
    candidates = (above / FILE_NAME for above in (folder, *folder.parents))
    return next((file for file in candidates if file.is_file()), None)


def _path(kind: str) -> Callable[[YamlValue], str]:
    def read(value: YamlValue) -> str:
        if not isinstance(value, str) or not value.strip() or "\0" in value:
            raise ValueError(f"the path of a {kind}")
        return str(Path(value).expanduser())

    return read


def whole_number(text: str) -> int | None:
    """Return the number that a text of at most nine digits is."""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def _whole_number(highest: int, lowest: int = 1) -> Callable[[YamlValue], int]:
    def read(value: YamlValue) -> int:
        number = whole_number(value) if isinstance(value, str) else None
        if number is None or not lowest <= number <= highest:
            raise ValueError(f"a whole number from {lowest} to {highest}")
        return number

    return read


def _discord_ids(value: YamlValue) -> frozenset[int]:
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) and DISCORD_ID.fullmatch(one) for one in listed):
        raise ValueError(
            "a list of Discord ids, numbers of 17 digits or more (turn on the developer mode in "
            "Discord, then right-click and copy the id)"
        )
    return frozenset(map(int, map(str, listed)))


def _number(lowest: float, highest: float) -> Callable[[YamlValue], float]:
    def read(value: YamlValue) -> float:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
            number = float(value)
            if lowest <= number <= highest:
                return number
        raise ValueError(f"a number from {lowest} to {highest}")

    return read


def _variant(value: YamlValue) -> str:
    if value not in VARIANTS:
        raise ValueError(f"one of {', '.join(VARIANTS)}")
    return str(value)


# Each reads a value as it was written, or raises ValueError with what it should have been.
_RANKING: dict[str, Callable[[YamlValue], Any]] = {
    "variant": _variant,
    "k1": _number(0, 10),
    "b": _number(0, 1),
}
_DISCORD: dict[str, Callable[[YamlValue], Any]] = {
    "token_file": _path("file"),
    "channels": _discord_ids,
    "moderators": _discord_ids,
    "questions_a_minute": _whole_number(_MOST_A_MINUTE),
    "retention_days": _whole_number(_LONGEST_RETENTION),
}
_VERSIONS: dict[str, Callable[[YamlValue], Any]] = {
    "retention_days": _whole_number(_LONGEST_HISTORY, lowest=0),
}
_SECTIONS = {"ranking": _RANKING, "versions": _VERSIONS, "discord": _DISCORD}
_SETTINGS: dict[str, Callable[[YamlValue], Any]] = {
    "documents": _path("folder"),
    "index": _path("folder"),
    "glossary": _path("file"),
    "limit": _whole_number(LARGEST_LIMIT),
    **{
        f"{section}.{name}": check
        for section, checks in _SECTIONS.items()
        for name, check in checks.items()
    },
}


def _values(file: Path) -> dict[str, Any]:
    """Return the checked values of a settings file; inner keys as "outer.inner"."""
    from bot.redaction import BOT_TOKEN, redacted  # its patterns take time, and most have no file

    try:
        mapping = index.parse_yaml(file.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise SettingsRefused(f"{file} cannot be read: {exc.strerror}.") from exc
    except UnicodeDecodeError as exc:
        raise SettingsRefused(f"{file} is not valid UTF-8. Save it as UTF-8.") from exc
    except YamlRefused as exc:
        raise SettingsRefused(f"{file}, {exc}") from exc
    if mapping is None:
        raise SettingsRefused(f'{file}, line 1: not a list of "key: value" lines.')
    values = {}
    for name, value in _flat(mapping):
        line = mapping.lines.get(name, 1)
        if BOT_TOKEN.search(repr(value)):
            raise SettingsRefused(
                f"{file}, line {line}: {redacted(name)} holds the token itself; write it into a "
                "file of mode 600 and name that file as discord.token_file."
            )
        if name in _SECTIONS:
            inner = ", ".join(_SECTIONS[name])
            raise SettingsRefused(f"{file}, line {line}: {name} takes {inner} below it.")
        if name not in _SETTINGS:
            import difflib  # where something is misspelled

            near = difflib.get_close_matches(name, _SETTINGS, n=1, cutoff=0)
            raise SettingsRefused(
                f"{file}, line {line}: no setting is called {redacted(name)}. "
                f"The nearest is {near[0]}; "
                f"all of them: {', '.join(_SETTINGS)}."
            )
        try:
            values[name] = _SETTINGS[name](value)
        except ValueError as exc:
            raise SettingsRefused(
                f"{file}, line {line}: {name} is {_shown(value)}, not {exc}."
            ) from exc
    return values


def _shown(value: YamlValue) -> str:
    spelled = repr(value)
    return spelled if len(spelled) <= _LONGEST_SHOWN else spelled[:_LONGEST_SHOWN] + "..."


def _flat(mapping: YamlMapping) -> Iterator[tuple[str, YamlValue]]:
    for name, value in mapping.values.items():
        if isinstance(value, dict):
            for inner, inner_value in value.items():
                if inner_value is not None:
                    yield f"{name}.{inner}", inner_value
        elif value is not None:
            yield name, value
