"""A line of output: text with styled spans, which knows nothing of colours or widths.

What stands in documents and questions is not trusted: `visible` takes out what a terminal obeys.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

Style = Literal["match", "sentence", "quiet", "strong", "alarm", "removed", "added"]
Styled = tuple[int, int, Style]  # start, end, in code points of a text
# What could move the cursor, recolour the screen or turn the direction of writing.
_UNSAFE = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    r"\U000e0000-\U000e007f]"
)
_LINE_SPACE = r"[\t\n\v\f\r\u2028\u2029]"
_BETWEEN_CELLS = "   "  # for a tab: in a single space the cells of a row would run together
_HANG = 2


class Line(NamedTuple):
    """A paragraph of output; it may be wrapped, and is then indented as a whole."""

    text: str = ""
    indent: int = 0
    styles: tuple[Styled, ...] = ()
    hang: int = 0  # columns by which it is indented further where it is wrapped


def visible(text: str) -> str:
    """Return a text of the same length that a terminal shows and does not obey."""
    if text.isprintable():  # nothing of all that is, so nothing need be compiled
        return text
    return re.sub(_UNSAFE, "\ufffd", re.sub(_LINE_SPACE, " ", text))


def laid_out(
    text: str, indent: int, styles: Sequence[Styled] = (), *, is_lined: bool = False
) -> list[Line]:
    """Return the lines of a text as a terminal shows it, the cells of a row apart.

    Where the text `is_lined`, each of its lines is one; else its line breaks are but spaces.
    """
    ends = [match.start() for match in re.finditer("\n", text)] if is_lined else []
    hang = _HANG if ends else 0
    lines = []
    for start, end in pairwise([-1, *ends, len(text)]):
        start += 1
        within = [
            (max(first, start) - start, min(last, end) - start, style)
            for first, last, style in styles
            if first < end and last > start
        ]
        lines.append(_cells_apart(text[start:end], indent, within, hang))
    return lines


def _cells_apart(text: str, indent: int, styles: Sequence[Styled], hang: int) -> Line:
    shift = len(_BETWEEN_CELLS) - 1
    shifted = tuple(
        (
            start + shift * text.count("\t", 0, start),
            end + shift * text.count("\t", 0, end),
            style,
        )
        for start, end, style in styles
    )
    return Line(spread(text), indent, shifted, hang)


def spread(text: str) -> str:
    """Return a text as a terminal shows it, the cells of a row apart, and so perhaps longer."""
    return visible(text.replace("\t", _BETWEEN_CELLS))


def plain(line: Line) -> str:
    """Return the line for a pipe: unwrapped, so that a sentence can be searched for."""
    return (" " * line.indent + line.text).rstrip()


def styled(text: str, style: Style, indent: int = 0) -> Line:
    """Return a line of one style."""
    shown = spread(text)
    return Line(shown, indent, ((0, len(shown), style),))


def counted(number: int, noun: str) -> str:
    """Return "1 document", "2 documents"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
