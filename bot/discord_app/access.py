"""Who may do what, checked here on every path: what Discord hides, an administrator can show."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import discord

from bot.discord_app.sights import NO_BADGES, Badges

if TYPE_CHECKING:
    from bot.settings import DiscordSettings


def answers_publicly(settings: DiscordSettings, channel: Any, *, is_with_bot: bool) -> bool:
    """Say whether answers in a channel may be seen by all who read it.

    A thread counts as its channel, a channel as its category; what is written `is_with_bot` alone
    is between two anyway. `channel` may be any object of discord.py, or None if it is not known.
    """
    if settings.channels is None or is_with_bot:
        return True
    places = {getattr(channel, name, None) for name in ("id", "parent_id")}
    # A thread in a server that the bot is not in has a channel that is not known.
    with contextlib.suppress(discord.ClientException):
        places.add(getattr(channel, "category_id", None))
    return not settings.channels.isdisjoint(places - {None})


def is_public(settings: DiscordSettings, interaction: discord.Interaction[Any]) -> bool:
    """Say whether answers may be public where an interaction arose."""
    is_with_bot = interaction.context.dm_channel
    return answers_publicly(settings, interaction.channel, is_with_bot=is_with_bot)


def may_share(settings: DiscordSettings, interaction: discord.Interaction[Any]) -> bool:
    """Say whether a private answer may be posted where it was asked for."""
    if not is_public(settings, interaction):
        return False
    return interaction.guild_id is None or may_write(
        interaction.app_permissions, interaction.channel
    )


def is_moderator(settings: DiscordSettings, user: discord.User | discord.Member) -> bool:
    """Say whether a person may change the documents: by their own id, or by a role of theirs."""
    ids = {user.id, *(role.id for role in getattr(user, "roles", ()))}
    return not settings.moderators.isdisjoint(ids)


def badges(guild_id: int | None, reader: discord.User | discord.Member | None) -> Badges:
    """Return what everybody has who reads an answer: ids that a document's audience may name.

    `reader` is the only one who reads it, None where it is public. The roles of a person who asks
    in a server that the bot is not in are not known.
    """
    if guild_id is None:
        return NO_BADGES
    roles = getattr(reader, "roles", ())
    return frozenset({str(guild_id), *(str(role.id) for role in roles)})


def may_write(permissions: discord.Permissions, channel: Any) -> bool:
    """Say whether who has these permissions may write in a channel."""
    if isinstance(channel, discord.Thread):
        return permissions.view_channel and permissions.send_messages_in_threads
    return permissions.view_channel and permissions.send_messages
