"""What a rebuild keeps of the documents as they were before it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from index.records import Version
from index.storage import NewDocument, NewVersion


@dataclass(frozen=True, slots=True)
class History:
    """The versions of a new generation, and how many were too old for it."""

    versions: tuple[NewVersion, ...]  # the current ones first, in the order of the documents
    dropped: int


def instant(now: datetime.datetime) -> str:
    """Return a moment as it is stored: ISO 8601, UTC, to the second."""
    return now.astimezone(datetime.UTC).isoformat(timespec="seconds")


def continued(
    documents: Sequence[NewDocument],
    versions: Sequence[Version],
    now: datetime.datetime,
    retention_days: int,
) -> History:
    """Carry the parent's versions on into a generation of these documents.

    A document whose file is unchanged keeps its version, also when it is read by other rules; of
    one that changed or is gone, the version ends now. Earlier versions that ended more than
    `retention_days` ago are dropped; 0 keeps none. `versions` come by document id and number.
    """
    current = {v.document.id: v for v in versions if v.last_seen is None}
    latest: dict[str, int] = {}
    for version in versions:
        latest[version.document.id] = max(version.number, latest.get(version.document.id, 0))
    kept: list[NewVersion] = []
    for new in documents:
        before = current.get(new.document.id)
        if before is not None and _is_same(before, new):
            del current[new.document.id]
            kept.append(NewVersion(new, before.number, before.first_seen, None))
        else:
            number = latest.get(new.document.id, 0) + 1
            kept.append(NewVersion(new, number, instant(now), None))
    oldest = instant(now - datetime.timedelta(days=retention_days))
    stays: list[NewVersion] = []
    dropped = 0
    for version in versions:  # by document id and number, and so they stay
        is_current = version.last_seen is None
        if is_current and version.document.id not in current:
            continue
        # A clock that jumped back shall not end what it had not begun.
        ended = version.last_seen or max(instant(now), version.first_seen)
        if retention_days and ended > oldest:
            new = NewDocument(version.document, version.passages)
            stays.append(NewVersion(new, version.number, version.first_seen, ended))
        elif not is_current:
            dropped += 1
    return History((*kept, *stays), dropped)


def _is_same(before: Version, new: NewDocument) -> bool:
    """Say whether the file is the same; renamed to another spelling of its id it is another."""
    one, other = before.document, new.document
    return (one.sha256, one.path) == (other.sha256, other.path)
