"""A checked quote to lines: the outcome in one line, then each match with its citation.

Differences read from the text to the document, so that who follows them corrects the text.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from bot.compared import compared_lines
from bot.lines import Line, spread, styled
from bot.rendering import citation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index import QuoteCheck, QuoteMatch

_OUTCOMES = {
    "exact": "The documents say this, word for word.",
    "near": "The documents say this; only punctuation, spacing, quotation marks or widths differ.",
    "different": "The documents say this differently.",
    "joined": "This is put together from several places; each is cited in the order of the text.",
    "not_found": "The documents do not say this.",
}
_RUNS_ON = "The documents say this, in paragraphs that follow each other."
_LEGEND = "Marked: [-only in the text-] {+only in the document+}"
_PARTS = {"title": "the title of ", "heading": "a heading of "}


def quote_check_lines(check: QuoteCheck) -> list[Line]:
    """Show what was found, in the order of the text where it is joined."""
    runs_on = check.runs_on and check.outcome == "joined"
    said = _RUNS_ON if runs_on else _OUTCOMES[check.outcome]
    is_good = check.outcome in ("exact", "near") or runs_on
    lines = [styled(said, "strong" if is_good else "alarm")]
    if any(match.diff for match in check.matches):
        lines.append(styled(_LEGEND, "quiet"))
    shown = [(match.asked_start, _match_lines(match)) for match in check.matches]
    shown += [(start, _gap_lines(check.text[start:end])) for start, end in check.gaps]
    if check.outcome == "joined":
        shown.sort(key=lambda entry: entry[0])
    return [*lines, *chain.from_iterable(found for _, found in shown)]


def _gap_lines(text: str) -> Iterator[Line]:
    yield styled(f"In no document: {text}", "alarm", 2)


def _match_lines(match: QuoteMatch) -> Iterator[Line]:
    if match.diff:  # with signs, for the legend explains them
        yield from compared_lines("", match.diff, 2, marked=True)
    else:
        yield Line(spread(match.text), 2)
    yield styled(_PARTS.get(match.part, "") + citation(match.passage), "quiet", 2)
