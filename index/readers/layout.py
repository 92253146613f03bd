"""Rows in reading order to headings, paragraphs, lists and tables.

A page knows none of these. A paragraph ends where the gap is wider, the letters change, a line is
indented, a mark of a list begins one, or a line is left short although the next word would have
had room. A heading is what the bookmarks name, or else a short block in larger or bolder letters
with text below it.
"""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from index.readers.declared import letters_of
from index.readers.metadata import LONGEST_HEADING
from index.readers.outline import SHORT, Outline
from index.readers.outline import Row as TableRow
from index.readers.pages import Line, Page, Row, body_size, reading_order


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the contents that a file carries for its viewer."""

    level: int  # from 1
    title: str


@dataclass(frozen=True, slots=True)
class _Column:
    """Where the text of a column stands."""

    left: float
    right: float
    leading: float  # points from one base line to the next


@dataclass(slots=True)
class _Block:
    """Lines that belong together."""

    page: int
    column: int
    lines: list[Line] = field(default_factory=list)
    table: list[TableRow] = field(default_factory=list)  # instead of lines
    heads: int = 0  # rows of the table that name its columns
    has_gap: bool = True  # before it

    @property
    def left(self) -> float:
        return self.lines[0].left if self.lines else 0.0

    @property
    def size(self) -> float:
        return self.lines[0].size if self.lines else 0.0

    @property
    def is_item(self) -> bool:
        return bool(self.lines) and _ITEM.match(self.lines[0].text) is not None


_PRIVATE = "\ue000-\uf8ff"  # signs of a font's own, most of them bullets
_BULLET = re.compile(rf"(?:[•◦▪▫‣●○■□◆◇➢➤✓✔·∙⁃{_PRIVATE}]\s*|[-–—*o]\s+)(?=\S)")
_ENUMERATOR = (
    r"(?:\((?:\d{1,3}|[a-z]{1,2}|[ivx]{1,5})\)|(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]"
    r"|\d{1,3}(?:\.\d{1,3}){1,4}\.?)(?=\s+\S)"
    r"|[（(][一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}、"
)
_ITEM = re.compile(rf"{_BULLET.pattern}|{_ENUMERATOR}")
# An article begins a paragraph as an item does, but stands for itself.
_MARK = re.compile(rf"{_ITEM.pattern}|第[一二三四五六七八九十百千零〇\d]{{1,6}}[条章节]")
_ONLY_A_MARK = re.compile(rf"[•◦▪▫‣●○■□◆◇➢➤✓✔·∙⁃{_PRIVATE}*–—-]|\(?\w{{1,5}}[.)]|\d+(?:\.\d+)*\.?")
_UNPRINTABLE_BULLET = re.compile(rf"[{_PRIVATE}]+\s*")
_RULE = re.compile(r"[-_=~.·*—–─━\s]{5,}")
# Of a table of contents; looked for from its first point on, for a line may have thousands.
_LEADER = re.compile(r"(?<!\.)(?<!\. )(?:\. ?){5,}\s*\w{1,6}$|(?<!…)…{2,}\s*\w{1,6}$")
_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’)\]»」』）】》]*$")
_CLAUSE_END = re.compile(r"(?:[:;,：；，]|\b(?:and|or))$")
_CJK = "\u2e80-\u303f\u3040-\u30ff\u31c0-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
_IS_CJK = re.compile(rf"[{_CJK}]")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_NEAR = 4.0  # times the size of the letters, between a mark and its text
_LARGER = 1.12  # times the size of the text; what is larger may be a heading
_SAME_SIZE = 0.11
_SMALL = 0.92  # times the size of the text; what is smaller is a note or a caption


def compose(pages: Sequence[Page], bookmarks: Sequence[Bookmark] = ()) -> Outline:
    """Return what stands on the pages, as an outline."""
    rows = [row for row in map(_without_rules, reading_order(pages)) if row.lines]
    words = _vocabulary(rows)
    body = body_size(rows)
    blocks = _joined_over_breaks(_blocks(rows), body, _geometry(rows))
    texts = [_text(block.lines, words) for block in blocks]
    levels = _heading_levels(blocks, texts, body, bookmarks)
    outline = Outline()
    lists: list[float] = []  # left edges of the lists that are open
    for number, (block, text, level) in enumerate(zip(blocks, texts, levels, strict=True)):
        is_item = block.is_item or _is_line_of_verse(blocks, levels, number)
        if level or block.table or not (is_item or (lists and _is_below_item(block, lists))):
            _close(outline, lists, -1.0)
        if level:
            outline.heading(level, text, page=block.page)
        elif block.table:
            outline.table(block.table, block.heads)
        elif is_item:
            _close(outline, lists, block.left + 0.5 * block.size)
            if not lists or block.left > lists[-1] + 0.5 * block.size:
                outline.open_list()
                lists.append(block.left)
            outline.item(_UNPRINTABLE_BULLET.sub("", text, count=1), page=block.page)
        else:
            outline.paragraph(text, page=block.page)
    _close(outline, lists, -1.0)
    return outline


def _without_rules(row: Row) -> Row:
    """Leave out lines that are drawn with signs."""
    lines = tuple(line for line in row.lines if not _RULE.fullmatch(line.text))
    return Row(row.page, row.column, lines)


def _close(outline: Outline, lists: list[float], left: float) -> None:
    """Close the lists that stand further right."""
    while lists and lists[-1] > left:
        outline.close_list()
        lists.pop()


def _is_below_item(block: _Block, lists: Sequence[float]) -> bool:
    return block.left > lists[-1] + 0.5 * block.size


def _is_line_of_verse(blocks: Sequence[_Block], levels: Sequence[int | None], number: int) -> bool:
    """Say whether a block is one of three short lines or more that follow without a gap."""

    def is_short(index: int) -> bool:
        if not 0 <= index < len(blocks) or levels[index]:
            return False
        block = blocks[index]
        return len(block.lines) == 1 and not block.is_item and len(block.lines[0].text) <= SHORT

    def follows(index: int) -> bool:
        return (
            is_short(index)
            and is_short(index - 1)
            and not blocks[index].has_gap
            and abs(blocks[index].left - blocks[index - 1].left) < 0.5 * blocks[index].size
        )

    return (
        (follows(number) and follows(number + 1))
        or (follows(number) and follows(number - 1))
        or (follows(number + 1) and follows(number + 2))
    )


def _geometry(rows: Iterable[Row]) -> dict[int, _Column]:
    columns: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        columns[row.column].append(row)
    return {number: _column(members) for number, members in columns.items()}


def _column(rows: Sequence[Row]) -> _Column:
    steps = [
        other.base - row.base
        for row, other in itertools.pairwise(rows)
        if other.base - row.base < 3 * row.lines[0].size
    ]
    size = rows[0].lines[0].size
    return _Column(
        left=min(line.left for row in rows for line in row.lines),
        right=max(line.right for row in rows for line in row.lines),
        leading=median(steps) if steps else 1.2 * size,
    )


def _blocks(rows: Sequence[Row]) -> list[_Block]:
    geometry = _geometry(rows)
    blocks: list[_Block] = []
    rows = [_with_marks_joined(row) for row in rows]
    for number, row in enumerate(rows):
        column = geometry[row.column]
        block = blocks[-1] if blocks else None
        starts_column = block is None or block.column != row.column
        if _is_in_table(rows, number):
            cells = "\t".join(line.text for line in row.lines)
            if block is None or starts_column or not block.table:
                block = _Block(row.page, row.column)
                blocks.append(block)
            if not block.table and all(line.is_bold for line in row.lines):
                block.heads = 1
            block.table.append(TableRow(cells, page=row.page))
            continue
        line = _as_one(row.lines)
        if block is None or starts_column or block.table:
            blocks.append(_Block(row.page, row.column, [line]))
        elif _starts_block(block, line, column):
            gap = _is_gap(block.lines[-1], line, column)
            blocks.append(_Block(row.page, row.column, [line], has_gap=gap))
        else:
            block.lines.append(line)
    return blocks


def _with_marks_joined(row: Row) -> Row:
    """Put a bullet or a number together with the text that it stands before."""
    lines = list(row.lines)
    if len(lines) > 1 and _ONLY_A_MARK.fullmatch(lines[0].text):
        mark, text = lines[:2]
        if text.left - mark.right < _NEAR * text.size:  # else it is a cell of a table
            lines[:2] = [_as_one(lines[:2])]
    return Row(row.page, row.column, tuple(lines))


def _as_one(lines: Sequence[Line]) -> Line:
    if len(lines) == 1:
        return lines[0]
    main = max(lines, key=lambda line: len(line.text))
    return Line(
        text=" ".join(line.text for line in lines),
        left=lines[0].left,
        right=lines[-1].right,
        base=lines[0].base,
        size=main.size,
        is_bold=all(line.is_bold for line in lines),
        is_hyphenated=lines[-1].is_hyphenated,
    )


def _is_in_table(rows: Sequence[Row], number: int) -> bool:
    """Say whether a row of several lines has a neighbour whose lines stand below or above them."""
    row = rows[number]
    return len(row.lines) > 1 and any(
        0 <= other < len(rows)
        and rows[other].column == row.column
        and len(rows[other].lines) > 1
        and _are_aligned(row, rows[other])
        for other in (number - 1, number + 1)
    )


def _are_aligned(row: Row, other: Row) -> bool:
    near = row.lines[0].size
    return any(
        abs(line.left - cell.left) < near or abs(line.right - cell.right) < near
        for number, line in enumerate(row.lines)
        for cell in other.lines[number == 0 :]  # the first of both are aligned in any text
    )


def _is_gap(previous: Line, line: Line, column: _Column) -> bool:
    step = line.base - previous.base
    return step > 1.3 * max(column.leading, 1.1 * min(line.size, previous.size)) or step < 0


def _starts_block(block: _Block, line: Line, column: _Column) -> bool:
    """Say whether a line begins something new below a block."""
    previous = block.lines[-1]
    if _is_gap(previous, line, column) or previous.is_bold != line.is_bold:
        return True
    if abs(line.size - previous.size) > _SAME_SIZE * max(line.size, previous.size):
        return True
    if previous.is_hyphenated:
        return False
    if _LEADER.search(previous.text):
        return True
    slack = column.right - previous.right
    has_room = slack > _first_word_width(line)
    ends = _SENTENCE_END.search(previous.text) is not None
    if _MARK.match(line.text) and (
        _BULLET.match(line.text) or has_room or ends or _CLAUSE_END.search(previous.text)
    ):
        return True
    if not _are_centred(previous, line) and _is_moved(block, line):
        return True
    if not has_room:
        return False
    if ends:
        return True
    return slack > 0.3 * (column.right - column.left) and not line.text[0].islower()


def _is_moved(block: _Block, line: Line) -> bool:
    """Say whether a line is indented or outdented against the lines above."""
    moved = line.left - block.lines[-1].left
    tolerance = 0.8 * line.size
    if moved > tolerance:  # below the first line of an item the text hangs
        return not (block.is_item and len(block.lines) == 1)
    if moved < -tolerance:  # below the indented first line of a paragraph it returns
        return len(block.lines) > 1
    return False


def _are_centred(line: Line, other: Line) -> bool:
    middle = (line.left + line.right) / 2
    return abs(middle - (other.left + other.right) / 2) < 0.5 * line.size


def _first_word_width(line: Line) -> float:
    if _IS_CJK.match(line.text):
        return 2.5 * line.size  # a line also ends early to keep a full stop off the next
    word = line.text.split(maxsplit=1)[0]
    return (line.right - line.left) * (len(word) + 1) / max(len(line.text), 1)


def _joined_over_breaks(
    blocks: Sequence[_Block], body: float, geometry: dict[int, _Column]
) -> list[_Block]:
    """Join paragraphs that go on in the next column or on the next page."""
    indented = [
        block.lines[0].left - block.lines[1].left > 0.8 * block.size
        for block in blocks
        if len(block.lines) > 1 and not block.is_item
    ]
    are_indented = sum(indented) > 0.5 * len(indented)
    joined: list[_Block] = []
    last: _Block | None = None  # the last block that is no note at the foot of a column
    last_column = 0  # where its last line stands
    for block in blocks:
        if last is not None and block.column != last_column and not _is_small(block, body):
            column, next_column = geometry[last_column], geometry[block.column]
            if _goes_on(last, block, column, next_column, are_indented=are_indented):
                last.lines.extend(block.lines)
                last_column = block.column
                continue
        joined.append(block)
        if not _is_small(block, body):
            last, last_column = block, block.column
    return joined


def _is_small(block: _Block, body: float) -> bool:
    return bool(block.lines) and block.size < _SMALL * body


def _goes_on(
    last: _Block, block: _Block, column: _Column, next_column: _Column, *, are_indented: bool
) -> bool:
    if not last.lines or not block.lines or _MARK.match(block.lines[0].text):
        return False
    end, start = last.lines[-1], block.lines[0]
    if abs(end.size - start.size) > _SAME_SIZE * end.size or end.is_bold != start.is_bold:
        return False
    if end.is_hyphenated:
        return True
    if column.right - end.right > max(_first_word_width(start), 2 * end.size):
        ends = _SENTENCE_END.search(end.text) or _CLAUSE_END.search(end.text)
        return start.text[0].islower() and not ends
    if not _SENTENCE_END.search(end.text):
        return not _CLAUSE_END.search(end.text) or start.text[0].islower()
    is_indented = start.left > next_column.left + 0.8 * start.size
    return are_indented and not is_indented and len(block.lines) > 1


def _vocabulary(rows: Iterable[Row]) -> Counter[str]:
    """Count the words that no line end parts."""
    counted: Counter[str] = Counter()
    is_parted = False
    for row in rows:
        for line in row.lines:
            words = [word.lower() for word in _WORD.findall(line.text)]
            ends_parted = _is_parted(line)
            counted.update(words[is_parted : len(words) - ends_parted])
            is_parted = ends_parted
    return counted


def _is_parted(line: Line) -> bool:
    return line.is_hyphenated or re.search(r"\w-$", line.text) is not None


def _text(lines: Sequence[Line], words: Counter[str]) -> str:
    """Return lines as one text, the words that were parted at their ends joined."""
    text = ""
    is_parted = False
    for line in lines:
        if is_parted:
            text = _with_word_joined(text, line.text, words)
        elif not text or (_IS_CJK.match(text[-1]) and _IS_CJK.match(line.text)):
            text += line.text
        else:
            text += " " + line.text
        is_parted = _is_parted(line)
    return text


def _with_word_joined(text: str, below: str, words: Counter[str]) -> str:
    """Join a text that ends with a hyphen and the line below it.

    The hyphen belongs to the word where the document has the word with it elsewhere, and not
    without it; else it goes before a small letter.
    """
    start = re.search(rf"(?:{_WORD.pattern})-$", text)
    end = _WORD.match(below)
    if start is None or end is None:
        return text + below
    first, second = start.group()[:-1].lower(), end.group().lower()
    whole, compound = words[first + second], words[f"{first}-{second}"]
    is_whole = whole >= compound if whole or compound else below[0].islower() and "-" not in first
    return text[:-1] + below if is_whole else text + below


def _heading_levels(
    blocks: Sequence[_Block], texts: Sequence[str], body: float, bookmarks: Sequence[Bookmark]
) -> list[int | None]:
    """Return for each block its level as a heading, if it is one."""
    named = _levels_of_bookmarks(texts, bookmarks)
    if named is not None:
        sized = _levels_of_sizes(blocks, texts, body)
        if named and not named[0] and sized and sized[0] == 1:
            named[0] = 1  # the title, which bookmarks rarely name
        return named
    return _levels_of_sizes(blocks, texts, body)


def _levels_of_bookmarks(
    texts: Sequence[str], bookmarks: Sequence[Bookmark]
) -> list[int | None] | None:
    """Return levels below that of the title, None where few of the bookmarks are found."""
    wanted = [(letters_of(bookmark.title), bookmark.level + 1) for bookmark in bookmarks]
    wanted = [(title, level) for title, level in wanted if title]
    levels: list[int | None] = [None] * len(texts)
    found = 0
    names = [letters_of(text) if len(text) <= LONGEST_HEADING else "" for text in texts]
    places: dict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        if name:
            places[name].append(number)
            places[name.lstrip("0123456789")].append(number)
    for title, level in wanted:
        numbers = places.get(title) or places.get(title.lstrip("0123456789"))
        if numbers:
            levels[numbers[-1]] = level  # an earlier one stands in the table of contents
            found += 1
    return levels if len(wanted) > 1 and found > 0.5 * len(wanted) else None


def _levels_of_sizes(
    blocks: Sequence[_Block], texts: Sequence[str], body: float
) -> list[int | None]:
    characters = sum(len(line.text) for block in blocks for line in block.lines)
    bold = sum(len(line.text) for block in blocks for line in block.lines if line.is_bold)
    are_bold_rare = bold < 0.3 * characters
    ranks: list[tuple[float, bool] | None] = []
    for block, text in zip(blocks, texts, strict=True):
        ranks.append(_rank(block, text, body, are_bold_rare=are_bold_rare))
    order = sorted({rank for rank in ranks if rank}, reverse=True)
    levels = [order.index(rank) + 1 if rank else None for rank in ranks]
    following: int | None = 1  # what comes after the last block ends it, too
    for number in range(len(levels) - 1, -1, -1):
        level = levels[number]
        if level and following and following <= level and level > 1:
            levels[number] = None  # heads no text: a line of a title page, not a heading
        following = level
    return levels


def _rank(
    block: _Block, text: str, body: float, *, are_bold_rare: bool
) -> tuple[float, bool] | None:
    """Return what orders headings, if a block looks like one: its size, and whether it is bold."""
    if not block.lines or len(block.lines) > 3 or not re.search(r"\w", text):
        return None
    is_bold = are_bold_rare and all(line.is_bold for line in block.lines)
    is_larger = block.size >= _LARGER * body
    is_sentence = _SENTENCE_END.search(text) is not None and not _MARK.fullmatch(text)
    if is_larger and len(text) <= LONGEST_HEADING and not (is_sentence and len(text) > 60):
        return (round(block.size), is_bold)
    ends_open = _CLAUSE_END.search(text) is not None
    if is_bold and block.size >= _SMALL * body and len(text) <= SHORT:
        return None if is_sentence or ends_open else (round(body), True)
    return None
