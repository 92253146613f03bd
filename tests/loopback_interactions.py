"""Interactions: who may answer one, how, how often and until when; and how it was answered."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loopback_faults import ApiError
from loopback_limits import EPHEMERAL, choice_problems, modal_problems
from loopback_messages import File, Messages, Report
from loopback_world import LOADING, Channel, User, World, user_json

Json = dict[str, Any]
Answer = tuple[int, Any]  # status, JSON or None

COMMAND, COMPONENT, AUTOCOMPLETE = 2, 3, 4  # interaction types
SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3  # types of application commands
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9  # callback types
PERMITTED = {
    COMMAND: {MESSAGE, DEFERRED, MODAL},
    COMPONENT: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
}
FOLLOWUPS_IF_USER_INSTALLED = 5
KEPT_INTERACTIONS = 10_000


@dataclass(slots=True, eq=False)
class Interaction:
    """One interaction and all that became of it; times are monotonic."""

    id: int
    token: str
    type: int
    user: User
    channel: Channel
    owners: Mapping[str, str]  # authorizing_integration_owners
    world: World = field(repr=False)
    created_at: float  # the three seconds run from here
    payload: Json = field(default_factory=dict, repr=False)  # as dispatched
    message_id: int | None = None  # of a component: the message it stands in
    dispatched_at: float | None = None
    acknowledged_at: float | None = None
    responded_at: float | None = None
    callback_type: int | None = None
    response_id: int | None = None
    deferred: bool = False
    ephemeral: bool = False
    choices: list[Json] = field(default_factory=list)
    modal: Json | None = None
    followup_ids: list[int] = field(default_factory=list)
    deadline_missed: bool = False
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    responded: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def __str__(self) -> str:
        data = self.payload.get("data", {})
        return f"{data.get('name') or data.get('custom_id')!r} by {self.user.name}"

    @property
    def response(self) -> Json | None:
        """Return the first response as it is stored now: None before it, or once deleted."""
        return self.world.messages.get(self.response_id or 0)

    @property
    def followups(self) -> list[Json]:
        stored = self.world.messages
        return [stored[number] for number in self.followup_ids if number in stored]

    async def wait_acknowledged(self, timeout_seconds: float = 5.0) -> None:
        """Wait for the first callback, a deferral included."""
        await _wait(self.acknowledged, timeout_seconds, f"{self} was not acknowledged")

    async def wait_response(self, timeout_seconds: float = 10.0) -> Json:
        """Wait for what the user gets to see: a message, an update, or the edit of a deferral."""
        await _wait(self.responded, timeout_seconds, f"{self} got no response")
        if self.response is None:
            raise LookupError(f"{self} has no message as its response")
        return self.response


async def _wait(event: asyncio.Event, timeout_seconds: float, otherwise: str) -> None:
    try:
        async with asyncio.timeout(timeout_seconds):
            await event.wait()
    except TimeoutError:
        raise TimeoutError(f"{otherwise} within {timeout_seconds} s") from None


class Interactions:
    """All interactions, and the routes that answer them."""

    def __init__(self, world: World, messages: Messages, report: Report) -> None:
        self._world = world
        self._messages = messages
        self._report = report
        self._kept: OrderedDict[str, Interaction] = OrderedDict()
        self.acknowledge_seconds = 3.0
        self.token_seconds = 900.0

    def keep(self, interaction: Interaction) -> None:
        self._kept[interaction.token] = interaction
        while len(self._kept) > KEPT_INTERACTIONS:
            self._kept.popitem(last=False)

    async def callback(
        self, number: int, token: str, body: Json, files: Sequence[File], *, with_response: bool
    ) -> Answer:
        """Take the first answer to an interaction."""
        interaction = self._kept.get(token)
        if interaction is None or interaction.id != number:
            raise ApiError(404, 10062)
        if interaction.acknowledged_at is not None:
            raise ApiError(400, 40060)
        received_at = time.monotonic()
        if received_at > interaction.created_at + self.acknowledge_seconds:
            interaction.deadline_missed = True
            raise ApiError(404, 10062)
        kind, data = body.get("type"), body.get("data") or {}
        if kind not in PERMITTED[interaction.type]:
            self._report(f"callback: type {kind} for an interaction of type {interaction.type}")
            raise ApiError(400, 50035, (f"type: {kind} is not permitted here",))
        self._check_callback(interaction, kind, data, files)
        interaction.acknowledged_at = received_at
        interaction.callback_type = kind
        await self._take(interaction, kind, data, files)
        interaction.acknowledged.set()
        if not with_response:
            return 204, None
        return 200, _callback_response(interaction)

    def _check_callback(
        self, interaction: Interaction, kind: int, data: Json, files: Sequence[File]
    ) -> None:
        problems: list[str] = []
        if kind in {MESSAGE, UPDATE}:
            earlier = None
            if kind == UPDATE:
                earlier = self._world.messages.get(interaction.message_id or 0)
                if earlier is None:
                    raise ApiError(404, 10008)
            self._messages.check(f"callback {kind}", data, files, earlier)
        elif kind == CHOICES:
            problems = choice_problems(data.get("choices") or [])
        elif kind == MODAL:
            problems = modal_problems(data)
        elif kind == DEFERRED and (data.get("flags") or 0) & ~EPHEMERAL:
            problems = ["flags: a deferral may only be ephemeral"]
        for problem in problems:
            self._report(f"callback {kind}: {problem}")
        if problems:
            raise ApiError(400, 50035, tuple(problems))

    async def _take(
        self, interaction: Interaction, kind: int, data: Json, files: Sequence[File]
    ) -> None:
        if kind in {MESSAGE, DEFERRED}:
            flags = data.get("flags") or 0
            interaction.deferred = kind == DEFERRED
            interaction.ephemeral = bool(flags & EPHEMERAL)
            extra = self._marks(interaction) | {
                "type": _message_type(interaction),
                "flags": flags | (LOADING if kind == DEFERRED else 0),
            }
            message = await self._create(interaction, data, files, extra)
            interaction.response_id = int(message["id"])
        elif kind in {DEFERRED_UPDATE, UPDATE}:
            interaction.deferred = kind == DEFERRED_UPDATE
            interaction.response_id = interaction.message_id
            if kind == UPDATE:
                earlier = self._world.messages[interaction.message_id or 0]
                await self._messages.edit(earlier, data, files)
        elif kind == CHOICES:
            interaction.choices = list(data.get("choices") or [])
        else:
            interaction.modal = data
        if not interaction.deferred:
            _respond(interaction)

    async def follow_up(
        self, token: str, body: Json, files: Sequence[File], *, wait: bool
    ) -> Answer:
        """Take a follow-up message; straight after a deferral it is an edit of the response."""
        interaction = self._alive(token)
        original = interaction.response
        if original is not None and original["flags"] & LOADING:
            message = await self._edit(interaction, original, body, files)
            return (200, message) if wait else (204, None)
        self._messages.check("follow-up", body, files)
        only_user = set(interaction.owners) == {"1"}
        if only_user and len(interaction.followup_ids) >= FOLLOWUPS_IF_USER_INSTALLED:
            raise ApiError(400, 40094)
        extra = self._marks(interaction) | {"flags": body.get("flags") or 0}
        message = await self._create(interaction, body, files, extra)
        interaction.followup_ids.append(int(message["id"]))
        return (200, message) if wait else (204, None)

    async def message(
        self, method: str, token: str, which: str, body: Json, files: Sequence[File]
    ) -> Answer:
        """Show, edit or delete the response to an interaction or one of its follow-ups."""
        interaction = self._alive(token)
        message = self._find(interaction, which)
        if method == "GET":
            return 200, message
        if method == "PATCH":
            return 200, await self._edit(interaction, message, body, files)
        await self._messages.delete(message)
        return 204, None

    async def _edit(
        self, interaction: Interaction, message: Json, body: Json, files: Sequence[File]
    ) -> Json:
        self._messages.check("edit of a response", body, files, message)
        edited = await self._messages.edit(message, body, files)
        if int(edited["id"]) == interaction.response_id:
            _respond(interaction)
        return edited

    async def _create(
        self, interaction: Interaction, data: Json, files: Sequence[File], extra: Json
    ) -> Json:
        author, channel = self._world.bot, interaction.channel
        return await self._messages.create(channel, author, data, files, extra=extra)

    def _alive(self, token: str) -> Interaction:
        """Return the acknowledged interaction of a token that is not too old."""
        interaction = self._kept.get(token)
        if interaction is None or interaction.acknowledged_at is None:
            raise ApiError(404, 10015)
        if time.monotonic() > interaction.created_at + self.token_seconds:
            # The documentation names no code; this one is what people report.
            raise ApiError(401, 50027)
        return interaction

    def _find(self, interaction: Interaction, which: str) -> Json:
        number = interaction.response_id if which == "@original" else int(which)
        own = {interaction.response_id, *interaction.followup_ids}
        message = self._world.messages.get(number or 0)
        if message is None or number not in own:
            raise ApiError(404, 10008)
        return message

    def _marks(self, interaction: Interaction) -> Json:
        """Return what tells of a message that it answers an interaction."""
        metadata: Json = {
            "id": str(interaction.id),
            "type": interaction.type,
            "user": user_json(interaction.user),
            "authorizing_integration_owners": dict(interaction.owners),
        }
        if interaction.type == COMPONENT:
            metadata["interacted_message_id"] = str(interaction.message_id)
        number = str(self._world.bot.id)
        return {"application_id": number, "webhook_id": number, "interaction_metadata": metadata}


def _respond(interaction: Interaction) -> None:
    if interaction.responded_at is None:
        interaction.responded_at = time.monotonic()
    interaction.responded.set()


def _message_type(interaction: Interaction) -> int:
    if interaction.type != COMMAND:
        return 0
    return 20 if interaction.payload.get("data", {}).get("type") == SLASH else 23


def _callback_response(interaction: Interaction) -> Json:
    described: Json = {"id": str(interaction.id), "type": interaction.type}
    body: Json = {"interaction": described}
    message = interaction.response
    if message is not None:
        described |= {
            "channel_id": message["channel_id"],
            "response_message_id": message["id"],
            "response_message_loading": bool(message["flags"] & LOADING),
            "response_message_ephemeral": bool(message["flags"] & EPHEMERAL),
        }
        if interaction.callback_type in {MESSAGE, UPDATE}:
            body["resource"] = {"type": interaction.callback_type, "message": message}
    return body
