"""A checked quote to the card that shows it: the outcome, then each match with its citation.

Differences stand between marks outside of the escaped text: struck out what only the text has,
bold what only the document has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.discord_app.answer_cards import citation_line
from bot.discord_app.cards import Card, Tone
from bot.discord_app.displaying import units
from bot.discord_app.escaping import escaped
from bot.discord_app.fitting import shortened, window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.discord_app.texts import Texts
    from index import Piece, QuoteCheck, QuoteMatch

_TONES: dict[str, Tone] = {
    "exact": "answered",
    "near": "answered",
    "joined": "uncertain",
    "different": "uncertain",
    "not_found": "not_found",
}
_SHOWN = 5  # matches and gaps
_LEAST = 160  # units of one of them
_MORE_UNITS = 80  # for the line that says how many are left out
_AROUND = 60  # units that are shown of what is the same, on either side of a difference


def quote_card(check: QuoteCheck, texts: Texts, room: int) -> Card:
    """Return what was found, in a body of so many units."""
    runs_on = check.runs_on and check.outcome == "joined"
    lines = [f"**{texts.say('quote.runs_on' if runs_on else f'quote.{check.outcome}')}**"]
    if any(match.diff for match in check.matches):
        lines.append(texts.say("quote.legend"))
    entries: list[tuple[int, QuoteMatch | str]] = [
        (match.asked_start, match) for match in check.matches
    ]
    entries += [(start, check.text[start:end]) for start, end in check.gaps]
    if check.outcome == "joined":
        entries.sort(key=lambda entry: entry[0])
    shown = entries[:_SHOWN]
    left = room - sum(units(line) + 1 for line in lines) - _MORE_UNITS
    for place, (_, entry) in enumerate(shown):
        each = left // (len(shown) - place)
        block = _gap(entry, each, texts) if isinstance(entry, str) else _match(entry, each, texts)
        if units(block) > left:
            shown = shown[:place]
            break
        lines.append(block)
        left -= units(block) + 1
    if len(shown) < len(entries):
        lines.append(texts.say("quote.more", number=len(entries) - len(shown)))
    return Card(body="\n".join(lines), tone="answered" if runs_on else _TONES[check.outcome])


def _gap(text: str, most: int, texts: Texts) -> str:
    said = texts.say("quote.gap", text="")
    return texts.say("quote.gap", text=_short(text, max(_LEAST, most) - units(said)))


def _match(match: QuoteMatch, most: int, texts: Texts) -> str:
    citation = citation_line(match.passage, texts)
    if match.part != "text":
        citation += f" · {texts.say(f'quote.{match.part}')}"
    room = max(_LEAST, most - units(citation) - 4)
    quoted = _compared(match.diff, room) if match.diff else _short(match.text, room)
    return f"> {quoted}\n{citation}"


def _short(text: str, most: int) -> str:
    return shortened(" ".join(text.split()), most)


def _compared(pieces: Sequence[Piece], most: int) -> str:
    """Return the pieces on one line, with those that are the same cut to what is near."""
    marked = []
    for place, piece in enumerate(pieces):
        if piece.kind == "same":
            marked.append(_near(piece.text, place == 0, place == len(pieces) - 1))
            continue
        mark = "~~" if piece.kind == "removed" else "**"
        inner = _short(piece.text, most // 2)
        marked.append(f"{mark}{inner}{mark}" if inner else "")
    fitting: list[str] = []
    for text in marked:
        if units(" ".join([*fitting, text])) > most - 1:
            fitting.append("…")
            break
        fitting.append(text)
    return " ".join(text for text in fitting if text)


def _near(text: str, is_first: bool, is_last: bool) -> str:
    """Return what stands next to a difference."""
    words = " ".join(text.split())
    start, _ = window(words, (len(words), len(words)), _AROUND)
    end = "…" + escaped(words[start:])
    if is_first and start:
        return end
    if is_last:
        return shortened(words, _AROUND)
    if len(words) > 2 * _AROUND:
        return shortened(words, _AROUND) + end
    return escaped(words)
