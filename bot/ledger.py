"""Feedback and unanswered questions (SQLite), and what a bot must know again after a restart.

Of a question only its terms are kept, in alphabetical order, and of a person only a keyed hash:
the same person can change or delete what is theirs, and nobody reads a name in the file. One
thread writes; a file that is no longer sound is set aside, and the bot goes on with a new one.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import logging
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.errors import LedgerFailed

Verdict = Literal["helpful", "not_helpful"]
# The columns of a key come first: SQLite 3.40 takes a sound table without row ids for damaged when
# another column stands between them.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    answer TEXT NOT NULL, passage TEXT NOT NULL, person TEXT NOT NULL, verdict TEXT NOT NULL,
    digest TEXT NOT NULL, generation INTEGER NOT NULL, day TEXT NOT NULL,
    PRIMARY KEY (answer, passage, person)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unanswered (
    terms TEXT NOT NULL, person TEXT NOT NULL, day TEXT NOT NULL, outcome TEXT NOT NULL,
    PRIMARY KEY (terms, person, day)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_VERSION = 1  # of the schema, kept in the file
_PERSONAL = ("feedback", "unanswered")
_log = logging.getLogger("policybot.ledger")


@dataclass(frozen=True, slots=True)
class UnansweredTerms:
    """Terms that were asked for together and that the documents did not answer."""

    terms: tuple[str, ...]
    people: int  # different ones
    last: str  # YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class LedgerSeen:
    """What a ledger's file is, seen without changing it."""

    verdict: Literal["missing", "sound", "damaged", "unusable"]
    reason: str = ""  # why it is damaged or unusable
    is_paused: bool = False


def look_at(file: Path) -> LedgerSeen:
    """Look at a ledger, also while a bot works with it."""
    if not file.exists():
        return LedgerSeen("missing")
    try:
        address = f"{file.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=5.0)) as connection:
            _check(file, connection)
            has_kept = "SELECT 1 FROM sqlite_schema WHERE name = 'kept'"
            paused = "SELECT 1 FROM kept WHERE (name, value) = ('paused', 'yes')"
            is_paused = all(connection.execute(query).fetchone() for query in (has_kept, paused))
    except sqlite3.OperationalError as exc:
        if file.with_name(f"{file.name}-journal").exists():
            return LedgerSeen("sound")  # a write that was cut off; the next start takes it back
        return LedgerSeen("unusable", str(exc))
    except sqlite3.DatabaseError as exc:
        return LedgerSeen("damaged", str(exc))
    except LedgerFailed as exc:
        return LedgerSeen("unusable", str(exc))
    return LedgerSeen("sound", is_paused=is_paused)


