"""Documents and passages: the SQLite file of a generation.

Earlier versions of documents stand behind the current ones, and their passages have higher
numbers than postings know; whoever does not ask for them sees none.

It is written in memory, stored as bytes, and afterwards only read; so it needs no journal, no
lock and no recovery of its own, and its hash is known before a disk has touched it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from index.abbreviations import Abbreviation
from index.records import Document, Passage, Version

if TYPE_CHECKING:
    from index.chunks import PassageChunks

_SCHEMA = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
    title TEXT NOT NULL, date TEXT, publisher TEXT, url TEXT, language TEXT,
    supersedes TEXT NOT NULL, audience TEXT NOT NULL,
    first_passage INTEGER NOT NULL, passages INTEGER NOT NULL,
    version INTEGER NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT,
    UNIQUE (id, version)
);
CREATE INDEX superseding ON documents (id) WHERE supersedes != '[]' AND last_seen IS NULL;
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, document INTEGER NOT NULL, paragraph INTEGER NOT NULL,
    part INTEGER, heading TEXT NOT NULL, introduction TEXT NOT NULL, page INTEGER, line INTEGER,
    digest TEXT NOT NULL, is_lined INTEGER NOT NULL, text TEXT NOT NULL
);
CREATE TABLE abbreviations (
    document INTEGER NOT NULL, short TEXT NOT NULL, long TEXT NOT NULL, is_defined INTEGER NOT NULL
);
CREATE INDEX abbreviated ON abbreviations (short);
CREATE INDEX abbreviating ON abbreviations (document);
CREATE TABLE glossary (rows TEXT NOT NULL);
"""
_DOCUMENT = (
    "number, id, path, sha256, title, date, publisher, url, language, supersedes, audience,"
    " first_passage, passages, version, first_seen, last_seen"
)
_PASSAGE = "document, paragraph, part, heading, introduction, page, line, digest, is_lined, text"


_AT_ONCE = 100  # passages that are read by one statement


class NewDocument(NamedTuple):
    """A document of a new generation: with its passages, or where the parent has them."""

    document: Document
    passages: Sequence[Passage] | range  # a range: passages of the parent, by number
    chunks: PassageChunks | None = None  # of passages just read: those that their reader numbered
    abbreviations: Sequence[Abbreviation] = ()  # of passages that are not the parent's

    @property
    def size(self) -> int:
        """How many passages it has."""
        return len(self.passages)


class NewVersion(NamedTuple):
    """A version of a document in a new generation; the other fields as in Version."""

    new: NewDocument
    number: int
    first_seen: str
    last_seen: str | None


