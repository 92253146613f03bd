"""What a child that reads is asked and what it answers, as blocks of bytes: the child's side.

Columns of texts and of numbers rather than JSON: they are cheap to make, and whoever receives them
builds nothing out of them but texts and numbers.
"""

from __future__ import annotations  # array[int] is no type before Python 3.12

from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

from index.abbreviations import defined
from index.chunks import Numbered
from index.folder import SourceBytes, SourceFile
from index.guarded.frames import Block
from index.records import ParsedDocument, Passage

READY = b"ready"
REFUSED, READ = b"refused", b"read"


def file_blocks(source: SourceFile, content: SourceBytes) -> list[Block]:
    """Return what asks for a document."""
    sidecar = [] if content.sidecar is None else [content.sidecar]
    return [source.path.encode(), source.id.encode(), content.text, *sidecar]


def file_of(blocks: Sequence[bytes]) -> tuple[SourceFile, SourceBytes]:
    """Return the file that a child is asked to read."""
    path, id_, text, *sidecar = blocks
    source = SourceFile(Path(), path.decode(), id_.decode(), None)
    return source, SourceBytes(text, sidecar[0] if sidecar else None)


def refused_blocks(reason: str) -> list[Block]:
    """Return the answer that a document is refused."""
    printable = reason.encode(errors="replace").decode()
    return [REFUSED, *_text_blocks([printable])]


def read_blocks(
    parsed: ParsedDocument, found: Sequence[Passage], numbered: Numbered
) -> list[Block]:
    """Return the answer that brings a document. Raises UnicodeEncodeError."""
    document = parsed.document
    known = (document.date, document.publisher, document.url, document.language)
    short = defined(passage.text for passage in found)
    over = list(map(_above, found))
    above = {key: place for place, key in enumerate(dict.fromkeys(over))}
    return [
        READ,
        *_text_blocks([document.title, *(text or "" for text in known)]),
        *_group_blocks([document.supersedes, document.audience, parsed.notes]),
        *_group_blocks([group for key in above for group in key]),
        _number_block(map(above.__getitem__, over)),
        _number_block(passage.paragraph for passage in found),
        _number_block(passage.part or 0 for passage in found),
        _number_block(passage.page or 0 for passage in found),
        _number_block(passage.line or 0 for passage in found),
        _number_block(passage.is_lined for passage in found),
        *_text_blocks([passage.text for passage in found]),
        _number_block([numbered.is_anew]),
        *_text_blocks(numbered.spellings),
        _number_block(numbered.sizes),
        _number_block(numbered.terms),
        _number_block(numbered.flat),
        _number_block(numbered.lengths),
        _number_block(numbered.kinds),
        *_group_blocks([(one.short, one.long) for one in short]),
        _number_block(one.is_defined for one in short),
    ]


def _above(passage: Passage) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return passage.heading, passage.introduction


def _text_blocks(texts: Sequence[str]) -> list[Block]:
    """Return the two blocks of some texts. Raises UnicodeEncodeError for half of a character."""
    lengths = array("i", map(len, texts))
    return ["".join(texts).encode(), memoryview(lengths).cast("B")]


def _number_block(numbers: Iterable[int]) -> Block:
    """Return the block of some numbers of 32 bits."""
    some = numbers if isinstance(numbers, array) else array("i", numbers)
    return memoryview(some).cast("B")


def _group_blocks(groups: Iterable[Sequence[str]]) -> list[Block]:
    """Return the three blocks of some groups of texts."""
    listed = list(groups)
    flat = [text for group in listed for text in group]
    return [*_text_blocks(flat), _number_block(map(len, listed))]
