"""A text compared with another, piece by piece, to lines.

Colours mark what was removed and added; where there are none, signs do: [-old-]{+new+}.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lines import Line, Style, Styled, laid_out

if TYPE_CHECKING:
    from collections.abc import Iterable

    from index import Piece

_SIGNS = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}
_STYLES: dict[str, Style] = {"removed": "removed", "added": "added"}


def compared_lines(
    head: str, pieces: Iterable[Piece], indent: int, *, marked: bool, is_lined: bool = False
) -> list[Line]:
    """Return the pieces behind a head, with signs where they are to be `marked`."""
    text = head
    styles: list[Styled] = []
    for piece in pieces:
        before, behind = _SIGNS[piece.kind] if marked else ("", "")
        start = len(text) + len(before)
        text += before + piece.text
        if piece.kind in _STYLES:
            styles.append((start, len(text), _STYLES[piece.kind]))
        text += behind
    return laid_out(text, indent, styles, is_lined=is_lined)
