"""Messages as they are created, edited, deleted and announced: limits held, content hidden."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loopback_faults import ApiError
from loopback_gateway import MESSAGE_CONTENT, Gateway, Session
from loopback_limits import EPHEMERAL, is_empty, mention_problems, message_problems
from loopback_world import LOADING, Channel, User, World, message_json, now, with_parts
from loopback_world import member_json as as_member

Json = dict[str, Any]
Report = Callable[[str], None]

GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 9, 1 << 12
FILE_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class File:
    filename: str
    content_type: str
    data: bytes


class Messages:
    """The messages of a world, as its bot may make them and as its sessions see them."""

    def __init__(self, world: World, gateway: Gateway, report: Report, base: Callable[[], str]):
        self._world = world
        self._gateway = gateway
        self._report = report
        self._base = base

    def check(
        self,
        place: str,
        data: Mapping[str, Any],
        files: Sequence[File],
        earlier: Json | None = None,
    ) -> None:
        """Hold a message of the bot to the limits; everything it breaks is reported."""
        for problem in mention_problems(data):
            self._report(f"{place}: {problem}")
        problems = message_problems(data)
        if problems:
            for problem in problems:
                self._report(f"{place}: {problem}")
            raise ApiError(400, 50035, tuple(problems))
        if any(len(file.data) > FILE_BYTES for file in files):
            raise ApiError(413, 40005)
        if is_empty({**(earlier or {}), **data}, len(files)):
            self._report(f"{place}: an empty message")
            raise ApiError(400, 50006)

    async def create(
        self,
        channel: Channel,
        author: User,
        data: Mapping[str, Any],
        files: Sequence[File] = (),
        *,
        extra: Mapping[str, Any] | None = None,
    ) -> Json:
        """Store a new message and tell the sessions that may know of it."""
        message = message_json(self._world.new_id(), channel, author, data) | dict(extra or {})
        message["attachments"] += self._kept(data, files)
        self._world.keep_message(message)
        await self.announce("MESSAGE_CREATE", message)
        return message

    async def edit(
        self, message: Json, data: Mapping[str, Any], files: Sequence[File] = ()
    ) -> Json:
        """Put an edited message in place of a stored one."""
        edited = with_parts(message, data)
        edited["flags"] &= ~LOADING
        if message["flags"] & LOADING == 0:
            edited["edited_timestamp"] = now()
        if "attachments" in data:
            kept = {str(item["id"]) for item in data["attachments"] or []}
            edited["attachments"] = [a for a in message["attachments"] if a["id"] in kept]
        edited["attachments"] = edited["attachments"] + self._kept(data, files)
        self._world.keep_message(edited)
        await self.announce("MESSAGE_UPDATE", edited)
        return edited

    async def delete(self, message: Json) -> None:
        self._world.messages.pop(int(message["id"]), None)
        places = {"id": message["id"], "channel_id": message["channel_id"]}
        guild = self._channel(message).guild
        if guild is not None:
            places["guild_id"] = str(guild.id)
        if not message["flags"] & EPHEMERAL:
            await self._gateway.dispatch(
                "MESSAGE_DELETE", lambda session: places if self._hears(session, message) else None
            )

    async def announce(self, event: str, message: Json) -> None:
        """Send a message to the sessions that asked for such, as each may see it."""
        if message["flags"] & EPHEMERAL or not self._channel(message).holds_the_bot:
            return
        await self._gateway.dispatch(
            event, lambda s: self.seen_by(s, message) if self._hears(s, message) else None
        )

    def seen_by(self, session: Session, message: Json) -> Json:
        """Return a message as a gateway event: where it stands, and content only if permitted."""
        seen = self.without_hidden_content(message, session.intents)
        guild = self._channel(message).guild
        author = self._world.users.get(int(message["author"]["id"]))
        if guild is not None:
            seen = seen | {"guild_id": str(guild.id)}
            if author is not None:
                seen["member"] = as_member(self._world.member(guild, author))
        return seen

    def seen_over_rest(self, message: Json) -> Json:
        """Return a message as the bot may fetch it: the application's intents decide."""
        return self.without_hidden_content(message, self._gateway.allowed_privileged_intents)

    def without_hidden_content(self, message: Json, intents: int) -> Json:
        """Empty what the message content intent would show.

        Own messages, direct messages and messages that mention the bot are always shown.
        """
        bot = str(self._world.bot.id)
        shown = (
            intents & MESSAGE_CONTENT
            or message["author"]["id"] == bot
            or self._channel(message).guild is None
            or any(user["id"] == bot for user in message["mentions"])
        )
        seen = dict(message)
        if not shown:
            seen |= {"content": "", "embeds": [], "attachments": [], "components": []}
        if seen.get("referenced_message"):
            earlier = self.without_hidden_content(seen["referenced_message"], intents)
            seen["referenced_message"] = earlier
        return seen

    def _hears(self, session: Session, message: Json) -> bool:
        in_guild = self._channel(message).guild is not None
        return bool(session.intents & (GUILD_MESSAGES if in_guild else DIRECT_MESSAGES))

    def _channel(self, message: Json) -> Channel:
        number = int(message["channel_id"])
        gone = Channel(number, 0, holds_the_bot=False)
        return self._world.channels.get(number, gone)

    def _kept(self, data: Mapping[str, Any], files: Sequence[File]) -> list[Json]:
        names = {str(item["id"]): item.get("filename") for item in data.get("attachments") or []}
        return [
            self._world.keep_attachment(
                names.get(str(number)) or file.filename, file.data, file.content_type, self._base()
            )
            for number, file in enumerate(files)
        ]
