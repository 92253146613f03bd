"""PDF: lines with their place on the page, by PDFium, to a body.

PDFium says what each letter is and where it stands; what is a paragraph is decided from that in
`pages` and `layout`. It mends broken files without a word, so what it could not read shows only as
pages without text, and those are named.
"""

import ctypes
import functools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2
from pypdfium2 import raw

from index.errors import DocumentRefused
from index.readers.body import Body
from index.readers.declared import trusted_language, trusted_title
from index.readers.layout import Bookmark, compose
from index.readers.metadata import Metadata
from index.readers.pages import Line, Page

MOST_PAGES = 5_000
MOST_CHARACTERS = 5_000_000  # of all pages, some 2,000; more would take too long
_MOST_BOOKMARKS = 10_000
_START = 1024  # bytes within which the mark of a PDF must stand
_UNREADABLE = 0.3  # of the characters; with more the rest is no help
_DOUBTFUL = 0.01  # of the characters; fewer are pictures of a font within the text
_WIDE = 1.2  # times the size of the letters; a wider gap parts columns or cells
_SLANTED = 0.05  # of a quarter turn
_LONGEST_FONT_NAME = 200  # bytes
_LONGEST_DECLARED = 2_000  # bytes of UTF-16, of a title, a bookmark or the name of a language
_BOLD = re.compile(rb"bold|black|heavy|CMBX|simhei|\xe9\xbb\x91\xe4\xbd\x93", re.I)
_HYPHENS = "\x02\ufffe\xad"  # at the end of a line; the first two are PDFium's own signs
_AGAIN = "print it to a new PDF file"
_RECOGNISE = "run text recognition (OCR) over it, or use the original file"


def read(content: bytes) -> Body:
    """Return the body of a PDF file. Raises DocumentRefused."""
    if b"%PDF-" not in content[:_START]:
        raise DocumentRefused("not a PDF file, though its name says so; save it as PDF again")
    document = _opened(content)
    try:
        return _body(document)
    finally:
        document.close()


def _opened(content: bytes) -> Any:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as exc:
        # The code may be that of the file before, so the file has to speak of encryption as well.
        is_encrypted = b"/Encrypt" in content
        if is_encrypted and exc.err_code == raw.FPDF_ERR_PASSWORD:
            reason = f"encrypted; save a copy that opens without a password, or {_AGAIN}"
        elif is_encrypted and exc.err_code == raw.FPDF_ERR_SECURITY:
            reason = f"encrypted in a way that is not known here; {_AGAIN}"
        else:
            reason = f"a broken PDF; {_AGAIN}"
        raise DocumentRefused(reason) from exc
    if len(document) > MOST_PAGES:
        document.close()
        raise DocumentRefused(f"more than {MOST_PAGES:,} pages; split it into several documents")
    return document


def _body(document: Any) -> Body:
    pages: list[Page] = []
    broken: list[int] = []
    pictured: list[int] = []
    blank: list[int] = []
    total = _Count()
    for number in range(1, len(document) + 1):
        try:
            page, count = _page(document, number, MOST_CHARACTERS - total.characters)
        except pypdfium2.PdfiumError:
            broken.append(number)  # named in the notes, or the whole is refused
            continue
        pages.append(page)
        total = total + count
        if not page.lines:
            (pictured if count.pictures else blank).append(number)
    if not pages:
        raise DocumentRefused(f"a broken PDF, none of its pages can be read; {_AGAIN}")
    if not total.characters:
        if total.pictures:
            raise DocumentRefused(f"no text layer (a scan?); {_RECOGNISE}")
        raise DocumentRefused(f"no text found in it (empty, or broken?); {_AGAIN}")
    if total.doubtful > _UNREADABLE * total.characters:
        raise DocumentRefused(
            f"its text layer does not say which letters its signs are; {_RECOGNISE}"
        )
    notes = []
    if broken:
        notes.append(f"{_listed(broken)} cannot be read")
    if pictured:
        notes.append(f"no text layer on {_listed(pictured)}")
    if blank:
        notes.append(f"nothing on {_listed(blank)}")
    if total.doubtful > _DOUBTFUL * total.characters:
        share = total.doubtful / total.characters
        notes.append(f"{share:.0%} of its characters do not say which letters they are")
    if total.turned:
        notes.append(f"words that stand at an angle to the rest are left out: {total.turned}")
    return compose(pages, list(_bookmarks(document))).body(_own(document, pages), notes)


