"""Lines as they stand on pages, to rows in reading order.

Columns are read one after the other; running heads, running feet and page numbers are left out.
What is on a page cannot be asked what it is: where there is doubt, a line stays where and what it
is, for a stray page number hurts less than a lost sentence.
"""

import itertools
import re
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Line:
    """A run of words on one base line, without a gap as wide as between columns."""

    text: str
    left: float  # points from the left edge of the page
    right: float
    base: float  # points from the top edge of the page down to the base line
    size: float  # of the letters, in points
    is_bold: bool = False
    is_hyphenated: bool = False  # the parser took its last hyphen for the sign of a parted word


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page, in the order in which they were drawn."""

    number: int  # from 1
    height: float  # points
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """The lines that stand beside each other in one column."""

    page: int
    column: int  # counts the columns of all pages, in reading order
    lines: tuple[Line, ...]  # from left to right

    @property
    def base(self) -> float:
        """Points from the top edge of the page down to the base line."""
        return self.lines[0].base


_MARGIN = 0.2  # of the page's height, where heads and feet are looked for
_OUTERMOST = 3  # rows at either edge that may be head or foot
_SAME_PLACE = 4.0  # points
_CELLS = 3  # lines beside each other; a head or foot rarely has more than a left and a right
_FEWEST_PAGES = 3  # on fewer, nothing repeats often enough to be sure
_ENOUGH_PAGES = 8  # so often a head repeats by no chance, such as the name of a chapter
_NUMBER = r"(?:\d{1,4}|[ivxlc]{1,6})"
_PAGE_NUMBER = re.compile(
    rf"\W*(?:(?:page|p\.|第)\s*)?{_NUMBER}\s*页?(?:\s*(?:of|/|，?\s*共)\s*{_NUMBER}\s*页?)?\W*",
    re.I,
)
_SURE_PAGE_NUMBER = re.compile(r"\W*(?:page\s+\d+(?:\s+of\s+\d+)?|第\s*\d+\s*页.*)\W*", re.I)


def reading_order(pages: Sequence[Page]) -> list[Row]:
    """Return the rows of all pages, heads and feet left out."""
    found: list[Row] = []
    columns = 0
    for page in without_heads_and_feet(pages):
        for column in _columns(page.lines):
            columns += 1
            found.extend(Row(page.number, columns, row) for row in _rows(column))
    return found


@dataclass(frozen=True, slots=True)
class _Edge:
    """A row that may be a head or a foot."""

    lines: tuple[Line, ...]
    is_outermost: bool

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def key(self) -> tuple[str, int]:
        """What it says but for its numbers, and where."""
        pattern = re.sub(r"\d+", "#", " ".join(self.text.split()))
        return pattern, round(self.lines[0].base / _SAME_PLACE)

    @property
    def may_repeat(self) -> bool:
        """Tell it from a row of a table, which differs from others in its numbers only."""
        if not any(character.isalpha() for character in self.text):
            return self.is_outermost and len(self.lines) == 1
        return len(self.lines) < _CELLS or not any(c.isdecimal() for c in self.text)


def without_heads_and_feet(pages: Sequence[Page]) -> list[Page]:
    """Leave out what repeats at the edges of most pages, and page numbers."""
    edges = [_edges(page) for page in pages]
    repeated: Counter[tuple[str, int]] = Counter()
    places: Counter[int] = Counter()  # of the outermost rows
    numbered = 0
    for page_edges in edges:
        repeated.update(edge.key for edge in page_edges if edge.may_repeat)
        places.update(edge.key[1] for edge in page_edges if edge.is_outermost)
        numbered += any(_is_page_number(edge) for edge in page_edges)
    # Left and right pages may have heads of their own, so less than half is enough.
    enough = max(_FEWEST_PAGES, min(0.4 * len(pages), _ENOUGH_PAGES))
    are_numbered = len(pages) >= _FEWEST_PAGES and numbered > 0.6 * len(pages)
    kept: list[Page] = []
    shown: set[str] = set()  # heads of tables, which are needed once
    for page, page_edges in zip(pages, edges, strict=True):
        gone: set[Line] = set()
        for edge in page_edges:
            # Where most pages have a head, that of a chapter needs to be on no more than two.
            is_usual = len(pages) > _FEWEST_PAGES and places[edge.key[1]] > len(pages) / 2
            often = edge.may_repeat and _count_near(repeated, edge) >= (2 if is_usual else enough)
            if often and len(edge.lines) >= _CELLS and edge.key[0] not in shown:
                shown.add(edge.key[0])
            elif often or _is_number_of(page, edge, are_numbered=are_numbered):
                gone.update(edge.lines)
        lines = tuple(line for line in page.lines if line not in gone)
        kept.append(Page(page.number, page.height, lines))
    return kept


def _edges(page: Page) -> list[_Edge]:
    """Return the rows that may be head or foot: outermost, and within the margins."""
    rows = _rows(page.lines)
    margin = _MARGIN * page.height
    return [
        _Edge(row, number in (0, len(rows) - 1))
        for number, row in enumerate(rows)
        if min(number, len(rows) - 1 - number) < _OUTERMOST
        and not margin < row[0].base < page.height - margin
    ]


def _is_page_number(edge: _Edge) -> bool:
    return edge.is_outermost and _PAGE_NUMBER.fullmatch(edge.text) is not None


def _is_number_of(page: Page, edge: _Edge, *, are_numbered: bool) -> bool:
    if are_numbered and _is_page_number(edge):
        return True
    if _SURE_PAGE_NUMBER.fullmatch(edge.text):
        return True
    is_foot = edge.is_outermost and edge.lines[0].base > page.height / 2
    return is_foot and edge.text.strip() == str(page.number)


def _count_near(repeated: Counter[tuple[str, int]], edge: _Edge) -> int:
    pattern, place = edge.key
    return sum(repeated[pattern, near] for near in (place - 1, place, place + 1))


_FEWEST_LINES = 4  # a column has
_FILLED = 0.6  # of its width; the cells of a table are shorter
_TURNS = 0.3  # of the lines; a table is drawn row by row, columns one after the other
_MOST_COLUMNS = 6
_MOST_LINES = 2_000  # of a page, where columns are looked for


def _columns(lines: Sequence[Line], level: int = 0) -> list[list[Line]]:
    """Part the lines of a page into columns, in reading order."""
    is_searched = level < _MOST_COLUMNS and len(lines) <= _MOST_LINES
    gutter = _gutter(lines) if is_searched else None
    if gutter is None:
        return [list(lines)] if lines else []
    found: list[list[Line]] = []
    across = sorted(
        (line for line in lines if line.left < gutter < line.right), key=lambda line: line.base
    )
    edges = [line.base for line in across]
    bands: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if not line.left < gutter < line.right:
            bands[bisect(edges, line.base)].append(line)
    above: list[Line] = []  # lines across that follow each other directly
    for number in range(len(across) + 1):
        if bands[number]:
            if above:
                found.append(above)
                above = []
            sides = _sides(bands[number], gutter)
            for side in sides:
                found.extend(_columns(side, level + 1))
        if number < len(across):
            above.append(across[number])
    if above:
        found.append(above)
    return found


def _sides(lines: Iterable[Line], gutter: float) -> tuple[list[Line], list[Line]]:
    sides: tuple[list[Line], list[Line]] = ([], [])
    for line in lines:
        sides[line.left >= gutter].append(line)
    return sides


def _gutter(lines: Sequence[Line]) -> float | None:
    """Return where a blank strip parts two columns of text, if it does."""
    best: tuple[int, float] | None = None
    starts = Counter(round(line.left) for line in lines)
    for start in sorted(start for start, count in starts.items() if count >= _FEWEST_LINES):
        gutter = start - 1.0
        crossing = sum(line.left < gutter < line.right for line in lines)
        if best is not None and crossing > best[0]:
            continue
        left, right = _sides(
            (line for line in lines if not line.left < gutter < line.right), gutter
        )
        is_enough = min(len(left), len(right)) >= max(_FEWEST_LINES, crossing)
        if is_enough and _are_columns(lines, gutter, left, right):
            best = (crossing, gutter)
    return None if best is None else best[1]


def _are_columns(
    lines: Sequence[Line], gutter: float, left: Sequence[Line], right: Sequence[Line]
) -> bool:
    """Tell columns of text from the columns of a table, and from what only stands indented."""
    top = max(min(line.base for line in side) for side in (left, right))
    bottom = min(max(line.base for line in side) for side in (left, right))
    beside = [sum(top <= line.base <= bottom for line in side) for side in (left, right)]
    if min(beside) < _FEWEST_LINES:
        return False
    for side in (left, right):
        width = max(line.right for line in side) - min(line.left for line in side)
        if median(line.right - line.left for line in side) < _FILLED * width:
            return False
    drawn = [line.left < gutter for line in lines if not line.left < gutter < line.right]
    turns = sum(one is not other for one, other in itertools.pairwise(drawn))
    is_prose = median(len(line.text) for line in (*left, *right)) > 20
    return turns <= _TURNS * len(drawn) or is_prose


def _rows(lines: Iterable[Line]) -> list[tuple[Line, ...]]:
    """Put lines of one base line together, from the top down."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.base):
        if rows and line.base - rows[-1][0].base < 0.4 * min(line.size, rows[-1][0].size):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [tuple(sorted(row, key=lambda line: line.left)) for row in rows]


def body_size(rows: Iterable[Row]) -> float:
    """Return the size in which most of the text is set."""
    counted: Counter[float] = Counter()
    for row in rows:
        for line in row.lines:
            counted[round(line.size, 1)] += len(line.text)
    return counted.most_common(1)[0][0] if counted else 0.0
