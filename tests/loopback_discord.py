"""A Discord of our own on 127.0.0.1, to which the unmodified discord.py connects.

A test builds a world, points the client at the server, and plays the people in it:

    async with LoopbackDiscord() as server:
        channel = server.add_channel(server.add_guild())
        ada = server.add_user("ada")
        async with connected(server, client):
            asked = await server.slash(ada, channel, "ask", question="How much steel?")
            message = await asked.wait_response()
        assert server.violations == []

A client in another process needs only two addresses, see `run_against_loopback.py`. Every request
is held to Discord's documented limits and, where it is at hand, to Discord's own description of its
API; what is wrong stands in `violations`. Waiting for three seconds means three real seconds.
"""

import asyncio
import base64
import contextlib
import json
import re
import threading
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import discord
import discord.gateway
import discord.http
import yarl
from aiohttp import BodyPartReader, web
from loopback_calls import check_options, id_of, option_json, owners_of
from loopback_faults import ApiError, Fault, Limited, RateLimit, make_fault
from loopback_gateway import Event, Gateway, Session
from loopback_interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MESSAGE_MENU,
    SLASH,
    USER_MENU,
    Interaction,
    Interactions,
)
from loopback_limits import SUBCOMMAND, SUBCOMMAND_GROUP, all_components
from loopback_messages import File, Messages
from loopback_rest import Call, Rest, reply_parts
from loopback_schemas import ApiDescription, published_description
from loopback_world import (
    DM,
    GROUP_DM,
    IN_DIRECT_MESSAGES,
    ORDINARY,
    PUBLIC_THREAD,
    TEXT,
    Attachment,
    Channel,
    Guild,
    Member,
    Permission,
    Role,
    User,
    World,
    attachment_json,
    channel_json,
    guild_json,
    interaction_token,
    member_json,
    now,
    own_user_json,
    user_json,
)

__all__ = [
    "IN_DIRECT_MESSAGES",
    "ORDINARY",
    "Attachment",
    "Channel",
    "Guild",
    "Interaction",
    "LoopbackDiscord",
    "Member",
    "Permission",
    "Request",
    "Role",
    "ServerThread",
    "User",
    "connected",
    "pointed_at",
    "until",
]

Json = dict[str, Any]
Result = TypeVar("Result")

API = "/api/v10"
REQUEST_BYTES = 25 * 1024 * 1024
KEPT_REQUESTS = 10_000
KEPT_VIOLATIONS = 1000
ATTACHMENT_BYTES = 10 * 1024 * 1024
WITHOUT_BOT_TOKEN = ("/interactions/", "/webhooks/", "/gateway")


@dataclass(frozen=True, slots=True)
class Request:
    """One REST request as it arrived."""

    method: str
    path: str  # below /api/v10
    json: Any
    at: float  # monotonic


