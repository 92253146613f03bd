"""The world behind a loopback Discord: who and what exists in it, and how Discord writes it down.

Records are frozen; the world replaces them. Messages are kept as the JSON that Discord would send,
and an edit puts a new object in place of the old one.
"""

import base64
import itertools
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntFlag
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]

DISCORD_EPOCH_MS = 1_420_070_400_000
KEPT_MESSAGES = 10_000

TEXT, DM, GROUP_DM, PUBLIC_THREAD = 0, 1, 3, 11
LOADING = 1 << 7


class Permission(IntFlag):
    """The permission bits that the routes of the double ask for."""

    ADD_REACTIONS = 1 << 6
    ADMINISTRATOR = 1 << 3
    ATTACH_FILES = 1 << 15
    EMBED_LINKS = 1 << 14
    MANAGE_GUILD = 1 << 5
    MANAGE_MESSAGES = 1 << 13
    MENTION_EVERYONE = 1 << 17
    READ_MESSAGE_HISTORY = 1 << 16
    SEND_MESSAGES = 1 << 11
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_APPLICATION_COMMANDS = 1 << 31
    VIEW_CHANNEL = 1 << 10


ORDINARY = (
    Permission.ADD_REACTIONS
    | Permission.ATTACH_FILES
    | Permission.EMBED_LINKS
    | Permission.READ_MESSAGE_HISTORY
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.VIEW_CHANNEL
)
IN_DIRECT_MESSAGES = Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE


@dataclass(frozen=True, slots=True)
class User:
    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"


@dataclass(frozen=True, slots=True)
class Role:
    id: int
    name: str
    permissions: int


@dataclass(frozen=True, slots=True)
class Guild:
    id: int
    name: str
    owner: User
    locale: str = "en-US"


@dataclass(frozen=True, slots=True)
class Member:
    guild: Guild
    user: User
    roles: tuple[Role, ...]
    permissions: int


@dataclass(frozen=True, slots=True)
class Channel:
    id: int
    kind: int  # Discord's channel type
    name: str = ""
    guild: Guild | None = None
    parent_id: int | None = None  # of a thread: the channel it hangs from
    people: tuple[User, ...] = ()  # of a direct or group conversation, without the bot
    holds_the_bot: bool = True  # False: a conversation the bot is no part of
    archived: bool = False
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    id: int
    filename: str
    content_type: str
    data: bytes
    url: str


class World:
    """Everything that exists, by id."""

    def __init__(self) -> None:
        self._counter = itertools.count(1)
        self.bot = User(self.new_id(), "policybot", bot=True)
        self.owner = User(self.new_id(), "owner")
        self.users: dict[int, User] = {user.id: user for user in (self.bot, self.owner)}
        self.guilds: dict[int, Guild] = {}
        self.roles: dict[int, list[Role]] = {}
        self.members: dict[tuple[int, int], Member] = {}
        self.channels: dict[int, Channel] = {}
        self.permissions: dict[int, int] = {}  # of the bot, by channel
        self.closed_to_direct_messages: set[int] = set()
        self.messages: OrderedDict[int, Json] = OrderedDict()
        self.attachments: OrderedDict[int, Attachment] = OrderedDict()

    def new_id(self) -> int:
        """Return a snowflake of now; discord.py reads the time of an interaction from it."""
        milliseconds = time.time_ns() // 1_000_000 - DISCORD_EPOCH_MS
        return (milliseconds << 22) | (next(self._counter) & 0x3FFFFF)

    def add_guild(self, name: str, owner: User | None, locale: str) -> Guild:
        guild = Guild(self.new_id(), name, owner or self.owner, locale)
        self.guilds[guild.id] = guild
        self.roles[guild.id] = [Role(guild.id, "@everyone", ORDINARY)]
        return guild

    def bot_permissions(self, channel: Channel) -> int:
        """Return what the bot may do in a channel; a thread inherits from its parent."""
        if channel.guild is None:
            return IN_DIRECT_MESSAGES if channel.holds_the_bot else 0
        bits = self.permissions[channel.parent_id or channel.id]
        return bits | ~0 if bits & Permission.ADMINISTRATOR else bits

    def conversation(self, user: User) -> Channel:
        """Return the direct conversation between a user and the bot, opened if need be."""
        for channel in self.channels.values():
            if channel.kind == DM and channel.holds_the_bot and channel.people == (user,):
                return channel
        channel = Channel(self.new_id(), DM, people=(user,))
        self.channels[channel.id] = channel
        return channel

    def member(self, guild: Guild, user: User) -> Member:
        """Return a user as member of a guild, an ordinary one unless added otherwise."""
        return self.members.get((guild.id, user.id)) or Member(guild, user, (), ORDINARY)

    def keep_message(self, message: Json) -> Json:
        """Store a message, new or edited; the oldest one gives way when there are too many."""
        self.messages[int(message["id"])] = message
        while len(self.messages) > KEPT_MESSAGES:
            self.messages.popitem(last=False)
        return message

    def keep_attachment(self, filename: str, data: bytes, content_type: str, base: str) -> Json:
        number = self.new_id()
        url = f"{base}/attachments/{number}/{quote(filename)}"
        kept = Attachment(number, filename, content_type, data, url)
        self.attachments[number] = kept
        while len(self.attachments) > KEPT_MESSAGES:
            self.attachments.popitem(last=False)
        return attachment_json(kept)


def now() -> str:
    return datetime.now(UTC).isoformat()


