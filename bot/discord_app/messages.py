"""Cards to messages of discord.py: an embed with buttons, or plain text where embeds are barred.

No embed notifies anybody, whatever stands in it; plain text is kept from it by the escaping and by
`allowed_mentions`, which the client sends as "none" with every message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import discord

from bot.discord_app.cards import Button, Card
from bot.discord_app.escaping import escaped, unescaped
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
_FOLLOWS = "↳ "  # marks the question that a plain answer follows
_PLAIN_TITLE = re.compile(rf"\*\*([^\n]*)\*\*(?:\n|$)(?:{_FOLLOWS}([^\n]*)\n)?")


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
        follows = "".join(f"{_FOLLOWS}{value}\n" for _, value in card.fields)
        footer = f"\n{escaped(card.footer)}" if card.footer else ""
        return parts | {"content": f"{title}{follows}{card.body}{footer}"}
    embed = discord.Embed(
        title=card.title or None, description=card.body, colour=_COLOURS[card.tone]
    )
    for name, value in card.fields:
        embed.add_field(name=name, value=value, inline=False)
    if card.footer:
        embed.set_footer(text=card.footer)
    return parts | {"embed": embed}


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
    values = [field.value or "" for field in embed.fields]
    asked = values.pop(0) if is_long and values else embed.title
    earlier = unescaped(values[0]) if follows and values else None
    question = unescaped(asked or "")
    return (question, earlier) if question else None


def press_of(message: discord.Message) -> Press | None:
    """Return what the first readable button of a message carries; None without one."""
    for row in message.components:
        for item in getattr(row, "children", ()):
            press = read_press(getattr(item, "custom_id", None) or "")
            if press is not None:
                return press
    return None
