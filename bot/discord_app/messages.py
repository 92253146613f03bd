"""Cards to messages of discord.py: an embed with buttons, or plain text where embeds are barred.

No embed notifies anybody, whatever stands in it; plain text is kept from it by the escaping and by
`allowed_mentions`, which the client sends as "none" with every message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import discord

from bot.discord_app.cards import Button, Card
from bot.discord_app.displaying import units
from bot.discord_app.escaping import escaped, unescaped
from bot.discord_app.fitting import ELLIPSIS
from bot.discord_app.presses import Press, read_press

if TYPE_CHECKING:
    from collections.abc import Callable

_COLOURS = {
    "answered": 0x2E7D6B,
    "uncertain": 0xC98A1B,
    "not_found": 0x80868B,
    "notice": 0x4F6D8F,
    "alarm": 0xB3403A,
}
_STYLES = {
    "plain": discord.ButtonStyle.secondary,
    "primary": discord.ButtonStyle.primary,
    "danger": discord.ButtonStyle.danger,
}
_FOLLOWS = "↳ "  # marks the question that an answer follows
_PLAIN_TITLE = re.compile(rf"\*\*([^\n]*)\*\*(?:\n|$)(?:{_FOLLOWS}([^\n]*)\n)?")
_MOST_PLAIN, _MOST_BODY = 1950, 4050  # of 2,000 and 4,096 units
_SHORTEST_CUT = 40  # units of a line that is cut; shorter ones go whole


def message_parts(
    card: Card, *, with_embed: bool, button: Callable[[Button], discord.ui.Item[Any]]
) -> dict[str, Any]:
    """Return the content, embeds and view of a card, as `send` and `edit` take them."""
    view = discord.ui.View(timeout=None)
    for row, buttons in enumerate(card.rows):
        for one in buttons:
            item = button(one)
            item.row = row
            view.add_item(item)
    # Every press finds its button by its custom_id. Of a view that is not stopped discord.py keeps
    # each private copy in memory, with a timer, for a quarter of an hour.
    view.stop()
    parts: dict[str, Any] = {"view": view} if card.rows else {}
    if not with_embed:
        title = f"**{card.title}**\n" if card.title else ""
        above = f"{_FOLLOWS}{escaped(card.above)}\n" if card.above else ""
        fields = "".join(f"**{name}**\n{value}\n" for name, value in card.fields)
        footer = f"\n{escaped(card.footer)}" if card.footer else ""
        room = _MOST_PLAIN - units(title + above + fields + footer)
        return parts | {"content": f"{title}{above}{fields}{_clamped(card.body, room)}{footer}"}
    embed = discord.Embed(
        title=card.title or None,
        description=_clamped(card.body, _MOST_BODY),
        colour=_COLOURS[card.tone],
    )
    if card.above:
        embed.set_author(name=f"{_FOLLOWS}{card.above}")
    for name, value in card.fields:
        embed.add_field(name=name, value=value, inline=False)
    if card.footer:
        embed.set_footer(text=card.footer)
    return parts | {"embed": embed}


def _clamped(body: str, most: int) -> str:
    """Return a body that fits, whatever stands in it: its longest lines give up their ends.

    Cards are made to fit; but a message that Discord refuses would be no answer at all.
    """
    lines = body.split("\n")
    while (over := units("\n".join(lines)) - most) > 0:
        longest = max(range(len(lines)), key=lambda place: len(lines[place]))
        line = lines[longest]
        if len(line) < _SHORTEST_CUT:  # very many lines
            del lines[len(lines) // 2]
            continue
        kept = line[: max(len(line) - over - 1, len(line) // 2)]
        kept = kept.rpartition(" ")[0] or kept
        # Half an escape or a mark without its partner must not stand before what follows.
        lines[longest] = kept.rstrip("\\*` ") + ELLIPSIS
    return "\n".join(lines)


def plain_button(button: Button) -> discord.ui.Button[Any]:
    """Return a button of discord.py."""
    return discord.ui.Button(
        style=_STYLES[button.style],
        label=button.label,
        emoji=button.emoji,
        custom_id=button.press.custom_id,
        disabled=button.is_disabled,
    )


def question_of(
    message: discord.Message, *, is_long: bool, follows: bool
) -> tuple[str, str | None] | None:
    """Return the question that an answer shows and the one it follows, or None if neither can be.

    Somebody may have removed the embed; a plain answer has the question in its first line.
    """
    if not message.embeds:
        title = _PLAIN_TITLE.match(message.content)
        if title is None or is_long:
            return None
        return unescaped(title[1]), unescaped(title[2]) if follows and title[2] else None
    embed = message.embeds[0]
    asked = embed.fields[0].value if is_long and embed.fields else embed.title
    earlier = (embed.author.name or "").removeprefix(_FOLLOWS) if follows else ""
    question = unescaped(asked or "")
    return (question, earlier or None) if question else None


def press_of(message: discord.Message) -> Press | None:
    """Return what the first readable button of a message carries; None without one."""
    for row in message.components:
        for item in getattr(row, "children", ()):
            press = read_press(getattr(item, "custom_id", None) or "")
            if press is not None:
                return press
    return None
