"""A server with people in it, and the bot among them; what the bot sends is held to the rules.

Every story that is played ends with a look at each request of the bot: nobody may be notified, no
limit passed, and no markup shown but the bot's own.
"""

import asyncio
import contextlib
import itertools
import re
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import discord
import simcord
from discord_desk import opened_desk, project_at
from discord_markup import Node, nodes, server_mentions
from simcord.actors import MemberActor
from simcord.backend.models import Overwrite
from simcord.builders import ChannelHandle, GuildHandle
from simcord.enums import OverwriteType
from simcord.env import Env
from simcord.results import InteractionResult, ResponseMessage

from bot.discord_app.client import PolicyClient
from bot.discord_app.desk import Desk

OFTEN = "discord:\n  questions_a_minute: 600\n"
EXPORTS = "How many new energy vehicles were exported?"
WEATHER = "What is the weather in Beijing today?"
_CITED = re.compile(r"`([^`]+#[0-9.]+) [0-9a-f]{6}`")
_SETTLE_SECONDS = 30.0  # a rebuild is a process of its own
_OWN_MARKS = frozenset(
    ("text", "bold", "strike", "quote", "code", "subtext", "list item", "code block")
)
_BESIDES_MESSAGES = frozenset((5, 6, 8))  # callbacks: deferred, deferred update, autocomplete

Message = discord.Message | ResponseMessage


class Shows(Protocol):
    """What of a message is seen, whoever sent it."""

    @property
    def content(self) -> str: ...
    @property
    def embeds(self) -> list[discord.Embed]: ...


class Scene:
    """A server "Ministry" with a channel "questions", an asker, another member and a moderator."""

    def __init__(self, env: Env, project: Path, held: ExitStack, desk: Desk) -> None:
        self.env = env
        self.project = project
        self._held = held
        self.desk = desk
        self.addresses: Collection[str] = ()  # that may stand in messages
        self.marks = _OWN_MARKS
        self.locale = "en-US"
        self._channels: frozenset[int] | None = None
        self._moderators: frozenset[int] = frozenset()
        self.guild: GuildHandle = env.create_guild("Ministry")
        self.channel: ChannelHandle = self.guild.create_text_channel("questions")
        self.asker: MemberActor = self.guild.add_member(env.create_user("asker"))
        self.other: MemberActor = self.guild.add_member(env.create_user("other"))
        self.moderator: MemberActor = self.guild.add_member(env.create_user("moderator"))
        self.setting(moderators=[self.moderator.id])
        self._emit = env.backend.emit
        env.backend.emit = self._emit_changed  # type: ignore[method-assign]
        self.changes: dict[str, Any] = {}

    @property
    def bot_id(self) -> int:
        return int(self.env.backend.bot_user.id)

    @property
    def mention(self) -> str:
        return f"<@{self.bot_id}>"

    def setting(
        self,
        *,
        channels: Collection[int] | None = None,
        moderators: Collection[int] | None = None,
    ) -> None:
        """Set what the settings say of channels and moderators; ids are known only here."""
        if channels is not None:
            self._channels = frozenset(channels)
        if moderators is not None:
            self._moderators = frozenset(moderators)
        said = self.desk.settings.discord._replace(
            channels=self._channels, moderators=self._moderators
        )
        self.desk.settings = self.desk.settings._replace(discord=said)

    def _emit_changed(self, event: str, payload: Any, *args: Any, **kwargs: Any) -> Any:
        """Put a person's language and place into what Discord tells of an interaction."""
        if event == "INTERACTION_CREATE":
            payload = {**payload, "locale": self.locale, **self.changes}
            payload = {name: value for name, value in payload.items() if value is not None}
        return self._emit(event, payload, *args, **kwargs)

    async def restart(self) -> None:
        """Start the bot anew: another process would have another desk and another client."""
        desk = self._held.enter_context(opened_desk(self.project))
        await self.env.restart_bot(PolicyClient(desk))
        self.desk = desk
        self.setting()

    def thread(self, channel: ChannelHandle, name: str) -> ChannelHandle:
        """Make a thread of the asker in a channel."""
        made = self.env.backend.create_thread(channel.id, name, self.asker.id)
        return ChannelHandle(self.env, self.guild, made)

    def guild_owner(self) -> MemberActor:
        """Return the server's owner, who may do everything there."""
        return MemberActor(self.env, self.guild, self.guild.owner)

    def deny(self, *permissions: str) -> None:
        """Take permissions away from the bot in the channel."""
        denied = discord.Permissions(**dict.fromkeys(permissions, True)).value
        overwrite = Overwrite(self.bot_id, OverwriteType.MEMBER, allow=0, deny=denied)
        self.env.backend.set_overwrite(self.channel.id, overwrite)

    async def post_button(self, custom_id: str) -> discord.Message:
        """Post a message of the bot with a button that carries something."""
        view = discord.ui.View(timeout=None)
        view.add_item(discord.ui.Button(label="Press", custom_id=custom_id))
        channel = self.env.bot.get_channel(self.channel.id)
        assert isinstance(channel, discord.TextChannel)
        return await channel.send("An answer", view=view)

    def rows(self, table: str) -> int:
        """Count the rows of a table of the ledger, as they stand on disk."""
        file = self.project / ".policybot" / "ledger.sqlite"
        with contextlib.closing(sqlite3.connect(file)) as connection:
            found = connection.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 (our table)
            return int(found.fetchone()[0])

    async def rebuild(self, **documents: str) -> None:
        """Write documents and bring the index in line, as another process would."""
        for name, text in documents.items():
            self.write(f"{name}.txt", text)
        await self.desk.rebuild()

    def write(self, path: str, text: str) -> None:
        (self.shelf / path).write_text(text, encoding="utf-8")

    @property
    def shelf(self) -> Path:
        return self.project / "data" / "documents"

    async def ask(
        self, question: str = EXPORTS, *, by: MemberActor | None = None, **options: Any
    ) -> ResponseMessage:
        """Ask with the command and return the answer."""
        asked = await (by or self.asker).slash(self.channel, "ask", question=question, **options)
        return response(asked)

    def sent(self) -> Iterator[dict[str, Any]]:
        """Yield every message that the bot sent or edited, as it was sent."""
        for request in self.env.http_requests:
            body = request.json
            if not isinstance(body, dict) or "/commands" in request.path:
                continue
            if request.path.endswith("/callback"):
                if body["type"] in _BESIDES_MESSAGES:
                    continue
                body = body["data"]
            if {"content", "embeds", "embed", "components"} & body.keys():
                yield body


