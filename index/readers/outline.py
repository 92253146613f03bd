"""Blocks of any format, in reading order, to the paragraphs of a body.

An item of a list says little without the sentence before the list, and a row of a table little
without the heads of its columns. So each carries what introduces it, word for word, apart from its
own text; and short neighbours of one list or table are one paragraph, for alone they would be
passages of two words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from index.readers.body import Body
from index.readers.metadata import LONGEST_HEADING, NOTHING_KNOWN, Metadata
from index.records import Paragraph
from index.sentences import sentence_spans

SHORT = 120  # characters of an item or a row that is put together with its neighbours
TOGETHER = 400  # characters that neighbours may have in all
_ENDS = frozenset(".!?。！？；;…")
_CLOSING = "\"'”’)]»」』）】》"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells as one text, and where it stands."""

    text: str
    line: int | None = None
    page: int | None = None


class Outline:
    """Takes headings, paragraphs, lists and tables as they come."""

    def __init__(self) -> None:
        self._paragraphs: list[Paragraph] = []
        self._headings: dict[int, str] = {}
        self._title: str | None = None
        self._titled: int | None = None
        self._lists: list[str | None] = []  # what introduces each list that is open
        self._lead: str | None = None  # what would introduce a list or table that starts now
        self._items: list[Row] = []  # neighbours that wait for more

    def heading(
        self, level: int, text: str, line: int | None = None, page: int | None = None
    ) -> None:
        """Take a heading; the first of the first level, before all else, is the title."""
        self._close_group()
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
        self._lead = None

    def paragraph(self, text: str, line: int | None = None, page: int | None = None) -> None:
        """Take a block of text that stands for itself."""
        self._close_group()
        if text.strip():
            self._add(text.strip(), self._introductions(), line, page)
            self._lead = _introducing(text.strip())

    def open_list(self) -> None:
        """Begin a list, which may stand within an item of another."""
        self._close_group()
        self._lists.append(self._lead)
        self._lead = None

    def close_list(self) -> None:
        """End the list that was begun last."""
        self._close_group()
        self._lists.pop()
        self._lead = None

    def item(self, text: str, line: int | None = None, page: int | None = None) -> None:
        """Take an item of the list, or its first block."""
        if not text.strip():
            return
        item = Row(text.strip(), line, page)
        if not _belong_together([*self._items, item]):
            self._close_group()
        self._items.append(item)
        self._lead = _introducing(text.strip())

    def table(self, rows: Sequence[Row], heads: int) -> None:
        """Take a table whose first rows, `heads` of them, name its columns."""
        self._close_group()
        rows = [row for row in rows if row.text.strip()]
        lead = self._introductions() + ((self._lead,) if self._lead else ())
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
        self._lead = None

    def body(self, own: Metadata = NOTHING_KNOWN, notes: Sequence[str] = ()) -> Body:
        """Return all that was taken."""
        self._close_group()
        return Body(tuple(self._paragraphs), self._title, own, self._titled, tuple(notes))

    def _introductions(self) -> tuple[str, ...]:
        return tuple(lead for lead in self._lists if lead)

    def _close_group(self) -> None:
        if self._items:
            group, self._items = self._items, []
            self._add_group(group, self._introductions())

    def _add_group(self, group: Sequence[Row], introduction: tuple[str, ...]) -> None:
        text = "\n".join(row.text for row in group)
        self._add(text, introduction, group[0].line, group[0].page)

    def _add(
        self, text: str, introduction: tuple[str, ...], line: int | None, page: int | None
    ) -> None:
        self._paragraphs.append(
            Paragraph(
                number=len(self._paragraphs) + 1,
                text=text,
                heading=tuple(self._headings[level] for level in sorted(self._headings)),
                introduction=introduction,
                page=page,
                line=line,
            )
        )


def _belong_together(group: Sequence[Row]) -> bool:
    sizes = [len(row.text) for row in group]
    return max(sizes) <= SHORT and sum(sizes) <= TOGETHER


def _introducing(text: str) -> str | None:
    """Return the last sentence of a text that leads to what follows it; None where it ends."""
    start, end = sentence_spans(text)[-1]
    sentence = text[start:end]
    is_finished = sentence.rstrip(_CLOSING)[-1:] in _ENDS
    return None if is_finished or len(sentence) > LONGEST_HEADING else sentence
