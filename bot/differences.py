"""What differs between two versions of a document, to lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.compared import compared_lines
from bot.lines import Line, styled, visible
from index import Piece, starts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from index import Difference, Version


@dataclass(frozen=True, slots=True)
class DatedVersion:
    """A version of a document, and the day from which it counts."""

    version: Version
    start: str

    @property
    def label(self) -> str:
        """What it is called here."""
        seen = self.version.first_seen[:10]
        return f"version {self.version.number} of {self.start} (first seen {seen})"


def dated(versions: Sequence[Version]) -> dict[int, DatedVersion]:
    """Return the versions of one document by their number."""
    days = starts(versions)
    return {v.number: DatedVersion(v, day) for v, day in zip(versions, days, strict=True)}


def difference_lines(
    old: DatedVersion, new: DatedVersion, difference: Difference, *, marked: bool
) -> Iterator[Line]:
    """Show what differs, `marked` with signs instead of colours."""
    name = visible(new.version.document.id)
    yield styled(f"{name}: {old.label} -> {new.label}", "strong")
    for change in difference.metadata:
        pieces = _replaced(change.old, change.new)
        yield from compared_lines(f"{change.name}: ", pieces, 0, marked=marked)
    for heading, new_heading in difference.headings:
        yield from compared_lines("heading: ", _replaced(heading, new_heading), 0, marked=marked)
    for change_of_text in difference.paragraphs:
        yield Line()
        places = (change_of_text.old, change_of_text.new)
        numbers = " -> ".join(dict.fromkeys(str(place) for place in places if place is not None))
        yield styled(f"{change_of_text.kind} {numbers}", "quiet")
        is_lined = change_of_text.is_lined
        yield from compared_lines("", change_of_text.pieces, 2, marked=marked, is_lined=is_lined)
    yield Line()
    yield Line(_summary(difference))


def nothing_lines(
    known: Sequence[DatedVersion],
    old: DatedVersion | None,
    new: DatedVersion | None,
    from_day: str | None,
    to_day: str | None,
) -> Iterator[Line]:
    """Say why nothing differs, and which versions are known."""
    name = known[0].version.document.id
    if old and new:
        what = f"{name}: nothing differs between {old.label} and {new.label}."
    elif to_day and not new:
        what = f"{name} was not in force on {to_day}."
    elif from_day and not old:
        what = f"{name} was not in force on {from_day}."
    else:
        what = f"{name}: no version before the one of {new.start if new else to_day} is known."
    yield Line(visible(what))
    yield Line(visible(f"Known: {'; '.join(one.label for one in known)}."))


def _replaced(old: str | None, new: str | None) -> tuple[Piece, ...]:
    pieces = (Piece("removed", old or ""), Piece("added", new or ""))
    return tuple(piece for piece in pieces if piece.text)


def _summary(difference: Difference) -> str:
    kinds = Counter(change.kind for change in difference.paragraphs)
    parts = [f"{kinds[kind]:,} {kind}" for kind in ("changed", "added", "removed", "moved")]
    return f"Paragraphs: {', '.join(parts)}."
