"""Paragraphs to passages.

A paragraph is a passage, unless it is so long that nobody would want it as an answer: then each
run of its sentences is one. The text of a passage always stands in its paragraph as it is.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator

from index.patterns import lazily
from index.records import ParsedDocument, Passage
from index.sentences import sentence_spans

SPLIT_ABOVE = 3000  # characters; about a printed page
PART_LENGTH = 1500  # characters that a part aims at
_MOST_MARKS = 30  # behind a letter, as Unicode Standard Annex #15 bounds them for streams
_SPACE = lazily(r"\s")
_COMMA = lazily(r"[,;:，、；：]")
_SOLID = lazily(r"\S")


def split(parsed: ParsedDocument, *, is_digested: bool = True) -> Iterator[Passage]:
    """Yield the passages of a document in order; whoever digests them later may say so."""
    for paragraph in parsed.paragraphs:
        text = paragraph.text
        pieces = list(_pieces(text)) if len(text) > SPLIT_ABOVE else [(0, len(text))]
        line, counted = paragraph.line, 0
        for part, (start, end) in enumerate(pieces, start=1):
            if line is not None:
                line += paragraph.text.count("\n", counted, start)
                counted = start
            text = paragraph.text[start:end]
            yield Passage(
                document=parsed.document,
                paragraph=paragraph.number,
                part=None if len(pieces) == 1 else part,
                text=text,
                heading=paragraph.heading,
                introduction=paragraph.introduction,
                page=paragraph.page,
                line=line,
                digest=digest(text) if is_digested else "",
                is_lined=paragraph.is_lined,
            )


def digest(text: str) -> str:
    """Return the first 6 hex digits of SHA-256 over the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places to cut a paragraph at: whole sentences, about PART_LENGTH together."""
    start: int | None = None
    end = 0
    for sentence_start, sentence_end in sentence_spans(text):
        for piece_start, piece_end in _bounded(text, sentence_start, sentence_end):
            if start is not None and piece_end - start > PART_LENGTH:
                yield start, end
                start = None
            start = piece_start if start is None else start
            end = piece_end
    if start is not None:
        yield start, end


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a sentence that is itself too long: at white space, else a comma, else anywhere."""
    while end - start > SPLIT_ABOVE:
        last = start + PART_LENGTH
        cut = _last(_SPACE, text, start, last) or _last(_COMMA, text, start, last) or last
        base = cut
        while unicodedata.combining(text[base]) and cut - base < _MOST_MARKS:
            base -= 1
        cut = base if not unicodedata.combining(text[base]) else cut
        yield start, start + len(text[start:cut].rstrip())
        start = _SOLID.search(text, cut).start()  # type: ignore[union-attr]  # a sentence ends solid
    yield start, end


def _last(pattern: re.Pattern[str], text: str, start: int, end: int) -> int | None:
    """Return where the last match in a window ends, if there is one behind its first character."""
    ends = [match.end() for match in pattern.finditer(text, start + 1, end)]
    return ends[-1] if ends else None