def _listed(numbers: Sequence[int]) -> str:
    """Return page numbers as people write them: page 3, pages 3, 5-7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    names = ["-".join(str(number) for number in run) for run in runs]
    return ("page " if len(numbers) == 1 else "pages ") + ", ".join(names)


@dataclass(frozen=True, slots=True)
class _Count:
    """What was met on the way."""

    characters: int = 0
    doubtful: int = 0  # characters without a meaning outside their font
    turned: int = 0  # words
    pictures: int = 0  # on pages without text

    def __add__(self, other: "_Count") -> "_Count":
        return _Count(
            self.characters + other.characters,
            self.doubtful + other.doubtful,
            self.turned + other.turned,
            self.pictures + other.pictures,
        )


@dataclass(frozen=True, slots=True)
class _Word:
    """Characters without a space among them, and where they stand, as in a Line."""

    text: str
    left: float
    right: float
    base: float
    size: float
    quarter: int | None  # turns by 90 degrees from left to right; None where slanted
    first: int  # the number of its first character on the page
    doubtful: int  # characters without a meaning outside their font
    is_hyphenated: bool


def _page(document: Any, number: int, most: int) -> tuple[Page, _Count]:
    """Return a page with at most so many characters, and what was met on it."""
    page = document[number - 1]
    box = page.get_bbox()
    text_page = page.get_textpage()
    letters = text_page.raw
    if text_page.count_chars() > most:
        raise DocumentRefused(
            f"more than {MOST_CHARACTERS:,} characters up to page {number}; "
            "split it into several documents"
        )
    words = list(_words(letters, box))
    quarters = Counter(word.quarter for word in words if word.quarter is not None)
    quarter = quarters.most_common(1)[0][0] if quarters else 0
    upright = [word for word in words if word.quarter == quarter]
    lines = tuple(_lines(letters, upright))
    pictures = 0 if words else sum(1 for _ in page.get_objects([raw.FPDF_PAGEOBJ_IMAGE]))
    text_page.close()
    page.close()
    left, bottom, right, top = box
    count = _Count(
        sum(len(word.text) for word in words),
        sum(word.doubtful for word in words),
        len(words) - len(upright),
        pictures,
    )
    return Page(number, right - left if quarter % 2 else top - bottom, lines), count


def _words(letters: Any, box: Sequence[float]) -> Iterator[_Word]:
    text: list[str] = []
    first = last = 0
    for index in range(raw.FPDFText_CountChars(letters)):
        character = chr(raw.FPDFText_GetUnicode(letters, index))
        if character in _HYPHENS or character.isspace() or character == "\0":
            if text:
                is_hyphen = character in _HYPHENS
                yield _word(letters, box, "".join(text), first, last, is_hyphenated=is_hyphen)
                text = []
        else:
            if not text:
                first = index
            text.append(character)
            last = index
    if text:
        yield _word(letters, box, "".join(text), first, last, is_hyphenated=False)


def _word(
    letters: Any, box: Sequence[float], text: str, first: int, last: int, *, is_hyphenated: bool
) -> _Word:
    """Look up where a word stands, in the direction in which it is read."""
    matrix, start, end = raw.FS_MATRIX(), raw.FS_RECTF(), raw.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetMatrix(letters, first, matrix)
    raw.FPDFText_GetCharOrigin(letters, first, x, y)
    raw.FPDFText_GetLooseCharBox(letters, first, start)
    raw.FPDFText_GetLooseCharBox(letters, last, end)
    left, bottom, right, top = box
    turns = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
    quarter = None if abs(turns - round(turns)) > _SLANTED else round(turns) % 4
    if quarter == 1:
        place = (start.bottom - bottom, end.top - bottom, x.value - left)
    elif quarter == 2:
        place = (right - start.right, right - end.left, y.value - bottom)
    elif quarter == 3:
        place = (top - start.top, top - end.bottom, right - x.value)
    else:
        place = (start.left - left, end.right - left, top - y.value)
    # Letters beyond the first 65,536 may come in two halves, and in broken files one of them alone.
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    is_unmapped = raw.FPDFText_HasUnicodeMapError(letters, first) == 1
    doubtful = len(text) if is_unmapped else text.count("\ufffd")
    if not text.isprintable():
        doubtful = max(doubtful, _without_meaning(text))
        text = "".join(c for c in text if unicodedata.category(c) != "Cc")
    return _Word(
        text=text,
        left=place[0],
        right=place[1],
        base=place[2],
        size=raw.FPDFText_GetFontSize(letters, first) * math.hypot(matrix.c, matrix.d),
        quarter=quarter,
        first=first,
        doubtful=doubtful,
        is_hyphenated=is_hyphenated,
    )


def _without_meaning(text: str) -> int:
    """Count characters that mean something in their own font only, a bullet excepted."""
    if len(text) == 1 and unicodedata.category(text) == "Co":
        return 0
    return sum(unicodedata.category(c) in ("Cc", "Co", "Cn") for c in text)


def _lines(letters: Any, words: Sequence[_Word]) -> Iterator[Line]:
    """Put together the words that follow each other on a base line."""
    seen: set[tuple[str, int, int]] = set()
    run: list[_Word] = []
    for word in [*words, None]:
        if run and (word is None or not _goes_on(run[-1], word)):
            line = _line(letters, run)
            # Bold letters are sometimes made by printing them twice.
            place = (line.text, round(line.left / line.size), round(line.base / line.size))
            if line.text and place not in seen:
                seen.add(place)
                yield line
            run = []
        if word is not None:
            run.append(word)


def _goes_on(word: _Word, following: _Word) -> bool:
    size = max(word.size, following.size)
    gap = following.left - word.right
    is_level = abs(following.base - word.base) < 0.6 * size
    return not word.is_hyphenated and is_level and -size < gap < _WIDE * size


def _line(letters: Any, words: Sequence[_Word]) -> Line:
    sizes: Counter[float] = Counter()
    for word in words:
        sizes[word.size] += len(word.text)
    size = sizes.most_common(1)[0][0]  # of the text, whatever notes it refers to
    text = " ".join(word.text for word in words if word.text)
    is_hyphenated = words[-1].is_hyphenated
    return Line(
        text=text + "-" if is_hyphenated else text,
        left=words[0].left,
        right=words[-1].right,
        base=next(word.base for word in words if word.size == size),
        size=max(size, 0.1),
        is_bold=_is_bold(letters, words[0]) and _is_bold(letters, words[-1]),
        is_hyphenated=is_hyphenated,
    )


def _is_bold(letters: Any, word: _Word) -> bool:
    name = ctypes.create_string_buffer(_LONGEST_FONT_NAME)
    raw.FPDFText_GetFontInfo(letters, word.first, name, _LONGEST_FONT_NAME, ctypes.c_int())
    return _BOLD.search(name.value) is not None


def _bookmarks(document: Any) -> Iterator[Bookmark]:
    for number, bookmark in enumerate(document.get_toc()):
        if number == _MOST_BOOKMARKS:
            return
        title = _declared(functools.partial(raw.FPDFBookmark_GetTitle, bookmark.raw))
        yield Bookmark(bookmark.level + 1, title)


def _own(document: Any, pages: Sequence[Page]) -> Metadata:
    """Return what the file declares of itself."""
    shown = "".join(line.text for page in pages[:2] for line in page.lines)
    title = _declared(functools.partial(raw.FPDF_GetMetaText, document, b"Title"))
    language = _declared(functools.partial(raw.FPDFCatalog_GetLanguage, document))
    return Metadata(
        title=trusted_title(title, shown),
        language=trusted_language(language),
    )


def _declared(tell: Callable[[Any, int], int]) -> str:
    """Return a text as PDFium tells it: into a buffer, of a size that it tells as well.

    What is no proper UTF-16 is replaced; pypdfium2 would raise.
    """
    size = tell(None, 0)
    if not 0 < size <= _LONGEST_DECLARED:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    tell(buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")