def pack(versions: Iterable[NewVersion], parent: Path | None, glossary: str) -> bytes:
    """Return the bytes of the file; passages are numbered from 0 in the order given.

    `glossary` is JSON, stored as it is.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None, uri=True)) as connection:
        connection.executescript("PRAGMA page_size=4096; PRAGMA synchronous=OFF;" + _SCHEMA)
        if parent is not None:
            connection.execute("ATTACH ? AS parent", (_uri(parent),))
        connection.execute("BEGIN")
        connection.execute("INSERT INTO glossary VALUES (?)", (glossary,))
        first = 0
        for number, version in enumerate(versions):
            new = version.new
            seen = version.number, version.first_seen, version.last_seen
            connection.execute(
                f"INSERT INTO documents ({_DOCUMENT}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608 (a constant)
                (number, *_document_row(new.document), first, new.size, *seen),
            )
            if isinstance(new.passages, range):
                connection.execute(
                    f"INSERT INTO passages (number, {_PASSAGE})"  # noqa: S608 (a constant)
                    " SELECT number - ? + ?, ?, paragraph, part, heading, introduction, page, line,"
                    " digest, is_lined, text"
                    " FROM parent.passages WHERE number >= ? AND number < ? ORDER BY number",
                    (new.passages.start, first, number, new.passages.start, new.passages.stop),
                )
                connection.execute(
                    "INSERT INTO abbreviations SELECT ?, short, long, is_defined"
                    " FROM parent.abbreviations WHERE document ="
                    " (SELECT document FROM parent.passages WHERE number = ?) ORDER BY rowid",
                    (number, new.passages.start),
                )
            else:
                connection.executemany(
                    f"INSERT INTO passages (number, {_PASSAGE})"  # noqa: S608 (a constant)
                    " VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                    _passage_rows(new.passages, first, number),
                )
                connection.executemany(
                    "INSERT INTO abbreviations VALUES (?,?,?,?)",
                    [(number, *abbreviation) for abbreviation in new.abbreviations],
                )
            first += new.size
        connection.execute("COMMIT")
        return connection.serialize()


def _uri(path: Path, options: str = "mode=ro&immutable=1") -> str:
    return f"{path.absolute().as_uri()}?{options}"


def _document_row(document: Document) -> tuple[str | None, ...]:
    return (
        document.id,
        document.path,
        document.sha256,
        document.title,
        document.date,
        document.publisher,
        document.url,
        document.language,
        json.dumps(document.supersedes, ensure_ascii=False),
        json.dumps(document.audience, ensure_ascii=False),
    )


def _passage_rows(
    passages: Iterable[Passage], first: int, document: int
) -> Iterator[tuple[int | str | None, ...]]:
    heading: tuple[str, ...] | None = None
    spelled = "[]"
    for number, passage in enumerate(passages, start=first):
        if passage.heading != heading:
            heading = passage.heading
            spelled = json.dumps(heading, ensure_ascii=False)
        yield (
            number,
            document,
            passage.paragraph,
            passage.part,
            spelled,
            # Most have none, and spelling it out takes time.
            json.dumps(passage.introduction, ensure_ascii=False) if passage.introduction else "[]",
            passage.page,
            passage.line,
            passage.digest,
            passage.is_lined,
            passage.text,
        )


class Rows:
    """Reads the file of a published generation; any number of threads may ask at once."""

    def __init__(self, path: Path) -> None:
        """Open the file. Raises sqlite3.Error when it is not one."""
        self.path = path
        self._connection = sqlite3.connect(
            _uri(path), uri=True, check_same_thread=False, cached_statements=64
        )
        self.close = weakref.finalize(self, self._connection.close)
        self._lock = threading.Lock()
        self._by_number: dict[int, Document] = {}
        # SQLite opens the file with the first statement; later the folder may be gone.
        self._query("SELECT count(*) FROM documents")

    def _query(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Return passages by number, in the order asked for."""
        found: list[Passage] = []
        for first in range(0, len(numbers), _AT_ONCE):
            some = numbers[first : first + _AT_ONCE]
            places = ",".join("?" * len(some))
            rows = self._query(
                f"SELECT number, {_PASSAGE} FROM passages WHERE number IN ({places})",  # noqa: S608 (constants)
                some,
            )
            by_number = {row[0]: row[1:] for row in rows}
            found.extend(self._passage(by_number[n]) for n in some if n in by_number)
        return found

    def texts(self, numbers: Sequence[int]) -> list[str]:
        """Return the texts of passages, in the order asked for; an empty one for what is not."""
        rows = self._query(
            "SELECT number, text FROM passages WHERE number IN (SELECT value FROM json_each(?))",
            (json.dumps(list(numbers)),),
        )
        found = {_int(number): str(text) for number, text in rows}
        return [found.get(number, "") for number in numbers]

    def containing(self, text: str, first: int, limit: int) -> list[int]:
        """Return the first passages from a number on whose texts contain a text."""
        rows = self._query(
            "SELECT number FROM passages WHERE number >= ? AND instr(text, ?) > 0"
            " ORDER BY number LIMIT ?",
            (first, text, limit),
        )
        return [_int(row[0]) for row in rows]

    def documents(self) -> list[tuple[Document, range]]:
        """Return all documents with the numbers of their passages, by id."""
        rows = self._query(
            f"SELECT {_DOCUMENT} FROM documents WHERE last_seen IS NULL ORDER BY number"  # noqa: S608 (a constant)
        )
        return [_document(row) for row in rows]

    def versions(self, document_id: str | None = None) -> list[Version]:
        """Return the versions of a document, or of all, by id and number, the earlier ones too."""
        which, values = ("", ()) if document_id is None else (" WHERE id = ?", (document_id,))
        rows = self._query(
            f"SELECT {_DOCUMENT} FROM documents{which} ORDER BY id, version",  # noqa: S608 (constants)
            values,
        )
        return [_version(row) for row in rows]

    def superseding(self) -> dict[str, tuple[str, ...]]:
        """Return the ids that documents name as superseded, by the id of who names them."""
        rows = self._query(
            "SELECT id, supersedes FROM documents"
            " WHERE supersedes != '[]' AND last_seen IS NULL ORDER BY id"
        )
        return {str(id_): tuple(json.loads(str(named))) for id_, named in rows}

    def find(self, document_id: str) -> tuple[Document, range] | None:
        """Return a document with the numbers of its passages."""
        rows = self._query(
            f"SELECT {_DOCUMENT} FROM documents WHERE id = ? AND last_seen IS NULL",  # noqa: S608 (a constant)
            (document_id,),
        )
        return _document(rows[0]) if rows else None

    def numbers_of(self, within: range, paragraphs: range) -> range:
        """Return which of a document's passages belong to some of its paragraphs."""
        rows = self._query(
            "SELECT min(number), max(number) FROM passages"
            " WHERE number >= ? AND number < ? AND paragraph >= ? AND paragraph < ?",
            (within.start, within.stop, paragraphs.start, paragraphs.stop),
        )
        first, last = rows[0]
        return range(0) if first is None else range(_int(first), _int(last) + 1)

    def headings(self, limit: int) -> list[tuple[str, str]]:
        """Return pairs of document id and a heading's own text, in the order they stand."""
        rows = self._query(
            "SELECT documents.id, heading FROM passages"
            " JOIN documents ON documents.number = passages.document"
            " WHERE heading != '[]' AND last_seen IS NULL GROUP BY passages.document, heading"
            " ORDER BY min(passages.number) LIMIT ?",
            (limit,),
        )
        return [(str(id_), json.loads(str(heading))[-1]) for id_, heading in rows]

    def glossary(self) -> str:
        """Return the glossary that the index was built with, as JSON."""
        ((rows,),) = self._query("SELECT rows FROM glossary")
        return str(rows)

    def abbreviations(self) -> list[tuple[str, Abbreviation]]:
        """Return what the current documents define, each with the document's id, by document."""
        rows = self._query(
            "SELECT id, short, long FROM abbreviations JOIN documents"
            " ON documents.number = document WHERE is_defined AND last_seen IS NULL"
            " ORDER BY abbreviations.rowid"
        )
        return [(str(id_), Abbreviation(str(a), str(b), True)) for id_, a, b in rows]

    def abbreviations_of(
        self, versions: Sequence[tuple[str, int]]
    ) -> list[tuple[str, Abbreviation]]:
        """Return what some versions of documents have, by id and number, in the order given."""
        rows = self._query(
            "SELECT documents.id, short, long, is_defined FROM json_each(?) AS chosen"
            " JOIN documents ON documents.id = chosen.value ->> 0"
            " AND version = chosen.value ->> 1"
            " JOIN abbreviations ON document = documents.number"
            " ORDER BY chosen.key, abbreviations.rowid",
            (json.dumps(versions),),
        )
        return [
            (str(id_), Abbreviation(str(short), str(long), bool(is_defined)))
            for id_, short, long, is_defined in rows
        ]

    def names(self, initials: str) -> list[tuple[str, str]]:
        """Return names with these initials, each with the id of its document, by document."""
        rows = self._query(
            "SELECT id, long FROM abbreviations JOIN documents ON documents.number = document"
            " WHERE short = ? AND NOT is_defined AND last_seen IS NULL"
            " ORDER BY abbreviations.rowid",
            (initials,),
        )
        return [(str(id_), str(name)) for id_, name in rows]

    def problems(self) -> list[str]:
        """Return what keeps passages from being read; nothing, if all is well."""
        found = [str(row[0]) for row in self._query("PRAGMA integrity_check")]
        if found != ["ok"]:
            return found
        lost = self._query(
            "SELECT count(*) FROM passages WHERE document NOT IN (SELECT number FROM documents)"
        )
        (count,) = map(_int, lost[0])
        return [f"passages of no document: {count}"] if count else []

    def counts(self) -> tuple[int, int, int, int]:
        """Return how many documents and passages are current, and how many are earlier ones."""
        (row,) = self._query(
            "SELECT"
            " (SELECT count(*) FROM documents WHERE last_seen IS NULL),"
            " (SELECT count(*) FROM passages JOIN documents ON documents.number = document"
            "  WHERE last_seen IS NULL),"
            " (SELECT count(*) FROM documents),"
            " (SELECT count(*) FROM passages)"
        )
        documents, passages, all_documents, all_passages = map(_int, row)
        return documents, passages, all_documents - documents, all_passages - passages

    def _passage(self, row: tuple[object, ...]) -> Passage:
        document, paragraph, part, heading, introduction, page, line, digest, is_lined, text = row
        return Passage(
            document=self._document_by_number(_int(document)),
            paragraph=_int(paragraph),
            part=None if part is None else _int(part),
            text=str(text),
            heading=tuple(json.loads(str(heading))),
            introduction=tuple(json.loads(str(introduction))),
            page=None if page is None else _int(page),
            line=None if line is None else _int(line),
            digest=str(digest),
            is_lined=bool(is_lined),
        )

    def _document_by_number(self, number: int) -> Document:
        if number not in self._by_number:
            rows = self._query(
                f"SELECT {_DOCUMENT} FROM documents WHERE number = ?",  # noqa: S608 (a constant)
                (number,),
            )
            self._by_number[number] = _document(rows[0])[0]
        return self._by_number[number]


def _int(value: object) -> int:
    assert isinstance(value, int), value  # the schema's columns are read by their own type
    return value


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _document(row: tuple[object, ...]) -> tuple[Document, range]:
    (_, id_, path, sha256, title, date, publisher, url, language, supersedes, audience) = row[:11]
    first, size = _int(row[11]), _int(row[12])
    document = Document(
        id=str(id_),
        path=str(path),
        sha256=str(sha256),
        title=str(title),
        date=_text(date),
        publisher=_text(publisher),
        url=_text(url),
        language=_text(language),
        supersedes=tuple(json.loads(str(supersedes))),
        audience=tuple(json.loads(str(audience))),
    )
    return document, range(first, first + size)


def _version(row: tuple[object, ...]) -> Version:
    document, passages = _document(row)
    number, first_seen, last_seen = row[13:]
    return Version(document, _int(number), str(first_seen), _text(last_seen), passages)
