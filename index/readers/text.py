"""Plain text: paragraphs are divided by blank lines.

A first line `date YYYY-MM-DD TITLE` holds date and title. Headings are only what cannot be taken
for anything else: a chapter's line, or a line marked with "#", alone above other text. A text
whose lines are elements of HTML, one or more a line, is read as such.
"""

import re

from index.dates import is_date
from index.readers.body import Body
from index.readers.metadata import LONGEST_HEADING, Metadata, first_known
from index.readers.outline import Outline

_FIRST_LINE = re.compile(
    r"\s*date[ \t]+(?P<date>\d{4}-\d\d-\d\d)[ \t]+(?P<title>\S[^\n]*)(?:\n|\Z)"
)
_NUMERAL = "[0-9零〇一二三四五六七八九十百千]{1,7}"
_CHAPTERS = (  # with the level of the heading, below that of the title
    (2, re.compile(rf"第{_NUMERAL}编(?=[\s\u3000]|\Z)")),
    (3, re.compile(rf"第{_NUMERAL}(?:分编|部分)(?=[\s\u3000]|\Z)")),
    (4, re.compile(rf"第{_NUMERAL}章(?=[\s\u3000]|\Z)")),
    (5, re.compile(rf"第{_NUMERAL}节(?=[\s\u3000]|\Z)")),
    (2, re.compile(r"(?:PART|Part|TITLE|Title)[ ](?:[0-9]{1,3}|[IVXLC]{1,7}|[A-Z])(?![\w'’.])")),
    (4, re.compile(r"(?:CHAPTER|Chapter)[ ](?:[0-9]{1,3}|[IVXLC]{1,7}|[A-Z])(?![\w'’.])")),
)
_NUMBER_SIGNS = re.compile(r"(?P<signs>#{1,6})[ \t]+(?P<name>\S.*)")
_LONGEST_CHAPTER = 80  # characters of such a line
_SENTENCE_END = (".", "。", "；", ";", "：", ":", "，", ",")
_TAGGED = re.compile(
    r"[ \t]*<(?:h[1-6]|p|li|ul|ol|tr|td|th|table|div|dl|dt|dd|blockquote|/)[^\n]*>[ \t]*"
)
_FEWEST_TAGGED, _MOST_UNTAGGED = 5, 0.05  # lines, and the share of others


def read(text: str, first_line: int) -> Body:
    """Return the body of a text that starts at a line of its file. Raises DocumentRefused."""
    head = _FIRST_LINE.match(text)
    own, start = Metadata(), 0
    if head and is_date(head["date"]) and len(head["title"]) <= LONGEST_HEADING:
        own = Metadata(title=" ".join(head["title"].split()), date=head["date"])
        start = head.end()
    first_line += text.count("\n", 0, start)
    lines = text[start:].split("\n")
    if "<" in text:
        tagged = _tagged(lines, first_line, own)
        if tagged is not None:
            return tagged
    outline = Outline(wraps=True)
    blocks = _blocks(lines, first_line)
    headings = [_heading(block) for _, block in blocks]
    headings.append((0, ""))  # what stands at the end heads nothing
    for number, (line, block) in enumerate(blocks):
        level, name = headings[number] or (0, "")
        following = headings[number + 1]
        if name and (following is None or following[0] > level):
            outline.heading(level, name, line)
        else:
            outline.paragraph(block, line)
    body = outline.body(own)
    return body if own.title is None else Body(body.paragraphs, own.title, own)


def _blocks(lines: list[str], first_line: int) -> list[tuple[int, str]]:
    """Return what stands between blank lines, each with its line."""
    blocks: list[tuple[int, str]] = []
    block: list[str] = []
    for number, content in enumerate([*lines, ""], start=first_line):
        if content.strip():
            block.append(content)
        elif block:
            blocks.append((number - len(block), "\n".join(block).strip()))
            block = []
    return blocks


def _heading(block: str) -> tuple[int, str] | None:
    """Return the level and the text of a heading, or None."""
    if "\n" in block or len(block) > LONGEST_HEADING:
        return None
    signs = _NUMBER_SIGNS.fullmatch(block)
    if signs:
        return len(signs["signs"]), signs["name"]
    if len(block) > _LONGEST_CHAPTER or block.endswith(_SENTENCE_END):
        return None
    return next(((level, block) for level, line in _CHAPTERS if line.match(block)), None)


def _tagged(lines: list[str], first_line: int, own: Metadata) -> Body | None:
    """Read lines of HTML elements, above which a title may stand; None for other text."""
    full = [line for line in lines if line.strip()]
    untagged = [line for line in full if not _TAGGED.fullmatch(line)]
    if len(full) < _FEWEST_TAGGED or len(untagged) > max(1, _MOST_UNTAGGED * len(full)):
        return None
    from index.readers import html

    title = full[0].strip() if untagged and untagged[0] is full[0] else ""
    if not title or len(title) > LONGEST_HEADING or own.title:
        title = ""
    else:
        skipped = lines.index(full[0]) + 1
        lines, first_line = lines[skipped:], first_line + skipped
    body = html.read_text("\n".join(lines), first_line=first_line)
    return Body(
        body.paragraphs,
        body.title,
        first_known([own, Metadata(title=title or None), body.own]),
        body.titled,
        body.notes,
    )