class LoopbackDiscord:
    """A server with its world; start it with `async with`, in the loop that shall serve it."""

    def __init__(
        self,
        *,
        acknowledge_seconds: float = 3.0,
        token_seconds: float = 900.0,
        heartbeat_interval_seconds: float = 41.25,
        allowed_privileged_intents: int = 0,
        validates: bool = True,
        records: bool = True,
    ) -> None:
        self.world = World()
        self.bot = self.world.bot
        number = base64.b64encode(str(self.bot.id).encode()).decode().rstrip("=")
        self.token = f"{number}.{'Loopbk'}.{'k' * 38}"
        self.records = records
        self.requests: deque[Request] = deque(maxlen=KEPT_REQUESTS)
        self.statuses: Counter[int] = Counter()
        self.invalid_requests = 0
        self.violations: list[str] = []
        self.gateway = Gateway(self.token, self._ready, self._first_events)
        self.gateway.heartbeat_interval_seconds = heartbeat_interval_seconds
        self.gateway.allowed_privileged_intents = allowed_privileged_intents
        self._messages = Messages(self.world, self.gateway, self._report, lambda: self.base_url)
        self.interactions = Interactions(self.world, self._messages, self._report)
        self.interactions.acknowledge_seconds = acknowledge_seconds
        self.interactions.token_seconds = token_seconds
        self.rest = Rest(self.world, self._messages, self.interactions, self._report)
        self._description: ApiDescription | None = published_description() if validates else None
        self._faults: list[Fault] = []
        self._limits: list[RateLimit] = []
        self._runner: web.AppRunner | None = None
        self._port = 0

    # -- running

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        application = web.Application(client_max_size=REQUEST_BYTES)
        application.router.add_get("/gateway", self.gateway.handle)
        application.router.add_get("/gateway/", self.gateway.handle)
        application.router.add_get("/attachments/{number}/{name}", self._attachment)
        application.router.add_route("*", API + "/{path:.*}", self._api)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.rest.gateway_url = self.gateway_url

    async def stop(self) -> None:
        await self.gateway.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def rest_url(self) -> str:
        return f"{self.base_url}{API}"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/gateway"

    @property
    def environment(self) -> dict[str, str]:
        """Return what tells `run_against_loopback.py` in another process where to connect."""
        return {"LOOPBACK_REST": self.rest_url, "LOOPBACK_GATEWAY": self.gateway_url}

    # -- the world

    def add_guild(
        self, name: str = "Ministry", *, owner: User | None = None, locale: str = "en-US"
    ) -> Guild:
        return self.world.add_guild(name, owner, locale)

    def add_channel(
        self, guild: Guild, name: str = "policy", *, permissions: int = ORDINARY
    ) -> Channel:
        """Add a text channel in which the bot has these permissions."""
        channel = Channel(self.world.new_id(), TEXT, name, guild)
        return self._add_channel(channel, permissions)

    def add_thread(
        self, parent: Channel, name: str = "thread", *, archived: bool = False
    ) -> Channel:
        """Add a public thread; the bot's permissions are those of the parent."""
        thread = Channel(
            self.world.new_id(),
            PUBLIC_THREAD,
            name,
            parent.guild,
            parent.id,
            archived=archived,
            created_at=now(),
        )
        return self._add_channel(thread, 0)

    def add_private_channel(self, *people: User) -> Channel:
        """Add a conversation of others, where the bot is only met as a user-installed app."""
        kind = DM if len(people) <= 2 else GROUP_DM
        channel = Channel(self.world.new_id(), kind, people=people, holds_the_bot=False)
        return self._add_channel(channel, 0)

    def _add_channel(self, channel: Channel, permissions: int) -> Channel:
        self.world.channels[channel.id] = channel
        self.world.permissions[channel.id] = permissions
        return channel

    def add_user(self, name: str = "ada", *, bot: bool = False, locale: str = "en-US") -> User:
        user = User(self.world.new_id(), name, bot, locale)
        self.world.users[user.id] = user
        return user

    def add_role(self, guild: Guild, name: str = "editors", permissions: int = 0) -> Role:
        role = Role(self.world.new_id(), name, permissions)
        self.world.roles[guild.id].append(role)
        return role

    def add_member(
        self, guild: Guild, user: User, *, roles: Sequence[Role] = (), permissions: int = ORDINARY
    ) -> Member:
        """Say which roles and permissions a user has in a guild; the others are ordinary members.

        Everybody may speak in every guild; this adds to what they are.
        """
        member = Member(guild, user, tuple(roles), permissions)
        self.world.members[guild.id, user.id] = member
        return member

    def open_dm(self, user: User) -> Channel:
        """Return the direct conversation of a user and the bot."""
        return self.world.conversation(user)

    def close_dm(self, user: User) -> None:
        """From now on the user takes no direct messages: 50007."""
        self.world.closed_to_direct_messages.add(user.id)

    def set_permissions(self, channel: Channel, permissions: int) -> None:
        """Change what the bot may do in a channel, without telling it; see `announce`."""
        self.world.permissions[channel.id] = permissions

    def attachment(
        self, filename: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> Attachment:
        """Return a file a user uploads, to be given to `slash` as the value of an option."""
        kept = self.world.keep_attachment(filename, data, content_type, self.base_url)
        return self.world.attachments[int(kept["id"])]

    async def announce(self, item: Guild | Channel) -> None:
        """Tell connected clients of a new guild, or of a channel as it is now."""
        if isinstance(item, Guild):
            event, data = "GUILD_CREATE", guild_json(self.world, item)
        else:
            kind = "THREAD" if item.kind == PUBLIC_THREAD else "CHANNEL"
            event, data = f"{kind}_UPDATE", channel_json(self.world, item)
        await self.dispatch(event, data)

    async def delete_message(self, message: Mapping[str, Any]) -> None:
        """Delete a message, as its author or a moderator would: 10008 from now on."""
        await self._messages.delete(dict(message))

    async def delete_channel(self, channel: Channel) -> None:
        """Delete a channel: 10003 from now on."""
        data = channel_json(self.world, channel)
        del self.world.channels[channel.id]
        kind = "THREAD" if channel.kind == PUBLIC_THREAD else "CHANNEL"
        await self.dispatch(f"{kind}_DELETE", data)

    def messages(self, channel: Channel) -> list[Json]:
        """Return the messages of a channel, oldest first, ephemeral ones included."""
        number = str(channel.id)
        return [m for m in self.world.messages.values() if m["channel_id"] == number]

    @property
    def commands(self) -> list[Json]:
        """Return the registered global commands, as Discord would list them."""
        return self.rest.commands.get(None, [])

    @property
    def command_puts(self) -> int:
        return self.rest.command_puts

    # -- what people do

    async def say(
        self,
        user: User,
        channel: Channel,
        content: str,
        *,
        mentions_bot: bool = False,
        reply_to: Mapping[str, Any] | None = None,
        pings: bool = True,
        attachments: Sequence[Attachment] = (),
    ) -> Json:
        """Write a message; a mention puts `<@id>` in front, a reply pings whom it replies to."""
        mentioned = {self.bot.id: self.bot} if mentions_bot else {}
        if mentions_bot and f"<@{self.bot.id}>" not in content:
            content = f"<@{self.bot.id}> {content}"
        extra: Json = {"attachments": [attachment_json(item) for item in attachments]}
        if reply_to is not None:
            extra |= reply_parts(dict(reply_to), channel)
            author = self.world.users.get(int(reply_to["author"]["id"]))
            if author is not None and pings:
                mentioned[author.id] = author
        extra["mentions"] = [user_json(person) for person in mentioned.values()]
        return await self._messages.create(channel, user, {"content": content}, extra=extra)

    async def slash(
        self, user: User, channel: Channel, command: str, /, **options: object
    ) -> Interaction:
        """Call a slash command; `"add file"` names a subcommand.

        Options take text, numbers, booleans, attachments, users, channels and roles.
        """
        return await self.invoke(user, channel, command, options)

    async def invoke(
        self,
        user: User,
        channel: Channel,
        command: str,
        options: Mapping[str, object],
        *,
        focused: str | None = None,
        user_installed_only: bool = False,
        delivery_delay_seconds: float = 0.0,
    ) -> Interaction:
        """Call a slash command with all there is to set; with `focused`, ask for its choices."""
        resolved: Json = {}
        given = [option_json(name, value, resolved, self.world) for name, value in options.items()]
        for option in given:
            if option["name"] == focused:
                option["focused"] = True
        name, *subcommands = command.split(" ")
        declared = self._declared(name, SLASH, channel)
        check_options(command, declared, subcommands, given)
        for position, word in enumerate(reversed(subcommands)):
            kind = SUBCOMMAND if position == 0 else SUBCOMMAND_GROUP
            given = [{"name": word, "type": kind, "options": given}]
        data: Json = {"id": id_of(declared, self.world), "name": name, "type": SLASH}
        data["options"] = given
        if resolved:
            data["resolved"] = resolved
        return await self._interact(
            AUTOCOMPLETE if focused is not None else COMMAND,
            user,
            channel,
            data,
            user_installed_only=user_installed_only,
            delivery_delay_seconds=delivery_delay_seconds,
        )

    async def autocomplete(
        self, user: User, channel: Channel, command: str, focused: str, /, **options: object
    ) -> Interaction:
        """Ask for the choices of an option while it is typed; they come as `choices`."""
        return await self.invoke(user, channel, command, options, focused=focused)

    async def message_command(
        self,
        user: User,
        message: Mapping[str, Any],
        command: str,
        *,
        user_installed_only: bool = False,
    ) -> Interaction:
        """Call a command of a message's context menu; its target is shown in full."""
        channel = self.world.channels[int(message["channel_id"])]
        declared = self._declared(command, MESSAGE_MENU, channel)
        data = {
            "id": id_of(declared, self.world),
            "name": command,
            "type": MESSAGE_MENU,
            "target_id": message["id"],
            "resolved": {"messages": {message["id"]: dict(message)}},
        }
        return await self._interact(
            COMMAND, user, channel, data, user_installed_only=user_installed_only
        )

    async def user_command(
        self, user: User, channel: Channel, target: User, command: str
    ) -> Interaction:
        """Call a command of a user's context menu."""
        resolved: Json = {}
        option_json("target", target, resolved, self.world)
        declared = self._declared(command, USER_MENU, channel)
        data = {
            "id": id_of(declared, self.world),
            "name": command,
            "type": USER_MENU,
            "target_id": str(target.id),
            "resolved": resolved,
        }
        return await self._interact(COMMAND, user, channel, data)

    async def press(
        self,
        user: User,
        message: Mapping[str, Any],
        custom_id: str,
        values: Sequence[str] = (),
        *,
        user_installed_only: bool = False,
        unchecked: bool = False,
    ) -> Interaction:
        """Press a button of a message as it is stored, or choose from a select.

        Unchecked also presses what is not there, as somebody can who sends requests by hand.
        """
        stored = self.world.messages.get(int(message["id"]))
        shown = stored if stored is not None else dict(message)
        found = [c for c in all_components(shown["components"]) if c.get("custom_id") == custom_id]
        component: Mapping[str, Any] = found[0] if found else {"type": 2, "id": 1}
        if not unchecked and (not found or component.get("disabled") or stored is None):
            raise LookupError(f"message {message['id']} has no {custom_id!r} that can be pressed")
        data: Json = {
            "custom_id": custom_id,
            "component_type": component["type"],
            "id": component["id"],
        }
        if component["type"] != 2:
            data["values"] = list(values)
        return await self._interact(
            COMPONENT,
            user,
            self.world.channels[int(shown["channel_id"])],
            data,
            message=shown,
            user_installed_only=user_installed_only,
        )

    async def dispatch(self, event: str, data: Json) -> None:
        """Send any event to all sessions."""
        await self.gateway.dispatch(event, lambda _session: data)

    async def dispatch_again(self, interaction: Interaction) -> None:
        """Send an interaction a second time."""
        await self.dispatch("INTERACTION_CREATE", interaction.payload)

    async def _interact(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        *,
        message: Mapping[str, Any] | None = None,
        user_installed_only: bool = False,
        delivery_delay_seconds: float = 0.0,
    ) -> Interaction:
        owners = owners_of(user, channel, user_installed_only)
        number = self.world.new_id()
        interaction = Interaction(
            id=number,
            token=interaction_token(number),
            type=kind,
            user=user,
            channel=channel,
            owners=owners,
            world=self.world,
            created_at=time.monotonic(),
            message_id=int(message["id"]) if message is not None else None,
        )
        interaction.payload = self._interaction_payload(interaction, data)
        if message is not None:
            interaction.payload["message"] = dict(message)
        self.interactions.keep(interaction)
        await asyncio.sleep(delivery_delay_seconds)
        interaction.dispatched_at = time.monotonic()
        await self.dispatch("INTERACTION_CREATE", interaction.payload)
        return interaction

    def _interaction_payload(self, interaction: Interaction, data: Json) -> Json:
        user, channel = interaction.user, interaction.channel
        place = channel_json(self.world, channel)
        payload: Json = {
            "id": str(interaction.id),
            "application_id": str(self.bot.id),
            "type": interaction.type,
            "token": interaction.token,
            "version": 1,
            "data": data,
            "channel_id": str(channel.id),
            "channel": place,
            "locale": user.locale,
            "app_permissions": str(int(self._app_permissions(interaction))),
            "attachment_size_limit": ATTACHMENT_BYTES,
            "authorizing_integration_owners": dict(interaction.owners),
            "entitlements": [],
            "entitlement_sku_ids": [],
            "context": 0 if channel.guild is not None else (1 if channel.holds_the_bot else 2),
        }
        if channel.guild is None:
            return payload | {"user": user_json(user)}
        member = self.world.member(channel.guild, user)
        permissions = str(int(member.permissions))
        place["permissions"] = permissions
        guild = channel.guild
        return payload | {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "member": {**member_json(member), "user": user_json(user), "permissions": permissions},
        }

    def _app_permissions(self, interaction: Interaction) -> int:
        if interaction.channel.guild is None:
            return IN_DIRECT_MESSAGES
        return self.world.bot_permissions(interaction.channel) & ((1 << 53) - 1)

    def _declared(self, name: str, kind: int, channel: Channel) -> Json | None:
        """Return a registered command; None while the bot has registered none at all.

        A command that Discord would not offer here is a mistake of the test.
        """
        guild = channel.guild.id if channel.guild is not None else None
        listed = [*self.rest.commands.get(guild, []), *self.commands] if guild else self.commands
        if not listed:
            return None
        found = [item for item in listed if (item["name"], item["type"]) == (name, kind)]
        if not found:
            raise LookupError(f"the bot has registered no command {name!r} of type {kind}")
        context = 0 if channel.guild is not None else (1 if channel.holds_the_bot else 2)
        if found[0]["contexts"] is not None and context not in found[0]["contexts"]:
            raise LookupError(f"{name!r} is not offered in context {context}")
        return found[0]

    # -- what goes wrong

    def fail_next(
        self,
        method: str,
        path_regex: str,
        *,
        status: int | None = None,
        code: int = 0,
        times: int = 1,
        body: str | Json | None = None,
        headers: Mapping[str, str] | None = None,
        delay_seconds: float = 0.0,
        reset_connection: bool = False,
        after_processing: bool = False,
        retry_after: float = 0.1,
        scope: str = "user",
        cloudflare: bool = False,
    ) -> Fault:
        """Let the next requests fail whose path, below /api/v10, holds this expression.

        Without a status the request is answered as always, only late or cut off in mid-body.
        With `after_processing` it has its effect although the answer says otherwise. The scope of
        a 429 is user, global or shared; cloudflare is the HTML page of a ban, without Via.
        """
        fault = make_fault(
            method,
            path_regex,
            status=status,
            code=code,
            times=times,
            body=body,
            headers=headers,
            delay_seconds=delay_seconds,
            reset_connection=reset_connection,
            after_processing=after_processing,
            retry_after=retry_after,
            scope=scope,
            cloudflare=cloudflare,
        )
        self._faults.append(fault)
        return fault

    def limit(self, method: str, path_regex: str, *, limit: int, per_seconds: float) -> None:
        """Put a real rate limit on routes, with the headers that tell of it."""
        self._limits.append(RateLimit(method, re.compile(path_regex), limit, per_seconds))

    async def until_ready(self, count: int = 1, timeout_seconds: float = 10.0) -> None:
        """Wait until so many READY and first guilds have been sent since the start."""
        await until(lambda: self.gateway.ready_count >= count, timeout_seconds)

    # -- behind the routes

    def _report(self, violation: str) -> None:
        if len(self.violations) < KEPT_VIOLATIONS:
            self.violations.append(violation)

    def _ready(self, session: Session) -> Json:
        guilds = [{"id": str(number), "unavailable": True} for number in self.world.guilds]
        return {
            "v": 10,
            "user": own_user_json(self.bot),
            "guilds": guilds,
            "private_channels": [],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.gateway_url,
            "application": {"id": str(self.bot.id), "flags": 0},
        }

    def _first_events(self, session: Session) -> list[Event]:
        if not session.intents & 1:
            return []
        return [("GUILD_CREATE", guild_json(self.world, g)) for g in self.world.guilds.values()]

    async def _attachment(self, request: web.Request) -> web.Response:
        kept = self.world.attachments.get(int(request.match_info["number"]))
        if kept is None:
            raise web.HTTPNotFound
        return web.Response(body=kept.data, headers={"Content-Type": kept.content_type})

    async def _api(self, request: web.Request) -> web.StreamResponse:
        path = "/" + request.match_info["path"]
        method = request.method
        try:
            body, files = await _read(request)
        except web.HTTPRequestEntityTooLarge:
            self._report(f"{method} {_short(path)}: more than 25 MiB")
            return self._json(413, ApiError(413, 40005).body(), {})
        except ValueError:
            self._report(f"{method} {_short(path)}: the body is not JSON")
            return self._json(400, ApiError(400, 50109).body(), {})
        if self.records:
            self.requests.append(Request(method, path, body, time.monotonic()))
        fault = next((f for f in self._faults if f.meets(method, path)), None)
        if fault is not None:
            fault.remaining -= 1
            self._faults = [f for f in self._faults if f.remaining > 0]
            if not fault.after_processing:
                await asyncio.sleep(fault.delay_seconds)
                if fault.status is not None or fault.reset_connection:
                    return await self._break(request, fault)
        headers: dict[str, str] = {}
        call = Call(method, path, request.query, body, files)
        try:
            headers = self._charge(method, path)
            self._authorize(request, path)
            self._validate_request(method, path, body)
            status, answer = await self.rest.answer(call)
        except ApiError as error:
            status, answer = error.status, error.body()
        except Limited as limited:
            status, answer, headers = 429, limited.body, limited.headers
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            self._report(f"{method} {_short(path)}: the double cannot read this: {error!r}")
            raise
        if fault is not None:
            await asyncio.sleep(fault.delay_seconds)
            if fault.after_processing and (fault.status is not None or fault.reset_connection):
                return await self._break(request, fault)
        self._validate_response(method, path, status, answer)
        return self._json(status, answer, headers)

    def _charge(self, method: str, path: str) -> dict[str, str]:
        headers: dict[str, str] = {}
        for limit in self._limits:
            if limit.meets(method, path):
                within, headers, wait = limit.charge(path)
                if not within:
                    raise Limited(wait, headers)
        return headers

    def _authorize(self, request: web.Request, path: str) -> None:
        if not request.headers.get("User-Agent"):
            self._report(f"{request.method} {path}: no User-Agent")
            raise ApiError(403, 40333)
        if path.startswith(WITHOUT_BOT_TOKEN) and path != "/gateway/bot":
            return
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise ApiError(401, 0)

    def _validate_request(self, method: str, path: str, body: object) -> None:
        if self._description is not None:
            problem = self._description.request_problem(method, path, body)
            if problem is not None:
                self._report(f"{method} {_short(path)}: {problem}")

    def _validate_response(self, method: str, path: str, status: int, body: object) -> None:
        if self._description is not None:
            problem = self._description.response_problem(method, path, status, body)
            if problem is not None:
                self._report(f"answer {status} to {method} {_short(path)}: {problem}")

    def _json(self, status: int, body: object, headers: Mapping[str, str]) -> web.Response:
        self._count(status, invalid=status in {401, 403, 429})
        sent = {"Via": "1.1 google", **headers}
        if body is None:
            return web.Response(status=status, headers=sent)
        sent["Content-Type"] = "application/json"  # discord.py wants exactly this, no charset
        return web.Response(status=status, body=json.dumps(body).encode(), headers=sent)

    async def _break(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        """Answer as a fault says."""
        data = fault.body.encode()
        if not fault.reset_connection:
            status = fault.status or 500
            self._count(status, invalid=fault.counts_as_invalid)
            return web.Response(status=status, body=data, headers=fault.headers)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.content_length = 1000
        await response.prepare(request)
        await response.write(data[:10])
        if request.transport is not None:
            request.transport.abort()
        return response

    def _count(self, status: int, *, invalid: bool) -> None:
        self.statuses[status] += 1
        self.invalid_requests += invalid


async def _read(request: web.Request) -> tuple[Any, list[File]]:
    """Return the JSON of a request and the files that came with it."""
    if not request.content_type.startswith("multipart/"):
        raw = await request.read()
        return (json.loads(raw) if raw else None), []
    body: Any = None
    files: list[File] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        data = bytes(await part.read())
        if part.name == "payload_json":
            body = json.loads(data)
        else:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            files.append(File(part.filename or "file", kind, data))
    return body, files


def _short(path: str) -> str:
    """Return a path without the tokens in it."""
    return re.sub(r"[\w-]{40,}", "TOKEN", path)


async def until(condition: Callable[[], bool], timeout_seconds: float = 5.0) -> None:
    """Wait for something that a test can see but not await."""
    end = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {timeout_seconds} s")
        await asyncio.sleep(0.005)


@contextlib.contextmanager
def pointed_at(server: LoopbackDiscord) -> Iterator[None]:
    """Let discord.py in this process connect to the server instead of to Discord."""
    route, socket = discord.http.Route, discord.gateway.DiscordWebSocket
    earlier = (route.BASE, socket.DEFAULT_GATEWAY)
    route.BASE, socket.DEFAULT_GATEWAY = server.rest_url, yarl.URL(server.gateway_url)
    try:
        yield
    finally:
        route.BASE, socket.DEFAULT_GATEWAY = earlier


@contextlib.asynccontextmanager
async def connected(server: LoopbackDiscord, client: discord.Client) -> AsyncIterator[None]:
    """Run a client of this process against the server for the length of a block.

    The block begins once the client is ready, and what ended the client early is raised.
    """
    with pointed_at(server):
        life = asyncio.create_task(client.start(server.token))
        try:
            await until(lambda: life.done() or client.is_ready(), 10.0)
            if not life.done():
                yield
        finally:
            await client.close()
            await asyncio.wait({life})
        life.result()


class ServerThread:
    """A server in a thread with a loop of its own, for tests and scripts that are not async.

    with ServerThread() as thread:
        channel = thread.server.add_channel(thread.server.add_guild())
        asked = thread.run(thread.server.slash(ada, channel, "ask", question="..."))
        message = thread.run(asked.wait_response())
    """

    def __init__(self, server: LoopbackDiscord | None = None) -> None:
        self.server = server or LoopbackDiscord()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loopback", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self.server.start())
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        """Stop the server, and what still waits to answer somebody who has gone."""
        await self.server.stop()
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    def run(self, work: Coroutine[Any, Any, Result], timeout_seconds: float = 60.0) -> Result:
        """Run something of the server in its loop and return what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_seconds)
