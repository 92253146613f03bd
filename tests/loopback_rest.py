"""The REST routes of a loopback Discord that a bot uses: method and path -> status and JSON."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loopback_faults import ApiError
from loopback_interactions import Answer, Interactions
from loopback_limits import command_problems
from loopback_messages import File, Messages, Report
from loopback_world import (
    DM,
    PUBLIC_THREAD,
    Channel,
    Permission,
    World,
    channel_json,
    own_user_json,
    user_json,
)

Json = dict[str, Any]
CREATES_PER_DAY = 200


@dataclass(frozen=True, slots=True)
class Call:
    """One request, taken apart."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    files: Sequence[File]
    parts: Mapping[str, str] = field(default_factory=dict)  # named pieces of the path

    def number(self, name: str) -> int:
        return int(self.parts[name])


Handler = Callable[[Call], Awaitable[Answer]]


class Rest:
    """The routes, and the commands that the bot registered."""

    def __init__(
        self, world: World, messages: Messages, interactions: Interactions, report: Report
    ) -> None:
        self._world = world
        self._messages = messages
        self._interactions = interactions
        self._report = report
        self._created: set[tuple[int | None, int, str]] = set()
        self.commands: dict[int | None, list[Json]] = {}  # by guild; None: everywhere
        self.command_puts = 0
        self.gateway_url = ""
        message = "/channels/{channel}/messages/{message}"
        reaction = message + "/reactions/{emoji}/@me"
        webhook = "/webhooks/{application}/{token}"
        commands = "/applications/{application}/commands"
        guild_commands = "/applications/{application}/guilds/{guild}/commands"
        self._routes = [
            _route("GET", "/users/@me", self._own_user),
            _route("POST", "/users/@me/channels", self._open_conversation),
            _route("GET", "/applications/@me", self._application),
            _route("GET", "/oauth2/applications/@me", self._application),
            _route("GET", "/gateway", self._gateway_address),
            _route("GET", "/gateway/bot", self._gateway_for_bots),
            *(_route("GET", path, self._get_commands) for path in (commands, guild_commands)),
            *(_route("PUT", path, self._put_commands) for path in (commands, guild_commands)),
            _route("POST", "/interactions/{interaction}/{token}/callback", self._callback),
            _route("POST", webhook, self._follow_up),
            *(
                _route(method, webhook + "/messages/{message}", self._response)
                for method in ("GET", "PATCH", "DELETE")
            ),
            _route("GET", "/channels/{channel}", self._get_channel),
            _route("POST", "/channels/{channel}/typing", self._type),
            _route("GET", "/channels/{channel}/messages", self._list_messages),
            _route("POST", "/channels/{channel}/messages", self._send),
            _route("GET", message, self._get_message),
            _route("PATCH", message, self._edit),
            _route("DELETE", message, self._delete),
            _route("PUT", reaction, self._react),
            _route("DELETE", reaction, self._unreact),
        ]

    async def answer(self, call: Call) -> Answer:
        """Answer a request, or raise ApiError."""
        for method, pattern, handler in self._routes:
            found = pattern.fullmatch(call.path) if method == call.method else None
            if found:
                parts = found.groupdict()
                return await handler(
                    Call(call.method, call.path, call.query, call.body, call.files, parts)
                )
        self._report(f"{call.method} {call.path}: the double has no such route")
        raise ApiError(404, 0)

    async def _own_user(self, _call: Call) -> Answer:
        return 200, own_user_json(self._world.bot)

    async def _application(self, _call: Call) -> Answer:
        return 200, application_json(self._world)

    async def _gateway_address(self, _call: Call) -> Answer:
        return 200, {"url": self.gateway_url}

    async def _gateway_for_bots(self, _call: Call) -> Answer:
        limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return 200, {"url": self.gateway_url, "shards": 1, "session_start_limit": limit}

    async def _get_commands(self, call: Call) -> Answer:
        return 200, self.commands.get(_guild(call), [])

    async def _put_commands(self, call: Call) -> Answer:
        """Put these commands in place of all others, as a bulk overwrite does."""
        self.command_puts += 1
        given: list[Json] = call.body or []
        problems = command_problems(given)
        if problems:
            for problem in problems:
                self._report(f"commands: {problem}")
            raise ApiError(400, 50035, tuple(problems))
        guild = _guild(call)
        keys = [(guild, command.get("type") or 1, command["name"]) for command in given]
        if len(self._created | set(keys)) > CREATES_PER_DAY:
            raise ApiError(400, 30034)
        self._created |= set(keys)
        known = {
            (guild, command["type"], command["name"]): command["id"]
            for command in self.commands.get(guild, [])
        }
        self.commands[guild] = [
            self._command(command, known.get(key), guild)
            for command, key in zip(given, keys, strict=True)
        ]
        return 200, self.commands[guild]

    def _command(self, given: Json, number: str | None, guild: int | None) -> Json:
        kept = {name: value for name, value in given.items() if value is not None}
        permissions = kept.pop("default_member_permissions", None)
        place = {} if guild is None else {"guild_id": str(guild)}
        return {
            "type": 1,
            "description": "",
            "contexts": None,
            **kept,
            **place,
            "id": number or str(self._world.new_id()),
            "application_id": str(self._world.bot.id),
            "version": str(self._world.new_id()),
            "default_member_permissions": None if permissions is None else str(permissions),
        }

    async def _callback(self, call: Call) -> Answer:
        return await self._interactions.callback(
            call.number("interaction"),
            call.parts["token"],
            call.body or {},
            call.files,
            with_response=call.query.get("with_response") in {"1", "true"},
        )

    async def _follow_up(self, call: Call) -> Answer:
        wait = call.query.get("wait") in {"1", "true"}
        token, body = call.parts["token"], call.body or {}
        return await self._interactions.follow_up(token, body, call.files, wait=wait)

    async def _response(self, call: Call) -> Answer:
        token, which = call.parts["token"], call.parts["message"]
        body = call.body or {}
        return await self._interactions.message(call.method, token, which, body, call.files)

    async def _open_conversation(self, call: Call) -> Answer:
        user = self._world.users.get(int(call.body.get("recipient_id") or 0))
        if user is None:
            raise ApiError(400, 50033)
        return 200, channel_json(self._world, self._world.conversation(user))

    async def _get_channel(self, call: Call) -> Answer:
        return 200, channel_json(self._world, self._channel(call))

    async def _type(self, call: Call) -> Answer:
        self._channel(call, sends=True)
        return 204, None

    async def _list_messages(self, call: Call) -> Answer:
        channel = self._channel(call, Permission.READ_MESSAGE_HISTORY)
        limit = int(call.query.get("limit", 50))
        found = [
            message
            for message in reversed(self._world.messages.values())
            if message["channel_id"] == str(channel.id) and not message["flags"] & 64
        ]
        return 200, [self._messages.seen_over_rest(message) for message in found[:limit]]

    async def _send(self, call: Call) -> Answer:
        channel = self._channel(call, sends=True)
        body = call.body or {}
        needs = Permission(0)
        needs |= Permission.EMBED_LINKS if body.get("embeds") else 0
        needs |= Permission.ATTACH_FILES if call.files else 0
        self._permit(channel, needs)
        extra = self._reference(channel, body)
        self._messages.check("message", body, call.files)
        if body.get("nonce") is not None:
            extra["nonce"] = body["nonce"]
        author = self._world.bot
        message = await self._messages.create(channel, author, body, call.files, extra=extra)
        return 200, message

    def _reference(self, channel: Channel, body: Json) -> Json:
        """Return what makes a message a reply, or an empty object."""
        reference = body.get("message_reference")
        if not reference:
            return {}
        history = self._world.bot_permissions(channel) & Permission.READ_MESSAGE_HISTORY
        if channel.guild is not None and not history:
            raise ApiError(400, 160002)
        earlier = self._world.messages.get(int(reference["message_id"]))
        if earlier is None or earlier["channel_id"] != str(channel.id):
            if reference.get("fail_if_not_exists", True):
                raise ApiError(400, 50035, ("message_reference: Unknown message",))
            return {}
        return reply_parts(earlier, channel)

    async def _get_message(self, call: Call) -> Answer:
        message = self._message(call, Permission.READ_MESSAGE_HISTORY)
        return 200, self._messages.seen_over_rest(message)

    async def _edit(self, call: Call) -> Answer:
        message = self._message(call)
        if message["author"]["id"] != str(self._world.bot.id):
            raise ApiError(403, 50005)
        body = call.body or {}
        self._messages.check("edit of a message", body, call.files, message)
        return 200, await self._messages.edit(message, body, call.files)

    async def _delete(self, call: Call) -> Answer:
        message = self._message(call)
        if message["author"]["id"] != str(self._world.bot.id):
            self._permit(self._channel(call), Permission.MANAGE_MESSAGES)
        await self._messages.delete(message)
        return 204, None

    async def _react(self, call: Call) -> Answer:
        needs = Permission.ADD_REACTIONS | Permission.READ_MESSAGE_HISTORY
        message = self._message(call, needs)
        emoji = call.parts["emoji"]
        others = [item for item in message.get("reactions", []) if item["emoji"]["name"] != emoji]
        reaction = {
            "emoji": {"id": None, "name": emoji},
            "count": 1,
            "count_details": {"burst": 0, "normal": 1},
            "burst_colors": [],
            "me": True,
            "me_burst": False,
        }
        self._world.keep_message({**message, "reactions": [*others, reaction]})
        return 204, None

    async def _unreact(self, call: Call) -> Answer:
        message = self._message(call)
        emoji = call.parts["emoji"]
        others = [item for item in message.get("reactions", []) if item["emoji"]["name"] != emoji]
        self._world.keep_message({**message, "reactions": others})
        return 204, None

    def _message(self, call: Call, needs: Permission = Permission(0)) -> Json:  # noqa: B008 (a value)
        channel = self._channel(call, needs)
        message = self._world.messages.get(call.number("message"))
        if message is None or message["channel_id"] != str(channel.id) or message["flags"] & 64:
            raise ApiError(404, 10008)
        return message

    def _channel(
        self,
        call: Call,
        needs: Permission = Permission(0),  # noqa: B008 (a value)
        *,
        sends: bool = False,
    ) -> Channel:
        """Return the channel of a request if the bot may do there what it asks for."""
        channel = self._world.channels.get(call.number("channel"))
        if channel is None:
            raise ApiError(404, 10003)
        if not channel.holds_the_bot:
            raise ApiError(403, 50001)
        if channel.kind == DM:
            closed = self._world.closed_to_direct_messages
            if sends and any(user.id in closed for user in channel.people):
                raise ApiError(403, 50007)
            return channel
        if sends:
            in_thread = channel.kind == PUBLIC_THREAD
            needs |= Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
        self._permit(channel, needs)
        if sends and channel.archived:
            raise ApiError(400, 50083)
        return channel

    def _permit(self, channel: Channel, needs: Permission) -> None:
        if channel.guild is None:
            return
        permissions = self._world.bot_permissions(channel)
        if not permissions & Permission.VIEW_CHANNEL:
            raise ApiError(403, 50001)
        if needs & ~permissions:
            raise ApiError(403, 50013)


def reply_parts(earlier: Json, channel: Channel) -> Json:
    """Return what a reply says of the message it replies to."""
    place = {"guild_id": str(channel.guild.id)} if channel.guild is not None else {}
    reference = {"type": 0, "channel_id": str(channel.id), "message_id": earlier["id"], **place}
    kept = {name: value for name, value in earlier.items() if name != "referenced_message"}
    return {"type": 19, "message_reference": reference, "referenced_message": kept}


def application_json(world: World) -> Json:
    return {
        "id": str(world.bot.id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "bot": user_json(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user_json(world.owner),
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }


def _guild(call: Call) -> int | None:
    return call.number("guild") if "guild" in call.parts else None


def _route(method: str, template: str, handler: Handler) -> tuple[str, re.Pattern[str], Handler]:
    numbers = {"channel", "guild", "application", "interaction"}
    pattern = template
    for name in re.findall(r"\{(\w+)\}", template):
        digits = name in numbers or (name == "message" and template.startswith("/channels"))
        pattern = pattern.replace(f"{{{name}}}", f"(?P<{name}>{r'[0-9]+' if digits else '[^/]+'})")
    return method, re.compile(pattern), handler