def interaction_token(number: int) -> str:
    """Return a token of the form Discord gives: base64 of the word, the id and random bytes."""
    text = f"interaction:{number}:{secrets.token_urlsafe(96)}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def user_json(user: User) -> Json:
    return {
        "id": str(user.id),
        "username": user.name,
        "avatar": None,
        "discriminator": "0000" if user.bot else "0",
        "public_flags": 0,
        "flags": 0,
        "bot": user.bot,
        "global_name": None if user.bot else user.name,
        "primary_guild": None,
    }


def own_user_json(user: User) -> Json:
    return {**user_json(user), "mfa_enabled": True, "locale": user.locale, "verified": True}


def member_json(member: Member) -> Json:
    """Write a member as it stands in events, without the user."""
    return {
        "roles": [str(role.id) for role in member.roles],
        "joined_at": "2024-01-01T00:00:00+00:00",
        "premium_since": None,
        "communication_disabled_until": None,
        "nick": None,
        "avatar": None,
        "banner": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }


def role_json(role: Role, position: int) -> Json:
    return {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(int(role.permissions)),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def attachment_json(attachment: Attachment) -> Json:
    return {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.data),
        "url": attachment.url,
        "proxy_url": attachment.url,
        "content_type": attachment.content_type,
    }


def channel_json(world: World, channel: Channel) -> Json:
    common: Json = {"id": str(channel.id), "type": channel.kind, "flags": 0}
    if channel.guild is None:
        people = [user_json(user) for user in channel.people]
        group = {"name": channel.name or None, "icon": None, "owner_id": None}
        if channel.kind == GROUP_DM and channel.people:
            group["owner_id"] = str(channel.people[0].id)
        return common | {"recipients": people} | (group if channel.kind == GROUP_DM else {})
    common |= {
        "guild_id": str(channel.guild.id),
        "name": channel.name,
        "parent_id": str(channel.parent_id) if channel.parent_id else None,
        "rate_limit_per_user": 0,
    }
    if channel.kind == PUBLIC_THREAD:
        return common | {
            "owner_id": str(world.owner.id),
            "message_count": 0,
            "member_count": 1,
            "total_message_sent": 0,
            "thread_metadata": {
                "archived": channel.archived,
                "archive_timestamp": channel.created_at,
                "auto_archive_duration": 1440,
                "locked": channel.archived,
                "create_timestamp": channel.created_at,
            },
        }
    allowed = world.permissions[channel.id]
    overwrite = {
        "id": str(world.bot.id),
        "type": 1,
        "allow": str(int(allowed)),
        "deny": str(int(ORDINARY & ~allowed)),
    }
    return common | {
        "position": 0,
        "topic": None,
        "nsfw": False,
        "permission_overwrites": [overwrite],
    }


def guild_json(world: World, guild: Guild) -> Json:
    """Write a guild as GUILD_CREATE has it."""
    channels = [channel for channel in world.channels.values() if channel.guild == guild]
    members = [world.member(guild, world.bot)]
    members += [m for m in world.members.values() if m.guild == guild and m.user != world.bot]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "owner_id": str(guild.owner.id),
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [role_json(role, place) for place, role in enumerate(world.roles[guild.id])],
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": 0,
        "preferred_locale": guild.locale,
        "nsfw_level": 0,
        "premium_progress_bar_enabled": False,
        "joined_at": "2024-01-01T00:00:00+00:00",
        "large": False,
        "unavailable": False,
        "member_count": len(members),
        "voice_states": [],
        "members": [{**member_json(m), "user": user_json(m.user)} for m in members],
        "channels": [channel_json(world, c) for c in channels if c.kind != PUBLIC_THREAD],
        "threads": [channel_json(world, c) for c in channels if c.kind == PUBLIC_THREAD],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def message_json(number: int, channel: Channel, author: User, data: Mapping[str, Any]) -> Json:
    """Write a new message from what its sender gave."""
    message: Json = {
        "id": str(number),
        "type": 0,
        "channel_id": str(channel.id),
        "author": user_json(author),
        "content": "",
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "attachments": [],
        "embeds": [],
        "components": [],
        "timestamp": now(),
        "edited_timestamp": None,
        "flags": 0,
        "pinned": False,
        "tts": False,
    }
    return with_parts(message, data)


def with_parts(message: Json, data: Mapping[str, Any]) -> Json:
    """Return a message with what a request says of its content, embeds and components."""
    parts: Json = {}
    if "content" in data:
        parts["content"] = (data["content"] or "").strip()
    if "embeds" in data:
        parts["embeds"] = [_embed(embed) for embed in data["embeds"] or []]
    if "components" in data:
        parts["components"] = _numbered(data["components"] or [], itertools.count(1))
    return message | parts


def _embed(embed: Mapping[str, Any]) -> Json:
    kept = {name: value for name, value in embed.items() if value is not None}
    if "fields" in kept:
        kept["fields"] = [{"inline": False, **field} for field in kept["fields"]]
    return {**kept, "type": "rich"}


def _numbered(items: Sequence[Mapping[str, Any]], numbers: "itertools.count[int]") -> list[Json]:
    """Give every component the number that Discord would give it."""
    numbered = []
    for item in items:
        kept = {name: value for name, value in item.items() if value is not None}
        kept["id"] = next(numbers)
        if "emoji" in kept:  # a Unicode one has no id, and Discord then writes none
            kept["emoji"] = {k: v for k, v in kept["emoji"].items() if v is not None}
        if "components" in kept:
            kept["components"] = _numbered(kept["components"], numbers)
        if kept["type"] in {3, 5, 6, 7, 8}:
            kept = {"min_values": 1, "max_values": 1} | kept
        numbered.append(kept)
    return numbered
