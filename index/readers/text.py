"""Plain text: paragraphs are divided by blank lines.

A first line `date YYYY-MM-DD TITLE` holds date and title.
"""

import re

from index.dates import is_date
from index.readers.body import Body
from index.readers.metadata import LONGEST_HEADING, Metadata
from index.records import Paragraph

_FIRST_LINE = re.compile(
    r"\s*date[ \t]+(?P<date>\d{4}-\d\d-\d\d)[ \t]+(?P<title>\S[^\n]*)(?:\n|\Z)"
)


def read(text: str, first_line: int) -> Body:
    """Return the body of a text that starts at a line of its file."""
    head = _FIRST_LINE.match(text)
    start, title, date = 0, None, None
    if head and is_date(head["date"]) and len(head["title"]) <= LONGEST_HEADING:
        start, title, date = head.end(), " ".join(head["title"].split()), head["date"]
    line = first_line + text.count("\n", 0, start)
    paragraphs: list[Paragraph] = []
    block: list[str] = []
    for number, content in enumerate([*text[start:].split("\n"), ""], start=line):
        if content.strip():
            block.append(content)
        elif block:
            paragraphs.append(
                Paragraph(
                    number=len(paragraphs) + 1,
                    text="\n".join(block).strip(),
                    line=number - len(block),
                )
            )
            block = []
    return Body(tuple(paragraphs), title, Metadata(title=title, date=date))