def response(result: InteractionResult) -> ResponseMessage:
    """Return the message that answered an interaction."""
    assert result.response is not None, result
    return result.response


def shown_of(message: Shows) -> str:
    """Return all that a message shows, part by part."""
    return "\n".join(part for part in parts_of(message) if part)


def parts_of(message: Shows) -> list[str]:
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.author.name or "", embed.title or "", embed.description or ""]
        parts += [part for field in embed.fields for part in (field.name, field.value) if part]
        parts.append(embed.footer.text or "")
    return parts


def body_of(message: Shows) -> str:
    """Return the description of a message's embed."""
    return message.embeds[0].description or ""


def title_of(message: Shows) -> str:
    """Return the title of a message's embed."""
    return message.embeds[0].title or ""


def citation_of(message: Shows) -> str:
    """Return the line that says where the quote of a message stands."""
    lines = [line for line in shown_of(message).split("\n") if _CITED.search(line)]
    assert lines, f"nothing is cited in {shown_of(message)!r}"
    return lines[0]


def cited_by(message: Shows) -> str:
    """Return the id of the passage that a message quotes."""
    found = _CITED.search(citation_of(message))
    assert found is not None
    return found[1]


def buttons_of(message: Message) -> dict[str, dict[str, Any]]:
    """Return the buttons of a message by their labels."""
    rows: list[Any] = list(message.components)
    if isinstance(message, discord.Message):
        rows = [row.to_dict() for row in rows]
    return {button["label"]: button for row in rows for button in row["components"]}


def labels_that_can_be_pressed(message: Message) -> set[str]:
    return {label for label, button in buttons_of(message).items() if not button.get("disabled")}


def play(
    project: Path, story: Callable[[Scene], Awaitable[None]], *, is_lawful: bool = True
) -> None:
    """Let a story happen with the bot of a project folder, and hold what it sent to the rules."""

    async def run() -> None:
        with ExitStack() as held:
            desk = held.enter_context(opened_desk(project))
            client = PolicyClient(desk)
            async with simcord.run(client, settle_timeout=_SETTLE_SECONDS) as env:
                scene = Scene(env, project, held, desk)
                await story(scene)
                if is_lawful:
                    for message in scene.sent():
                        check(message, scene)

    asyncio.run(run())


def asked_often(folder: Path, documents: dict[str, str] | None = None) -> Path:
    """Make a project folder whose bot takes as many questions as a story may have."""
    return project_at(folder, OFTEN, documents)


def units(text: str) -> int:
    """Count as a client in JavaScript does."""
    return len(text.encode("utf-16-le")) // 2


def check(message: dict[str, Any], scene: Scene) -> None:
    """Hold a message to Discord's limits and to what the bot promises."""
    allowed = message.get("allowed_mentions")
    assert allowed is not None, f"nothing keeps this from notifying: {message}"
    assert allowed.get("parse") == [], allowed
    assert not any(allowed.get(name) for name in ("users", "roles", "replied_user")), allowed
    content = message.get("content") or ""
    assert units(content) <= 2000
    assert server_mentions(content) == []
    parts = [content]
    for embed in message.get("embeds") or []:
        fields = embed.get("fields") or []
        footer = (embed.get("footer") or {}).get("text") or ""
        title, body = embed.get("title") or "", embed.get("description") or ""
        above = (embed.get("author") or {}).get("name") or ""
        assert units(above) <= 256
        assert units(title) <= 256
        assert units(body) <= 4096
        assert units(footer) <= 2048
        assert len(fields) <= 25
        assert all(0 < units(field["name"]) <= 256 for field in fields)
        assert all(0 < units(field["value"]) <= 1024 for field in fields)
        texts = [title, body, *(text for field in fields for text in map(field.get, _FIELD))]
        assert sum(map(units, [*texts, above, footer])) <= 6000
        parts += texts
    for part in parts:
        check_marks(part, scene)
    rows = message.get("components") or []
    buttons = list(itertools.chain.from_iterable(row["components"] for row in rows))
    ids = [button["custom_id"] for button in buttons]
    assert len(rows) <= 5
    assert all(0 < len(row["components"]) <= 5 for row in rows)
    assert len(set(ids)) == len(ids)
    assert all(0 < units(id_) <= 100 for id_ in ids)
    assert all(0 < units(button["label"]) <= 80 for button in buttons)


_FIELD = ("name", "value")


def check_marks(text: str, scene: Scene) -> None:
    """Hold a text to the marks that are the bot's own, and to the addresses of its documents."""
    for node in every_node(nodes(text)):
        if node.kind == "link":
            assert node.text in scene.addresses, node
        elif node.kind == "user mention":
            assert node.text == scene.mention, node  # /help says how to mention the bot
        else:
            assert node.kind in scene.marks, f"{node} in {text!r}"


def every_node(found: Collection[Node]) -> Iterator[Node]:
    for node in found:
        yield node
        yield from every_node(node.children)
