"""policybot.yaml and flags to checked settings, before any work is done."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import index
from bot.errors import SettingsRefused
from index import VARIANTS, Bm25, YamlRefused

if TYPE_CHECKING:
    from index import YamlMapping, YamlValue

FILE_NAME = "policybot.yaml"
STATE_FOLDER = ".policybot"
DEFAULT_LIMIT = 5
LARGEST_LIMIT = 100  # passages an answer may list


@dataclass(frozen=True, slots=True)
class Settings:
    """What was asked for by file and flags, checked."""

    file: Path | None  # the settings file, if there is one
    state: Path  # where derived files live
    documents: Path
    index: Path
    limit: int  # passages an answer lists
    model: Bm25


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
    prefix = "ranking."
    ranking = {
        name.removeprefix(prefix): value
        for name, value in values.items()
        if name.startswith(prefix)
    }
    state = base / STATE_FOLDER
    return Settings(
        file=file,
        state=state,
        documents=documents or base / values.get("documents", "data/documents"),
        index=index or base / values.get("index", f"{STATE_FOLDER}/index"),
        limit=values.get("limit", DEFAULT_LIMIT),
        model=Bm25(**ranking),
    )


def _nearest(folder: Path) -> Path | None:
    candidates = (above / FILE_NAME for above in (folder, *folder.parents))
    return next((file for file in candidates if file.is_file()), None)


def _text(value: YamlValue) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text")
    return value


def _whole_number(value: YamlValue) -> int:
    if not isinstance(value, str) or not value.isdecimal() or not 1 <= int(value) <= LARGEST_LIMIT:
        raise ValueError(f"a whole number from 1 to {LARGEST_LIMIT}")
    return int(value)


def _number(lowest: float, highest: float) -> Callable[[YamlValue], float]:
    def read(value: YamlValue) -> float:
        wanted = f"a number from {lowest} to {highest}"
        try:
            number = float(value) if isinstance(value, str) else math.nan
        except ValueError as exc:
            raise ValueError(wanted) from exc
        if not lowest <= number <= highest:
            raise ValueError(wanted)
        return number

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
_SETTINGS: dict[str, Callable[[YamlValue], Any]] = {
    "documents": _text,
    "index": _text,
    "limit": _whole_number,
    **{f"ranking.{name}": check for name, check in _RANKING.items()},
}


def _values(file: Path) -> dict[str, Any]:
    """Return the checked values of a settings file; inner keys as "outer.inner"."""
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
        if name not in _SETTINGS:
            near = difflib.get_close_matches(name, _SETTINGS, n=1, cutoff=0)
            raise SettingsRefused(
                f"{file}, line {line}: no setting is called {name}. The nearest is {near[0]}; "
                f"all of them: {', '.join(_SETTINGS)}."
            )
        try:
            values[name] = _SETTINGS[name](value)
        except ValueError as exc:
            raise SettingsRefused(f"{file}, line {line}: {name} is {value!r}, not {exc}.") from exc
    return values


def _flat(mapping: YamlMapping) -> Iterator[tuple[str, YamlValue]]:
    for name, value in mapping.values.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", inner_value) for inner, inner_value in value.items())
        elif value is not None:
            yield name, value
