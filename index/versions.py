"""Which version of each document was in force on a day.

A version begins on the date that its metadata state, if that is news, else on the day it was
first seen; and it ends where a later one begins, or on the day the document was gone. So on any
day at most one version of a document is in force, also where a clock was once wrong. A day
belongs to what is in force at its end.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from index.records import Version
from index.superseding import superseders

RETENTION_DAYS = 3650  # that an earlier version is kept, unless another number is asked for


def in_force(versions: Iterable[Version], day: str) -> list[Version]:
    """Return the versions in force on a day (YYYY-MM-DD), by document id.

    `versions` come by document id and number. What a document that is in force then names as
    superseded is not in force.
    """
    found = (version_on(of_one, day) for of_one in by_document(versions))
    present = [version for version in found if version is not None]
    superseded = superseders(
        {version.document.id: version.document.supersedes for version in present}
    )
    return [version for version in present if version.document.id not in superseded]


def by_document(versions: Iterable[Version]) -> list[list[Version]]:
    """Return the versions of each document, in order; they come by document id and number."""
    return [list(group) for _, group in groupby(versions, key=lambda version: version.document.id)]


def version_on(versions: Sequence[Version], day: str) -> Version | None:
    """Return which of the versions of one document was in force on a day, if one was."""
    begun = [place for place, start in enumerate(starts(versions)) if start <= day]
    if not begun:
        return None
    gone = any(
        (removed := _removed(versions, place)) is not None and removed <= day
        for place in range(begun[-1], len(versions))
    )
    return None if gone else versions[begun[-1]]


def between(
    versions: Sequence[Version], from_day: str | None, to_day: str | None
) -> tuple[Version | None, Version | None]:
    """Return two versions of one document to compare, as far as there are such.

    They are those of the days; without a day, the last version and the one before the other.
    """
    new = version_on(versions, to_day) if to_day else versions[-1]
    if from_day:
        return version_on(versions, from_day), new
    place = versions.index(new) if new else 0
    return versions[place - 1] if place else None, new


def starts(versions: Sequence[Version]) -> list[str]:
    """Return the day from which each version of one document counts, in their order."""
    days: list[str] = []
    for place, version in enumerate(versions):
        seen, date = _day(version.first_seen), version.document.date
        if date is None:
            days.append(seen)
        elif place == 0:
            # Of one whose forerunner is not kept it is only known that it was there when seen.
            days.append(date if version.number == 1 else max(date, seen))
        else:
            before = versions[place - 1].document.date or days[-1]
            days.append(date if date > before else seen)
    return days


def earliest_day(versions: Iterable[Version]) -> str | None:
    """Return the first day on which anything counts, if there is one."""
    return min((min(starts(of_one)) for of_one in by_document(versions)), default=None)


def _removed(versions: Sequence[Version], place: int) -> str | None:
    """Return the day on which the document was gone behind one of its versions, if it was."""
    ended = versions[place].last_seen
    if ended is None:
        return None
    is_last = place + 1 == len(versions)
    return _day(ended) if is_last or ended < versions[place + 1].first_seen else None


def _day(instant: str) -> str:
    return instant[: len("YYYY-MM-DD")]
