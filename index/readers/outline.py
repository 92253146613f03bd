"""Blocks of any format, in reading order, to the paragraphs of a body.

An item of a list says little without the sentence before the list, and a row of a table little
without the heads of its columns. So each carries what introduces it, word for word, apart from its
own text; and short neighbours of one list or table are one paragraph, for alone they would be
passages of two words.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from index.readers.body import Body
from index.readers.metadata import LONGEST_HEADING, NOTHING_KNOWN, Metadata
from index.records import Paragraph
from index.sentences import sentence_spans

SHORT = 120  # characters of an item or a row that is put together with its neighbours
TOGETHER = 400  # characters that neighbours may have in all
# Marks at the beginning of an item, by kind; some are of two kinds.
_MARKS = {
    "bullet": re.compile(r"[-*+•·●○◦▪■–—][ \t]+\S"),
    "(letter)": re.compile(r"[(（][A-Za-z][)）]"),
    "(roman)": re.compile(r"[(（][ivxIVX]{1,5}[)）]"),
    "(number)": re.compile(r"[(（]\d{1,3}[)）]"),
    "number.": re.compile(r"\d{1,3}(?:[.)][ \t]|[．、）])"),
    "letter.": re.compile(r"[A-Za-z][.)][ \t]"),
    "（一）": re.compile(r"[(（][一二三四五六七八九十百]{1,5}[)）]"),
    "一、": re.compile(r"[一二三四五六七八九十百]{1,5}、"),
    "①": re.compile(r"[①-⑳]"),
}
_ENDS = frozenset(".!?。！？；;…")
_CLOSING = "\"'”’)]»」』）】》"


class Row(NamedTuple):
    """A row of a table: its cells as one text, and where it stands."""

    text: str
    line: int | None = None
    page: int | None = None


class _List(NamedTuple):
    """A list that is open."""

    lead: str | None  # what introduces it
    marks: frozenset[str] = frozenset()  # kinds of marks of its items; none if the format marks it


class Outline:
    """Takes headings, paragraphs, lists and tables as they come."""

    def __init__(self, *, wraps: bool = False) -> None:
        """Begin; `wraps` says that the format also breaks a line where it is full."""
        self._wraps = wraps
        self._paragraphs: list[Paragraph] = []
        self._headings: dict[int, str] = {}
        self._heading: tuple[str, ...] = ()  # the same, outermost first
        self._title: str | None = None
        self._titled: int | None = None
        self._lists: list[_List] = []  # that are open, outermost first
        self._before: str | None = None  # the text that a list or table would follow now
        self._items: list[Row] = []  # neighbours that wait for more

    def heading(
        self, level: int, text: str, line: int | None = None, page: int | None = None
    ) -> None:
        """Take a heading; the first of the first level, before all else, is the title."""
        self._close_group()
        self._leave_marked_lists()
        name = " ".join(text.split())
        if len(name) > LONGEST_HEADING:
            self.paragraph(text, line, page)  # a paragraph that somebody underlined
        elif not name:
            pass  # a heading without text heads nothing
        elif level == 1 and self._title is None and not self._paragraphs and not self._headings:
            self._title = name
        else:
            if level == 1 and self._titled is None:
                self._titled = len(self._paragraphs)
            self._headings = {k: v for k, v in self._headings.items() if k < level}
            self._headings[level] = name
            self._heading = tuple(self._headings[level] for level in sorted(self._headings))
        self._before = None

    def paragraph(self, text: str, line: int | None = None, page: int | None = None) -> None:
        """Take a block of text that stands for itself, or an item that only its mark makes one.

        Many texts number what belongs to a sentence that ends in a colon without a list of their
        format: (a), （一）, 1. and the like.
        """
        text = text.strip()
        if not text:
            return
        if self._enters_marked_list(text):
            self.item(text, line, page)
            return
        self._close_group()
        self._leave_marked_lists()
        self._add(text, self._introductions(), line, page)
        self._before = text

    def open_list(self) -> None:
        """Begin a list, which may stand within an item of another."""
        self._close_group()
        self._lists.append(_List(_introducing(self._before)))
        self._before = None

    def close_list(self) -> None:
        """End the list that was begun last."""
        self._close_group()
        self._leave_marked_lists()
        self._lists.pop()
        self._before = None

    def item(self, text: str, line: int | None = None, page: int | None = None) -> None:
        """Take an item of the list, or its first block."""
        if not text.strip():
            return
        item = Row(text.strip(), line, page)
        if not _belong_together([*self._items, item]):
            self._close_group()
        self._items.append(item)
        self._before = item.text

    def table(self, rows: Sequence[Row], heads: int) -> None:
        """Take a table whose first rows, `heads` of them, name its columns."""
        self._close_group()
        rows = [row for row in rows if row.text.strip()]
        introducing = _introducing(self._before)
        lead = self._introductions() + ((introducing,) if introducing else ())
        named = tuple(row.text for row in rows[:heads] if len(row.text) <= LONGEST_HEADING)
        group: list[Row] = []
        for number, row in enumerate(rows):
            # The heads are never parted from the row below them.
            if group and number > heads and not _belong_together([*group, row]):
                self._add_group(group, lead)
                group, lead = [], lead if group[0] is not rows[0] else (*lead, *named)
            group.append(row)
        if group:
            self._add_group(group, lead)
        self._before = None

    def body(self, own: Metadata = NOTHING_KNOWN, notes: Sequence[str] = ()) -> Body:
        """Return all that was taken."""
        self._close_group()
        return Body(tuple(self._paragraphs), self._title, own, self._titled, tuple(notes))

    def _introductions(self) -> tuple[str, ...]:
        return tuple(each.lead for each in self._lists if each.lead)

    def _enters_marked_list(self, text: str) -> bool:
        """Go to the list that a text belongs to by its mark; False if there is none."""
        is_led = self._before is not None and self._before.endswith((":", "："))
        if not is_led and not (self._lists and self._lists[-1].marks):
            return False
        marks = _marks(text)
        if not marks:
            return False
        if is_led:
            self._close_group()
            self._lists.append(_List(_introducing(self._before), marks))
            return True
        depth = len(self._lists)
        while depth and self._lists[depth - 1].marks:
            if self._lists[depth - 1].marks & marks:
                if depth < len(self._lists):
                    self._close_group()
                    del self._lists[depth:]
                # An (i) is a letter or a number until the next one tells.
                here = self._lists[-1]
                self._lists[-1] = _List(here.lead, here.marks & marks)
                return True
            depth -= 1
        return False

    def _leave_marked_lists(self) -> None:
        """End the lists that only marks made, up to one that the format has."""
        while self._lists and self._lists[-1].marks:
            self._close_group()
            self._lists.pop()

    def _close_group(self) -> None:
        if self._items:
            group, self._items = self._items, []
            self._add_group(group, self._introductions())

    def _add_group(self, group: Sequence[Row], introduction: tuple[str, ...]) -> None:
        texts = [row.text for row in group]
        is_several = len(group) > 1
        if self._wraps and is_several:
            texts = list(map(_unwrapped, texts))
        first = group[0]
        self._add("\n".join(texts), introduction, first.line, first.page, is_lined=is_several)

    def _add(
        self,
        text: str,
        introduction: tuple[str, ...],
        line: int | None,
        page: int | None,
        *,
        is_lined: bool = False,
    ) -> None:
        self._paragraphs.append(
            Paragraph(
                number=len(self._paragraphs) + 1,
                text=text,
                heading=self._heading,
                introduction=introduction,
                page=page,
                line=line,
                is_lined="\n" in text and (is_lined or not self._wraps or _has_records(text)),
            )
        )


def _marks(text: str) -> frozenset[str]:
    """Return the kinds of marks that a text may begin with."""
    return frozenset(kind for kind, mark in _MARKS.items() if mark.match(text))


def _has_records(text: str) -> bool:
    """Say whether the lines of a text are rows or items, for each has tabs, or the same marks."""
    lines = text.split("\n")
    return all("\t" in line for line in lines) or bool(frozenset.intersection(*map(_marks, lines)))


def _unwrapped(text: str) -> str:
    """Return an item on one line, so that a line break ends it, unless it has items of its own."""
    return text if _has_records(text) else " ".join(map(str.strip, text.split("\n")))


def _belong_together(group: Sequence[Row]) -> bool:
    sizes = [len(row.text) for row in group]
    return max(sizes) <= SHORT and sum(sizes) <= TOGETHER


def _introducing(text: str | None) -> str | None:
    """Return the last sentence of a text that leads to what follows it; None where it ends."""
    if text is None or text.rstrip(_CLOSING)[-1:] in _ENDS:
        return None
    start, end = sentence_spans(text)[-1]
    return text[start:end] if end - start <= LONGEST_HEADING else None
