"""Metadata of a document: from its front matter, its sidecar, or its own text, in that order.

Keys that are not metadata here are left alone: front matter is shared with other programs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from index.dates import is_date
from index.errors import DocumentRefused, YamlRefused

if TYPE_CHECKING:
    from index.yaml_text import YamlMapping

# Characters; every passage below carries its title and headings, so long ones cost many times.
LONGEST_HEADING = 300
_FRONT_MATTER = re.compile(
    r"\s*^---[ \t]*\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M
)
_TIME = re.compile(r"[T ]\d\d:\d\d.*")  # behind a day; only the day counts here
_DAY = len("2023-09-06")
_KEY = re.compile(r"[A-Za-z_][\w-]*")
_TEXTS = ("title", "publisher", "url", "language")
_LISTS = ("supersedes", "audience")


class Metadata(NamedTuple):
    """What is known of a document besides its text; fields as in index.records.Document."""

    title: str | None = None
    date: str | None = None
    publisher: str | None = None
    url: str | None = None
    language: str | None = None
    supersedes: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()


NOTHING_KNOWN = Metadata()


def split_front_matter(text: str) -> tuple[Metadata, str, int]:
    """Return the metadata at the top of a text, the text below it, and the line it starts at.

    Raises DocumentRefused, with the line, where there is front matter that cannot be read.
    """
    match = _FRONT_MATTER.match(text)
    if match is None:
        return NOTHING_KNOWN, text, 1
    first_line = text.count("\n", 0, match.start("yaml")) + 1
    try:
        mapping = _parse_yaml(match.group("yaml"), first_line)
    except YamlRefused as exc:
        raise DocumentRefused(f"front matter, {exc}") from exc
    if mapping is None or not _is_front_matter(mapping, match.group("yaml")):
        return NOTHING_KNOWN, text, 1
    body_line = text.count("\n", 0, match.end()) + 1
    return _checked(mapping, "front matter"), text[match.end() :], body_line


def _parse_yaml(text: str, first_line: int = 1) -> YamlMapping | None:
    from index.yaml_text import parse_yaml  # most documents have none, and loading it takes time

    return parse_yaml(text, first_line=first_line)


def _is_front_matter(mapping: YamlMapping, text: str) -> bool:
    """Tell metadata from prose between two rules of dashes, such as "Article 1: all"."""
    if not mapping.values:
        return not text.strip()
    return all(_KEY.fullmatch(key) for key in mapping.values)


def of_sidecar(content: bytes) -> Metadata:
    """Return the metadata of a NAME.yaml. Raises DocumentRefused, with the line."""
    try:
        mapping = _parse_yaml(content.decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        raise DocumentRefused("its .yaml file is not valid UTF-8") from exc
    except YamlRefused as exc:
        raise DocumentRefused(f"its .yaml file, {exc}") from exc
    if mapping is None:
        raise DocumentRefused('its .yaml file, line 1: not a list of "key: value" lines')
    return _checked(mapping, "its .yaml file")


def of_format(values: Mapping[str, str | None]) -> Metadata:
    """Return what a format itself tells, such as the head of a page, without what cannot be right.

    Nobody wrote it for this program, so unlike front matter it is no reason to refuse a document.
    """
    known: dict[str, Any] = {}
    for key, value in values.items():
        text = " ".join((value or "").split())
        if key == "date":
            text = text[:_DAY] if is_date(text[:_DAY]) else ""
        elif key == "url" and not text.startswith(("http://", "https://")):
            text = ""
        if text and len(text) <= LONGEST_HEADING:
            known[key] = text
    return Metadata(**known)


def first_known(candidates: Sequence[Metadata]) -> Metadata:
    """Return for each field the first value that is known."""
    values: dict[str, Any] = {}
    for field in Metadata._fields:
        known = (getattr(candidate, field) for candidate in candidates)
        values[field] = next((value for value in known if value), getattr(NOTHING_KNOWN, field))
    return Metadata(**values)


def _checked(mapping: YamlMapping, where: str) -> Metadata:
    """Check the values that count here."""

    def refuse(key: str, wanted: str) -> DocumentRefused:
        return DocumentRefused(f"{where}, line {mapping.lines[key]}: {key} is not {wanted}")

    values: dict[str, Any] = {}
    for key, value in mapping.values.items():
        if key == "audience" and value in (None, ""):
            # Whoever began that line meant the document for some, and all would see it.
            raise refuse(key, "an id or a list of ids; take the line out if it is for all")
        if key != "audience" and key.lower() == "audience":
            # Passed over as a key of some other program, it would show the document to all.
            raise DocumentRefused(f"{where}, line {mapping.lines[key]}: spell {key} as audience")
        if value is None:
            continue
        if key in _TEXTS:
            if not isinstance(value, str):
                raise refuse(key, "a text")
            if len(value) > LONGEST_HEADING:
                raise refuse(key, f"short enough (at most {LONGEST_HEADING} characters)")
            values[key] = " ".join(value.split()) or None
        elif key == "date":
            day = _TIME.sub("", value) if isinstance(value, str) else ""
            if not is_date(day):
                raise refuse(key, "a date such as 2023-09-06")
            values[key] = day
        elif key in _LISTS:
            entries = value if isinstance(value, list) else [value]
            if not all(isinstance(entry, str) for entry in entries):
                raise refuse(key, "a text or a list of texts")
            values[key] = tuple(entries)
    return Metadata(**values)
