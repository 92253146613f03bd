"""Choose the reader of a file and put its text and metadata together."""

from collections.abc import Callable
from pathlib import PurePosixPath

from index.errors import DocumentRefused
from index.folder import SourceBytes, SourceFile
from index.readers.body import Body
from index.readers.decoding import decode
from index.readers.metadata import (
    NOTHING_KNOWN,
    Metadata,
    first_known,
    of_sidecar,
    split_front_matter,
)
from index.records import Document, ParsedDocument


# Parsers are loaded when the first file of their format is read: a question needs none of them.
def _markdown(content: str, first_line: int) -> Body:
    from index.readers import markdown

    return markdown.read(content, first_line)


def _text(content: str, first_line: int) -> Body:
    from index.readers import text

    return text.read(content, first_line)


def _html(content: bytes) -> Body:
    from index.readers import html

    return html.read(content)


def _pdf(content: bytes) -> Body:
    from index.readers import pdf

    return pdf.read(content)


def _docx(content: bytes) -> Body:
    from index.readers import docx

    return docx.read(content)


# A reader of text takes it with the line of its file at which it starts, below front matter.
_TEXT_READERS: dict[str, Callable[[str, int], Body]] = {".md": _markdown, ".txt": _text}
_FILE_READERS: dict[str, Callable[[bytes], Body]] = {
    ".docx": _docx,
    ".htm": _html,
    ".html": _html,
    ".pdf": _pdf,
}
SUFFIXES = frozenset({*_TEXT_READERS, *_FILE_READERS})


def read(source: SourceFile, content: SourceBytes) -> ParsedDocument:
    """Return the document that a file holds. Raises DocumentRefused."""
    front = NOTHING_KNOWN
    notes: tuple[str, ...] = ()
    if source.suffix in _FILE_READERS:
        body = _FILE_READERS[source.suffix](content.text)
    else:
        decoded = decode(content.text)
        notes = decoded.notes
        front, below, line = split_front_matter(decoded.text)
        body = _TEXT_READERS[source.suffix](below, line)
    if not body.paragraphs:
        raise DocumentRefused("no paragraph of text in it")
    sidecar = NOTHING_KNOWN if content.sidecar is None else of_sidecar(content.sidecar)
    known = first_known([front, sidecar, body.own, Metadata(title=body.title)])
    paragraphs = body.paragraphs
    if body.title and body.title != known.title:  # then it heads its text, as a heading does
        titled = len(paragraphs) if body.titled is None else body.titled
        paragraphs = (
            tuple(
                paragraph._replace(heading=(body.title, *paragraph.heading))
                for paragraph in paragraphs[:titled]
            )
            + paragraphs[titled:]
        )
    document = Document(
        id=source.id,
        path=source.path,
        sha256=content.sha256,
        title=known.title or PurePosixPath(source.path).stem,
        date=known.date,
        publisher=known.publisher,
        url=known.url,
        language=known.language,
        supersedes=known.supersedes,
        audience=known.audience,
    )
    return ParsedDocument(document, paragraphs, (*notes, *body.notes))
