"""A line of output: text with styled spans, which knows nothing of colours or widths.

What stands in documents and questions is not trusted: `visible` takes out what a terminal obeys.
"""

import re
from dataclasses import dataclass
from typing import Literal

Style = Literal["match", "sentence", "quiet", "strong", "alarm", "removed", "added"]
# What could move the cursor, recolour the screen or turn the direction of writing.
_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    r"\U000e0000-\U000e007f]"
)
_LINE_SPACE = re.compile(r"[\t\n\v\f\r\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of output; it may be wrapped, and is then indented as a whole."""

    text: str = ""
    indent: int = 0
    styles: tuple[tuple[int, int, Style], ...] = ()  # start, end, in code points of the text


def visible(text: str) -> str:
    """Return a text of the same length that a terminal shows and does not obey."""
    return _UNSAFE.sub("\ufffd", _LINE_SPACE.sub(" ", text))


def plain(line: Line) -> str:
    """Return the line for a pipe: unwrapped, so that a sentence can be searched for."""
    return (" " * line.indent + line.text).rstrip()


def styled(text: str, style: Style, indent: int = 0) -> Line:
    """Return a line of one style."""
    shown = visible(text)
    return Line(shown, indent, ((0, len(shown), style),))


def counted(number: int, noun: str) -> str:
    """Return "1 document", "2 documents"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
