"""Files of a test collection to checked lines and values; what is wrong is told with its place."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from index.errors import PolicyIndexError

LONGEST_LINE = 16 << 20  # bytes; the longest passage known of such a collection has a tenth


class CollectionRefused(PolicyIndexError):
    """A test collection or a saved run is not what it should be. The person who named it acts."""


def lines(file: Path) -> Iterator[tuple[str, str]]:
    """Yield the lines of a file that are not blank, each behind its place for a message.

    Raises CollectionRefused.
    """
    number = 0
    try:
        with file.open("rb") as stream:
            while raw := stream.readline(LONGEST_LINE + 1):
                number += 1
                where = f"{file}, line {number}"
                if len(raw) > LONGEST_LINE:
                    raise CollectionRefused(f"{where}: longer than {LONGEST_LINE:,} bytes.")
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                if line.strip():
                    yield where, line
    except OSError as exc:
        raise CollectionRefused(f"{file} cannot be read: {exc.strerror}.") from exc
    except UnicodeDecodeError as exc:
        what = f"{file}, line {number}: not valid UTF-8. Save the file as UTF-8."
        raise CollectionRefused(what) from exc


def value(text: str, where: str) -> Any:
    """Return the JSON value of a text. Raises CollectionRefused."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as exc:
        raise CollectionRefused(f"{where}: not JSON ({exc.msg} at character {exc.pos}).") from exc
    except (ValueError, RecursionError) as exc:  # a number of 5,000 digits, or deep nesting
        raise CollectionRefused(f"{where}: JSON that is too long or too deep to read.") from exc


def records(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the JSON objects of a file, one a line, each behind its place.

    Raises CollectionRefused.
    """
    for where, line in lines(file):
        record = value(line, where)
        if not isinstance(record, dict):
            raise CollectionRefused(f"{where}: not a JSON object.")
        yield where, record


def text_of(record: Mapping[str, Any], name: str, where: str) -> str:
    """Return a text of a record; an empty one where it has none. Raises CollectionRefused."""
    text = record.get(name)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise CollectionRefused(f'{where}: "{name}" is not a text.')
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        what = f'{where}: "{name}" has half a character (a lone surrogate).'
        raise CollectionRefused(what) from exc
    return text