class Ledger:
    """The open ledger; any thread may use it."""

    def __init__(self, file: Path, retention_days: int) -> None:
        """Open or make the file. Raises LedgerFailed."""
        self._file = file
        self._retention_days = retention_days
        self._lock = threading.Lock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                self._connection = _opened(file)
            except sqlite3.DatabaseError as exc:
                if isinstance(exc, sqlite3.OperationalError):
                    raise
                aside = file.with_name(f"{file.name}.damaged-{_today()}-{secrets.token_hex(2)}")
                _log.error(
                    "%s is damaged (%s); it is set aside as %s. Feedback is lost with it, and the "
                    "pause if there was one",
                    file,
                    exc,
                    aside.name,
                )
                file.rename(aside)
                self._connection = _opened(file)
            self._salt = bytes.fromhex(self._kept_or_new("salt", secrets.token_hex(32)))
        except (OSError, sqlite3.Error) as exc:
            raise LedgerFailed(
                f"The ledger {file} cannot be opened: {exc}. Make room or mend its permissions."
            ) from exc

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def rate(
        self,
        *,
        answer: int,
        passage: str,
        digest: str,
        generation: int,
        person: int,
        verdict: Verdict,
    ) -> bool:
        """Store what a person thinks of a passage as an answer; say whether that is a change.

        `answer` and `person` are Discord ids. Raises LedgerFailed, as every method below does.
        """
        key = (self._hashed("answer", answer), passage, self._hashed("person", person))
        with self._writing() as connection:
            before = connection.execute(
                "SELECT verdict FROM feedback WHERE (answer, passage, person) = (?, ?, ?)", key
            ).fetchone()
            connection.execute(
                "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*key, verdict, digest, generation, _today()),
            )
        return before is None or before[0] != verdict

    def note_unanswered(self, terms: Sequence[str], *, outcome: str, person: int) -> None:
        """Keep the terms of a question that the documents did not answer."""
        if terms:
            spelled = " ".join(sorted(set(terms)))
            with self._writing() as connection:
                connection.execute(
                    "INSERT OR REPLACE INTO unanswered VALUES (?, ?, ?, ?)",
                    (spelled, self._hashed("person", person), _today(), outcome),
                )

    def unanswered(self, limit: int) -> list[UnansweredTerms]:
        """Return what most people asked for in vain, most first."""
        with self._writing() as connection:
            rows = connection.execute(
                "SELECT terms, count(DISTINCT person), max(day) FROM unanswered GROUP BY terms"
                " ORDER BY count(DISTINCT person) DESC, max(day) DESC, terms LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            UnansweredTerms(tuple(terms.split(" ")), people, day) for terms, people, day in rows
        ]

    def forget(self, person: int) -> int:
        """Delete everything of a person; return how many entries there were."""
        hashed = self._hashed("person", person)
        with self._writing() as connection:
            return sum(
                connection.execute(f"DELETE FROM {table} WHERE person = ?", (hashed,)).rowcount  # noqa: S608 (a constant)
                for table in _PERSONAL
            )

    def held_of(self, person: int) -> int:
        """Return how many entries there are of a person."""
        hashed = self._hashed("person", person)
        with self._writing() as connection:
            return sum(
                connection.execute(
                    f"SELECT count(*) FROM {table} WHERE person = ?",  # noqa: S608 (a constant)
                    (hashed,),
                ).fetchone()[0]
                for table in _PERSONAL
            )

    def clear_old(self, today: datetime.date | None = None) -> int:
        """Delete what is older than the retention; return how many entries.

        A ledger that was set aside goes as a whole.
        """
        last = (today or _utc_today()) - datetime.timedelta(days=self._retention_days)
        with self._writing() as connection:
            deleted = sum(
                connection.execute(
                    f"DELETE FROM {table} WHERE day < ?",  # noqa: S608 (a constant)
                    (last.isoformat(),),
                ).rowcount
                for table in _PERSONAL
            )
        try:
            for aside in self._file.parent.glob(f"{self._file.name}.damaged-*"):
                written = datetime.datetime.fromtimestamp(aside.stat().st_mtime, datetime.UTC)
                if written.date() < last:
                    aside.unlink()
        except OSError as exc:
            raise LedgerFailed(
                f"An old ledger in {self._file.parent} cannot be deleted: {exc}. Delete it."
            ) from exc
        return deleted

    def recall(self, name: str) -> str | None:
        """Return what was kept under a name."""
        with self._writing() as connection:
            row = connection.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def keep(self, name: str, value: str) -> None:
        """Keep a value over restarts."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, value))

    def _kept_or_new(self, name: str, new: str) -> str:
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO kept VALUES (?, ?)", (name, new))
            row = connection.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return str(row[0])

    def _hashed(self, kind: str, id_: int) -> str:
        return hmac.new(self._salt, f"{kind}:{id_}".encode(), hashlib.sha256).hexdigest()[:32]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Run statements as one transaction, which is on disk when it ends."""
        with self._lock:
            try:
                with self._connection:
                    yield self._connection
            except sqlite3.Error as exc:
                raise LedgerFailed(
                    f"The ledger {self._file} cannot be used: {exc}. Make room or mend its "
                    "permissions."
                ) from exc


def _opened(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, check_same_thread=False, timeout=5.0)
    try:
        # Deleted entries are overwritten, so that "delete mine" leaves nothing in the file.
        connection.execute("PRAGMA secure_delete = ON")
        _check(file, connection)
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        file.chmod(0o600)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(file: Path, connection: sqlite3.Connection) -> None:
    """Raise DatabaseError when the file is damaged, LedgerFailed when it is of a newer version."""
    if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("its pages do not fit together")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise LedgerFailed(
            f"The ledger {file} was made by a newer version of policybot (its schema is {version}, "
            f"this version knows {_VERSION}). Install that version, or move the file away."
        )


def _utc_today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def _today() -> str:
    return _utc_today().isoformat()
