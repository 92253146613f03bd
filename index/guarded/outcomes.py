"""Answers of a child that reads to documents: the parent's side.

They come from a process that a hostile document may have taken over. So only what a document could
have said anyway is taken from it: texts, and numbers within their ranges. Id, path and hash are
those of the file, and digests are computed here.
"""

from __future__ import annotations  # array[int] is no type before Python 3.12

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import ge

from index import passages
from index.abbreviations import Abbreviation
from index.chunks import FIELDS, ChunkTable, Numbered, PassageChunks
from index.dates import is_date
from index.errors import DocumentRefused
from index.folder import SourceBytes, SourceFile
from index.guarded.answers import READ, REFUSED
from index.guarded.columns import Columns, ImproperColumns
from index.records import Document, Passage

_MOST = (1 << 31) - 1
_LONGEST_REASON = 1000  # characters


@dataclass(frozen=True, slots=True)
class Task:
    """A file to be read."""

    source: SourceFile
    content: SourceBytes
    sha256: str  # over both parts of the content

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self.content.text) + len(self.content.sidecar or b"")


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What was read of one file."""

    document: Document
    passages: tuple[Passage, ...]
    chunks: PassageChunks
    abbreviations: tuple[Abbreviation, ...]
    notes: tuple[str, ...]  # what a person should know of how it was read


def outcome_of(
    blocks: Sequence[bytes], task: Task, table: ChunkTable
) -> ReadDocument | DocumentRefused:
    """Return what a child answered to a task; `table` is what it numbered so far.

    Raises ImproperColumns, and then the child is not to be asked again.
    """
    columns = Columns(blocks[1:])
    kind = blocks[0] if blocks else b""
    if kind == REFUSED:
        (reason,) = columns.texts(count=1)
        columns.end()
        return DocumentRefused(" ".join(reason[:_LONGEST_REASON].split()))
    if kind != READ:
        raise ImproperColumns("it is of no known kind")
    document, notes = _document(columns, task)
    found = _passages(columns, document)
    numbered = _numbered(columns, table, len(found))
    abbreviations = _abbreviations(columns)
    columns.end()
    if numbered.is_anew:
        table = ChunkTable()
    table.add(numbered)
    return ReadDocument(
        document,
        found,
        PassageChunks(table, numbered.flat, numbered.lengths, numbered.kinds),
        abbreviations,
        notes,
    )


def _document(columns: Columns, task: Task) -> tuple[Document, tuple[str, ...]]:
    title, date, publisher, url, language = columns.texts(count=5)
    if not title or (date and not is_date(date)):
        raise ImproperColumns("a title or a date is none")
    groups = columns.groups()
    if len(groups) != 3:
        raise ImproperColumns("a document has other lists than stated")
    supersedes, audience, notes = groups
    document = Document(
        id=task.source.id,
        path=task.source.path,
        sha256=task.sha256,
        title=title,
        date=date or None,
        publisher=publisher or None,
        url=url or None,
        language=language or None,
        supersedes=supersedes,
        audience=audience,
    )
    return document, notes


def _passages(columns: Columns, document: Document) -> tuple[Passage, ...]:
    above = columns.groups()
    places = columns.numbers(at_least=0, below=len(above) // 2)
    count = len(places)
    paragraphs = columns.numbers(at_least=1, below=_MOST, count=count)
    parts = columns.numbers(at_least=0, below=_MOST, count=count)
    pages = columns.numbers(at_least=0, below=_MOST, count=count)
    lines = columns.numbers(at_least=0, below=_MOST, count=count)
    lined = columns.numbers(at_least=0, below=2, count=count)
    texts = columns.texts(count=count)
    if not count or not all(texts):
        raise ImproperColumns("a passage is empty")
    numbers = zip(paragraphs, parts, strict=True)
    following = zip(paragraphs[1:], parts[1:], strict=True)
    if any(map(ge, numbers, following)):
        raise ImproperColumns("passages are not in order")
    found = map(
        Passage,
        repeat(document),
        paragraphs,
        (part or None for part in parts),
        texts,
        (above[2 * place] for place in places),
        (above[2 * place + 1] for place in places),
        (page or None for page in pages),
        (line or None for line in lines),
        map(passages.digest, texts),
        map(bool, lined),
    )
    return tuple(found)


def _abbreviations(columns: Columns) -> tuple[Abbreviation, ...]:
    pairs = columns.groups()
    defined = columns.numbers(at_least=0, below=2, count=len(pairs))
    if not all(len(pair) == 2 and all(pair) for pair in pairs):
        raise ImproperColumns("an abbreviation is not a pair")
    return tuple(
        Abbreviation(short, long, bool(is_defined))
        for (short, long), is_defined in zip(pairs, defined, strict=True)
    )


def _numbered(columns: Columns, table: ChunkTable, count: int) -> Numbered:
    (is_anew,) = columns.numbers(at_least=0, below=2, count=1)
    chunks, terms = (0, 0) if is_anew else (len(table.sizes), len(table.spellings))
    spellings = columns.texts()
    sizes = columns.numbers(at_least=0, below=_MOST)
    numbers = columns.numbers(at_least=0, below=terms + len(spellings))
    flat = columns.numbers(at_least=0, below=chunks + len(sizes))
    lengths = columns.numbers(at_least=0, below=_MOST, count=count * FIELDS)
    kinds = columns.numbers(at_least=0, below=1 << 16, count=count)
    if sum(sizes) != len(numbers) or sum(lengths) != len(flat) or not all(spellings):
        raise ImproperColumns("chunks have other terms than stated")
    return Numbered(bool(is_anew), tuple(spellings), sizes, numbers, flat, lengths, kinds)
