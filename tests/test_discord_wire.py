"""The bot itself against the loopback Discord: real sockets, real clocks, and what goes wrong."""

import asyncio
import gc
import io
import json
import logging
import os
import re
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import discord
import pytest
from conftest import GIVEN
from discord_desk import NEVER, opened_desk, project_at
from hostile_texts import HOSTILE
from loopback_discord import (
    ORDINARY,
    Channel,
    Interaction,
    LoopbackDiscord,
    Permission,
    ServerThread,
    User,
    pointed_at,
    until,
)
from loopback_limits import all_components

from bot.assistant import Assistant
from bot.discord_app.client import PolicyClient
from bot.discord_app.desk import Desk, Found
from bot.discord_app.running import run_bot
from bot.discord_app.texts import LANGUAGES, texts
from bot.errors import DiscordRefused, TooBusy
from bot.log import RedactingFormatter
from bot.settings import load
from bot.token import Token

EXPORTS = "How many new energy vehicles were exported?"
WEATHER = "What is the weather in Beijing today?"
CHINESE = (
    "# 工业稳增长\n\n今年前七个月出口新能源汽车63.6万辆，同比增长1.5倍。\n\n钢铁行业要稳定生产。\n"
)
HIDDEN = "123456789012345678"
REPORT_OF_HTTP = r"Event \d+, \d+\.\d s after it arose: Discord answered {}, code {}: [a-z ',;?]+"

Json = dict[str, Any]
Documents = Mapping[str, str]


class Hurried(PolicyClient):
    """The bot as it is, but it waits neither for further servers nor before it identifies anew."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._connection.guild_ready_timeout = 0.02
        self.ready_count = 0

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait the five seconds that Discord asks for."""

    def was_ready(self, times: int) -> bool:
        return self.ready_count == times

    async def on_ready(self) -> None:
        self.ready_count += 1
        await super().on_ready()


class Lines(logging.Handler):
    """What is logged, line by line: all of it, and what tells of something wrong."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.all: list[str] = []
        self.wrong: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        self.all.append(line)
        if record.levelno >= logging.WARNING:
            self.wrong.append(line)


@contextmanager
def logging_to(handler: logging.Handler, level: int) -> Iterator[None]:
    root = logging.getLogger()
    before = root.level
    root.setLevel(level)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


class Stage:
    """A server with a channel, an asker and a moderator, and the bot that is connected to it."""

    def __init__(self, server: LoopbackDiscord) -> None:
        self.server = server
        self.guild = server.add_guild()
        self.channel = server.add_channel(self.guild)
        self.ada = server.add_user("ada")
        self.moderator = server.add_user("moderator")
        self.lines = Lines()
        self.client: Hurried
        self.desk: Desk
        self.project: Path

    async def ask(
        self, question: str = EXPORTS, *, by: User | None = None, **options: object
    ) -> Interaction:
        return await self.server.slash(
            by or self.ada, self.channel, "ask", question=question, **options
        )

    async def answer(
        self, question: str = EXPORTS, *, by: User | None = None, **options: object
    ) -> Json:
        return await (await self.ask(question, by=by, **options)).wait_response()

    async def run(self, command: str, by: User | None = None, **options: object) -> Json:
        """Call a command and return the message that answers it."""
        asked = await self.server.slash(by or self.ada, self.channel, command, **options)
        return await asked.wait_response()

    async def press(self, message: Json, label: str, by: User | None = None) -> Json:
        """Press a button and return the message that comes of it."""
        pressed = await self.pressed(message, label, by)
        return await pressed.wait_response()

    async def pressed(self, message: Json, label: str, by: User | None = None) -> Interaction:
        return await self.server.press(by or self.ada, message, button(message, label))

    async def heard(self, count: int, channel: Channel | None = None) -> Json:
        """Return the last message of a channel, once so many stand in it."""
        messages = self.server.messages
        await until(lambda: len(messages(channel or self.channel)) >= count)
        await self.settled()
        stored = messages(channel or self.channel)
        assert len(stored) == count
        return stored[-1]

    async def settled(self) -> None:
        """Wait until what arrived is worked off, so that a second answer would be there."""
        await asyncio.sleep(0.05)

    async def is_alive(self) -> None:
        """Hold the bot to answering as ever."""
        assert "636,000" in text_of(await self.answer())

    def requests(self, pattern: str) -> list[str]:
        """Return the requests whose method and path hold an expression."""
        spelled = (f"{request.method} {request.path}" for request in self.server.requests)
        return [line for line in spelled if re.search(pattern, line)]


Scene = Callable[[Stage], Awaitable[None]]


def button(message: Json, label: str) -> str:
    """Return the custom_id of the button that reads so."""
    listed = {c.get("label"): c["custom_id"] for c in buttons(message)}
    assert label in listed, f"{label} is not among {list(listed)}"
    return str(listed[label])


def buttons(message: Json) -> list[Mapping[str, Any]]:
    return [c for c in all_components(message["components"]) if c["type"] == 2]


def text_of(message: Json) -> str:
    """Return all that is read in a message."""
    parts = [message["content"]]
    for embed in message["embeds"]:
        above = embed.get("author", {}).get("name", "")
        parts += [above, embed.get("title", ""), embed.get("description", "")]
        parts += [text for one in embed.get("fields", ()) for text in (one["name"], one["value"])]
        parts.append(embed.get("footer", {}).get("text", ""))
    return "\n".join(parts)


@asynccontextmanager
async def on_air(server: LoopbackDiscord, client: PolicyClient) -> Any:
    """Connect a bot for the length of a block, which begins when it is ready."""
    with pointed_at(server):
        life = asyncio.create_task(client.start(server.token))
        try:
            await until(lambda: life.done() or client.is_ready())
            if not life.done():
                yield life
        finally:
            await client.close()
            await asyncio.wait({life})
        life.result()


def play(
    folder: Path,
    scene: Scene,
    *,
    documents: Documents | None = None,
    a_minute: int = 600,
    assistant: type[Assistant] = Assistant,
    look_every_seconds: float = NEVER,
    wrong: Sequence[str] = (),
    **options: Any,
) -> Lines:
    """Let a scene happen, then hold every request to the rules and the log to what is expected.

    `wrong` are expressions for the lines of warnings and errors, each for one line, in any order.
    """

    async def whole() -> Stage:
        async with LoopbackDiscord(**options) as server, AsyncExitStack() as held:
            stage = Stage(server)
            said = (
                f"discord:\n  questions_a_minute: {a_minute}\n"
                f"  moderators: [{stage.moderator.id}]\n"
            )
            stage.project = project_at(folder / "project", said, documents)
            held.enter_context(logging_to(stage.lines, logging.INFO))
            desk = held.enter_context(
                opened_desk(stage.project, kind=assistant, look_every_seconds=look_every_seconds)
            )
            stage.desk, stage.client = desk, Hurried(desk)
            async with on_air(server, stage.client):
                await scene(stage)
            await stage.settled()
            gc.collect()  # a task that failed unseen is told of when it goes
            return stage

    stage = asyncio.run(whole())
    assert stage.server.violations == []
    lines = stage.lines
    assert len(lines.wrong) == len(wrong), lines.wrong
    for expression in wrong:
        assert any(re.fullmatch(expression, line) for line in lines.wrong), lines.wrong
    assert not any("vehicles" in line for line in lines.all), "questions are not logged"
    return lines


# -- every kind of answer is in order on the wire


def test_an_answer_is_one_public_message_with_quote_citation_and_buttons(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        asked = await stage.ask()
        message = await asked.wait_response()
        assert asked.callback_type == 4
        assert not asked.ephemeral
        assert "**Notably, China has experienced" in text_of(message)
        assert "`2023-09-06-ten-key-industries#7 4afbd9`" in text_of(message)
        assert [b["label"] for b in buttons(message)] == (
            ["Previous", "Next", "Context", "Why", "Helpful", "Not helpful", "Delete"]
        )
        assert await stage.heard(1) == message

    play(tmp_path, scene)


def test_an_uncertain_answer_and_none_are_in_order(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        uncertain = await stage.answer("Which subsidies do solid-state batteries and ships get?")
        assert "the documents may not say this" in text_of(uncertain)
        none = await stage.answer(WEATHER)
        assert "The documents do not answer this." in text_of(none)
        assert "No document contains: weather, today" in text_of(none)
        listed = await stage.press(none, "Closest passages")
        assert "Passage 1 of" in text_of(listed)

    play(tmp_path, scene)


def test_a_chinese_question_is_answered_in_chinese(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        lin = stage.server.add_user("lin", locale="zh-CN")
        message = await stage.answer("出口新能源汽车多少辆？", by=lin)
        assert "63.6万辆" in text_of(message)
        assert texts("zh-CN").say("button.context") in {b["label"] for b in buttons(message)}

    play(tmp_path, scene, documents={"稳增长.md": CHINESE})


def test_the_longest_and_the_most_hostile_texts_keep_to_the_limits(tmp_path: Path) -> None:
    documents = {
        f"{n}.txt": text.encode("utf-8", "replace").decode() for n, (_, text) in enumerate(HOSTILE)
    }
    documents["长.txt"] = "稳定增长" * 1000
    documents["zalgo.txt"] = ("s" + "\u0301" * 300 + "teel ") * 40

    async def scene(stage: Stage) -> None:
        asked = 0
        sent = [text.encode("utf-8", "replace").decode() for _, text in HOSTILE]
        for question in [*sent, "稳定增长" * 1500, "steel " * 900]:
            if question.strip():
                message = await stage.answer(question)
                asked += 1
                for label in ("Context", "Why"):
                    if label in {b["label"] for b in buttons(message)}:
                        await stage.press(message, label)
        assert asked > len(HOSTILE)

    play(tmp_path, scene, documents=documents)


def test_pages_are_turned_in_the_same_message(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        first = await stage.answer()
        second = await stage.press(first, "Next")
        assert second["id"] == first["id"]
        assert "Passage 2 of 3" in text_of(second)
        third = await stage.press(second, "Next")
        assert "Passage 3 of 3" in text_of(third)
        assert text_of(await stage.press(await stage.press(third, "Previous"), "Previous")) == (
            text_of(first)
        )
        copy = await stage.press(first, "Next", by=stage.moderator)
        assert copy["id"] != first["id"]
        assert copy["flags"] == 64

    play(tmp_path, scene)


def test_context_why_and_ratings_are_private(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        message = await stage.answer()
        context = await stage.press(message, "Context")
        assert "> `7` " in text_of(context)
        assert "`5` " in text_of(await stage.press(context, "Earlier"))
        why = await stage.press(message, "Why")
        assert "of what the words give" in text_of(why)
        assert "Stored" in text_of(await stage.press(message, "Helpful"))
        assert "Stored" in text_of(await stage.press(message, "Not helpful"))
        assert "nothing changed" in text_of(await stage.press(message, "Not helpful"))
        assert all(m["flags"] == 64 for m in stage.server.messages(stage.channel)[1:])

    play(tmp_path, scene)


def test_a_private_answer_can_be_shared_once(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        asked = await stage.ask(private=True)
        message = await asked.wait_response()
        assert asked.ephemeral
        pressed = await stage.pressed(message, "Share")
        await until(lambda: bool(pressed.followups))
        (public,) = pressed.followups
        assert "Shared by ada" in text_of(public)
        assert public["flags"] == 0
        assert "Share" not in {b["label"] for b in buttons(await pressed.wait_response())}

    play(tmp_path, scene)


def test_an_answer_is_deleted_for_its_asker_only(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        message = await stage.answer()
        stranger = stage.server.add_user("stranger")
        refused = await stage.press(message, "Delete", by=stranger)
        assert "Only the person who asked" in text_of(refused)
        await stage.pressed(message, "Delete")
        await until(lambda: message not in stage.server.messages(stage.channel))

    play(tmp_path, scene)


def test_sources_cite_help_and_privacy_are_in_order(tmp_path: Path) -> None:
    documents = {
        f"act-{n}.md": f"# Act {n}\n\nThe tariff of act {n} is {n} crowns." for n in range(15)
    }

    async def scene(stage: Stage) -> None:
        listed = await stage.run("sources")
        assert "Page 1 of 3" in text_of(listed)
        assert "Page 2 of 3" in text_of(await stage.press(listed, "Next"))
        cited = await stage.run("cite", id="act-3#1")
        assert "The tariff of act 3 is 3 crowns" in text_of(cited)
        assert "Nothing is called act-99#1" in text_of(await stage.run("cite", id="act-99#1"))
        assert "`/cite`" in text_of(await stage.run("help"))
        await stage.answer(WEATHER)
        held = await stage.run("privacy")
        assert "Entries of yours now: 1" in text_of(held)
        assert "Deleted: 1" in text_of(await stage.press(held, "Delete my entries"))

    play(tmp_path, scene, documents=documents)


def test_a_moderator_sees_the_rebuild_as_a_diff(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        shelf = stage.project / "data" / "documents"
        (shelf / "tariffs.txt").write_text("The zinc tariff is 41 crowns.", encoding="utf-8")
        refused = await stage.run("reindex")
        assert "Only moderators" in text_of(refused)
        report = await stage.run("reindex", by=stage.moderator)
        assert "```diff\n+ tariffs\n```" in text_of(report)
        assert "41 crowns" in text_of(await stage.answer("What is the zinc tariff?"))

    play(tmp_path, scene)


def test_a_file_is_previewed_added_and_removed_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        file = stage.server.attachment("zinc.md", b"# Zinc\n\nThe zinc tariff is 41 crowns.\n")
        preview = await stage.run("add", by=stage.moderator, file=file)
        assert "zinc.md: what would be indexed" in text_of(preview)
        assert "The zinc tariff is 41 crowns" in text_of(preview)
        assert "+ zinc" in text_of(await stage.press(preview, "Add it", by=stage.moderator))
        assert "41 crowns" in text_of(await stage.answer("What is the zinc tariff?"))
        asked = await stage.run("remove", by=stage.moderator, source="zinc")
        removed = await stage.press(asked, "Remove it", by=stage.moderator)
        assert "- zinc" in text_of(removed)
        assert "No document contains: zinc" in text_of(await stage.answer("What is zinc?"))

    play(tmp_path, scene)


def test_a_pause_holds_for_everybody_but_moderators(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.answer(WEATHER)
        assert "weather" in text_of(await stage.run("unanswered", by=stage.moderator))
        assert "Paused" in text_of(await stage.run("pause", by=stage.moderator))
        assert "paused by the moderators" in text_of(await stage.answer())
        assert "636,000" in text_of(await stage.answer(by=stage.moderator))
        assert "again" in text_of(await stage.run("resume", by=stage.moderator))
        await stage.is_alive()

    play(tmp_path, scene)


def test_a_mention_a_direct_message_and_a_message_command_are_answered(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        server, ada = stage.server, stage.ada
        await server.say(ada, stage.channel, EXPORTS, mentions_bot=True)
        answer = await stage.heard(2)
        assert "636,000" in text_of(answer)
        assert answer["message_reference"]
        said = await server.say(ada, stage.channel, EXPORTS)
        command = await server.message_command(ada, said, "Ask the documents")
        assert "636,000" in text_of(await command.wait_response())
        assert command.ephemeral
        await server.say(ada, server.open_dm(ada), EXPORTS)
        assert "636,000" in text_of(await stage.heard(2, server.open_dm(ada)))

    play(tmp_path, scene)


def test_a_reply_to_an_answer_follows_its_question(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        answer = await stage.answer()
        await stage.server.say(
            stage.ada, stage.channel, "And compared to last year?", reply_to=answer
        )
        followed = await stage.heard(3)
        assert "↳ " in text_of(followed)
        assert EXPORTS in text_of(followed)
        assert "Passage 2 of" in text_of(await stage.press(followed, "Next"))

    play(tmp_path, scene)


def test_in_private_places_a_user_installed_bot_answers(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        bob = stage.server.add_user("bob")
        place = stage.server.add_private_channel(stage.ada, bob)
        asked = await stage.server.invoke(
            stage.ada, place, "ask", {"question": EXPORTS}, user_installed_only=True
        )
        message = await asked.wait_response()
        assert "636,000" in text_of(message)
        turned = await stage.server.press(
            stage.ada, message, button(message, "Next"), user_installed_only=True
        )
        assert "Passage 2 of" in text_of(await turned.wait_response())

    play(tmp_path, scene)


def test_choices_come_within_a_tenth_of_a_second(tmp_path: Path) -> None:
    documents = {
        f"acts/{n}.md": f"# Tariffs of year {n}\n\n## Section {n}\n\nThe tariff is {n} crowns."
        for n in range(300)
    }

    async def scene(stage: Stage) -> None:
        slowest = 0.0
        for command, option, typed in (
            ("ask", "question", ""),
            ("ask", "question", "What does sec"),
            ("ask", "question", "Section 29"),
            ("ask", "source", ""),
            ("ask", "source", "year 7"),
            ("cite", "id", "acts/1"),
            ("remove", "source", "Tariffs"),
        ):
            options = {option: typed} | ({"question": "x"} if option == "source" else {})
            person = stage.ada
            if command == "remove":
                del options["question"]
                person = stage.moderator
            started = time.monotonic()
            asked = await stage.server.autocomplete(
                person, stage.channel, command, option, **options
            )
            await asked.wait_acknowledged()
            slowest = max(slowest, time.monotonic() - started)
            assert asked.choices, (command, option, typed)
        assert slowest < 0.1

    play(tmp_path, scene, documents=documents)


# -- commands


def test_commands_are_told_in_three_languages(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        commands = {command["name"]: command for command in stage.server.commands}
        assert len(commands) == 13
        for language in LANGUAGES[1:]:
            for command in commands.values():
                assert language in command["name_localizations"]
                for option in command.get("options", ()):
                    assert language in option["name_localizations"]
                    assert language in option["description_localizations"]
        ask = commands["ask"]
        assert ask["name_localizations"]["zh-CN"] == texts("zh-CN").say("command.ask.name")
        assert ask["contexts"] == [0, 1, 2]
        assert ask["integration_types"] == [0, 1]

    play(tmp_path, scene)


def test_commands_are_told_once_over_restarts_and_reconnections(tmp_path: Path) -> None:
    project = project_at(tmp_path / "project")

    async def whole() -> None:
        async with LoopbackDiscord() as server:
            server.add_channel(server.add_guild())
            for _ in range(5):
                with opened_desk(project) as desk:
                    client = Hurried(desk)
                    async with on_air(server, client):
                        await server.gateway.invalidate(resumable=False)
                        await until(partial(client.was_ready, 2))
            assert server.gateway.ready_count == 10
            assert server.command_puts == 1
            with opened_desk(project) as desk:
                client = Hurried(desk)

                async def shout(_: discord.Interaction[PolicyClient]) -> None:
                    raise AssertionError("nobody calls it")

                client.tree.command(name="shout", description="A command more")(shout)
                async with on_air(server, client):
                    assert server.command_puts == 2
                    assert "shout" in {command["name"] for command in server.commands}
            assert server.violations == []

    asyncio.run(whole())


def test_commands_that_could_not_be_told_are_told_by_the_next_start(tmp_path: Path) -> None:
    project = project_at(tmp_path / "project")
    lines = Lines()

    async def whole() -> None:
        async with LoopbackDiscord() as server:
            server.fail_next("PUT", "/commands", status=400, code=30034)
            for puts in (0, 1):
                with opened_desk(project) as desk:
                    async with on_air(server, Hurried(desk)):
                        assert server.command_puts == puts

    with logging_to(lines, logging.INFO):
        asyncio.run(whole())
    (line,) = lines.wrong
    assert "the next start tries again" in line


# -- the gateway


def test_a_second_ready_doubles_nothing(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.server.gateway.invalidate(resumable=False)
        await until(lambda: stage.client.ready_count == 2)
        tasks = [task for task in asyncio.all_tasks() if task.get_name() == "keep up"]
        assert len(tasks) == 1
        assert stage.server.command_puts == 1
        await stage.answer()
        await stage.heard(1)
        await stage.server.say(stage.ada, stage.channel, EXPORTS, mentions_bot=True)
        await stage.heard(3)

    play(tmp_path, scene)


def test_what_was_missed_is_answered_once_after_a_resumption(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        server = stage.server
        server.gateway.hello_delay_seconds = 0.2
        server.gateway.drop_all()
        await until(lambda: server.gateway.connected_count == 0)
        asked = await stage.ask()
        await server.say(stage.ada, stage.channel, EXPORTS, mentions_bot=True)
        assert not server.messages(stage.channel)[0]["author"].get("bot")
        assert "636,000" in text_of(await asked.wait_response())
        await stage.heard(3)
        assert server.gateway.resumed_count == 1
        assert server.gateway.ready_count == 1

    play(tmp_path, scene)


def test_what_comes_twice_is_answered_once(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        server = stage.server
        server.gateway.duplicate_next(1)
        message = await stage.answer()
        await stage.heard(1)
        server.gateway.duplicate_next(1)
        await server.say(stage.ada, stage.channel, EXPORTS, mentions_bot=True)
        await stage.heard(3)
        server.gateway.duplicate_next(1)
        await stage.press(message, "Context")
        await stage.heard(4)
        assert len(stage.requests("POST .*/callback")) == 2

    play(tmp_path, scene)


@pytest.mark.parametrize("code", [1000, 4000, 4007, 4008, 4009])
def test_a_closed_connection_is_taken_up_again(tmp_path: Path, code: int) -> None:
    async def scene(stage: Stage) -> None:
        gateway = stage.server.gateway
        await gateway.close_all(code)
        await until(lambda: gateway.ready_count + gateway.resumed_count == 2)
        assert gateway.resumed_count == (code not in {4007, 4009})
        await until(lambda: stage.client.ready_count == gateway.ready_count)
        await stage.is_alive()

    play(tmp_path, scene)


def test_a_call_to_reconnect_is_followed(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        gateway = stage.server.gateway
        await gateway.ask_to_reconnect()
        await until(lambda: gateway.resumed_count == 1)
        await gateway.invalidate(resumable=True)
        await until(lambda: gateway.resumed_count == 2)
        await gateway.invalidate(resumable=False)
        await until(lambda: stage.client.ready_count == 2)
        await stage.is_alive()
        assert stage.server.command_puts == 1

    play(tmp_path, scene)


# -- the end of a run


def run(
    folder: Path,
    meanwhile: Callable[[ServerThread, Lines], None],
    *,
    fault: Mapping[str, Any] | None = None,
    token_ends_in: str = "k",
) -> tuple[Lines, LoopbackDiscord]:
    """Run the bot as the command does, while something happens to it in another thread.

    If that leaves it running, it is told to stop.
    """
    settings = load(project_at(folder / "project"))
    assistant = Assistant(settings, lambda _: None)
    assistant.reload()
    lines = Lines()
    over = threading.Event()
    mistakes: list[BaseException] = []

    def happen() -> None:
        try:
            meanwhile(thread, lines)
        except BaseException as exc:  # noqa: BLE001 (raised again in the test's own thread)
            mistakes.append(exc)
        if not over.wait(2.0):
            os.kill(os.getpid(), signal.SIGTERM)

    with ServerThread() as thread, logging_to(lines, logging.INFO), pointed_at(thread.server):
        thread.server.add_channel(thread.server.add_guild())
        if fault is not None:
            thread.server.fail_next("GET", "/users/@me", **fault)
        happening = threading.Thread(target=happen)
        happening.start()
        try:
            run_bot(settings, assistant, Token(thread.server.token[:-1] + token_ends_in))
        finally:
            over.set()
            happening.join()
            if mistakes:
                raise mistakes[0]
        gc.collect()
        return lines, thread.server


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "that did not happen"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("code", "reason"), [(4004, "the token is wrong"), (4014, "an intent is not allowed")]
)
def test_a_final_code_ends_the_run(tmp_path: Path, code: int, reason: str) -> None:
    def meanwhile(thread: ServerThread, _: Lines) -> None:
        thread.run(thread.server.until_ready())
        thread.run(thread.server.gateway.close_all(code))

    with pytest.raises(DiscordRefused, match=f"for good: {reason}"):
        run(tmp_path, meanwhile)


def test_a_wrong_token_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(DiscordRefused, match="does not accept the token") as refused:
        run(tmp_path, lambda *_: None, token_ends_in="x")
    assert "kkkk" not in str(refused.value)


@pytest.mark.parametrize(
    "fault",
    [
        {"cloudflare": True},
        {"status": 429, "retry_after": 100.0, "scope": "global"},
        {"status": 503},
        {"reset_connection": True},
    ],
    ids=["banned", "limited", "unavailable", "reset"],
)
def test_a_login_that_fails_is_tried_again_after_a_minute(
    tmp_path: Path, fault: dict[str, Any]
) -> None:
    def meanwhile(_: ServerThread, lines: Lines) -> None:
        wait_for(lambda: any("next try in 60 s" in line for line in lines.wrong))
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGTERM)

    started = time.monotonic()
    lines, server = run(tmp_path, meanwhile, fault=fault)
    assert time.monotonic() - started < 5, "who waits can be stopped"
    assert [request.path for request in server.requests] == ["/users/@me"]
    assert lines.all[-1].endswith("Stopped")


def test_a_stop_in_the_middle_of_a_login_is_quiet(tmp_path: Path) -> None:
    def meanwhile(thread: ServerThread, _: Lines) -> None:
        wait_for(lambda: bool(thread.server.requests))
        os.kill(os.getpid(), signal.SIGTERM)

    started = time.monotonic()
    lines, _ = run(tmp_path, meanwhile, fault={"delay_seconds": 4.0})
    assert time.monotonic() - started < 3
    assert lines.wrong == []


# -- requests that fail


def test_a_callback_that_is_limited_is_sent_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.server.fail_next("POST", "/callback", status=429, retry_after=0.3)
        started = time.monotonic()
        await stage.is_alive()
        assert time.monotonic() - started >= 0.3
        assert len(stage.server.messages(stage.channel)) == 1

    play(tmp_path, scene, wrong=[r"Webhook ID \d+ is rate limited. Retrying in 0.30 seconds."])


def test_a_limit_of_minutes_is_not_waited_for(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        limited: dict[str, Any] = {"status": 429, "retry_after": 100.0, "scope": "shared"}
        stage.server.fail_next("POST", "/messages", **limited)
        await stage.server.say(stage.ada, stage.channel, EXPORTS, mentions_bot=True)
        await until(lambda: len(stage.lines.wrong) == 2)
        await stage.is_alive()

    by_the_library = "We are being rate limited. .* Timeout of 100.00 was too long, .*"
    ours = r"Message \d+: Discord could not be reached: Too many requests. .*"
    play(tmp_path, scene, wrong=[by_the_library, ours])


def test_a_server_error_that_lasts_makes_the_answer_too_late_and_no_more(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        for status in (500, 502, 503, 504):
            stage.server.fail_next("POST", "/callback", status=status, times=2)
        asked = [await stage.ask() for _ in range(4)]
        await until(lambda: all(one.deadline_missed for one in asked), 8)
        assert stage.server.messages(stage.channel) == []
        await stage.is_alive()

    play(tmp_path, scene, wrong=[REPORT_OF_HTTP.format(404, 10062)] * 4)


def test_a_server_error_after_the_answer_arrived_brings_no_second_answer(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.server.fail_next("POST", "/callback", status=500, after_processing=True)
        await stage.answer()
        await until(lambda: len(stage.requests("/callback")) == 2)
        await stage.heard(1)
        await stage.is_alive()

    play(tmp_path, scene, wrong=[REPORT_OF_HTTP.format(400, 40060)])


def test_a_slow_discord_holds_nobody_else_up(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        slow: dict[str, Any] = {"delay_seconds": 4.0, "after_processing": True}
        stage.server.fail_next("POST", "/callback", **slow)
        asked = await stage.ask()
        await asked.wait_response()
        started = time.monotonic()
        await stage.is_alive()
        assert time.monotonic() - started < 1
        await asyncio.sleep(4.0)
        assert len(stage.server.messages(stage.channel)) == 2
        assert len(stage.requests("/callback")) == 2

    play(tmp_path, scene)


@pytest.mark.parametrize("after_processing", [False, True])
def test_a_connection_that_breaks_off_is_told_of_once(
    tmp_path: Path, after_processing: bool
) -> None:
    async def scene(stage: Stage) -> None:
        broken: dict[str, Any] = {"reset_connection": True, "after_processing": after_processing}
        stage.server.fail_next("POST", "/callback", **broken)
        await stage.ask()
        await until(lambda: bool(stage.lines.wrong))
        stage.server.fail_next("POST", "/messages", **broken)
        await stage.server.say(stage.ada, stage.channel, EXPORTS, mentions_bot=True)
        await until(lambda: len(stage.lines.wrong) == 2)
        await stage.is_alive()

    unreachable = r"(Interaction|Message) \d+: Discord could not be reached: .*"
    play(tmp_path, scene, wrong=[unreachable] * 2)


def test_who_comes_too_late_says_nothing(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        asked = await stage.server.invoke(
            stage.ada, stage.channel, "ask", {"question": EXPORTS}, delivery_delay_seconds=0.4
        )
        await until(lambda: asked.deadline_missed)
        await stage.settled()
        assert len(stage.requests("/callback")) == 1
        await stage.is_alive()

    play(tmp_path, scene, wrong=[REPORT_OF_HTTP.format(404, 10062)], acknowledge_seconds=0.3)


def test_of_two_bots_one_answers_and_the_other_says_so_in_its_log(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        other = project_at(tmp_path / "other")
        with opened_desk(other) as desk:
            async with on_air(stage.server, Hurried(desk)):
                await stage.answer()
                await until(lambda: bool(stage.lines.wrong))
                await stage.heard(1)

    play(tmp_path, scene, wrong=[REPORT_OF_HTTP.format(400, 40060)])


def test_a_message_deleted_under_the_finger_is_left_alone(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        message = await stage.answer()
        await stage.pressed(message, "Next")
        await stage.server.delete_message(message)
        await until(lambda: bool(stage.lines.wrong))
        await stage.is_alive()

    play(tmp_path, scene, wrong=[REPORT_OF_HTTP.format(404, 10008)])


def test_a_channel_deleted_before_the_answer_is_left_alone(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        place = stage.server.add_channel(stage.guild, "short-lived")
        await stage.server.announce(stage.guild)
        await stage.server.say(stage.ada, place, EXPORTS, mentions_bot=True)
        del stage.server.world.channels[place.id]
        await until(lambda: bool(stage.lines.wrong))
        await stage.is_alive()

    play(tmp_path, scene, wrong=[REPORT_OF_HTTP.format(404, 10003)])


def test_a_message_deleted_before_its_answer_is_answered_without_reference(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        said = await stage.server.say(stage.ada, stage.channel, EXPORTS, mentions_bot=True)
        await stage.server.delete_message(said)
        answer = await stage.heard(1)
        assert "636,000" in text_of(answer)
        assert "message_reference" not in answer

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("lost", "code"),
    [(ORDINARY, 50001), (Permission.SEND_MESSAGES, 50013), (Permission.EMBED_LINKS, 50013)],
)
def test_where_the_bot_may_not_write_the_answer_goes_to_its_asker(
    tmp_path: Path, lost: int, code: int
) -> None:
    async def scene(stage: Stage) -> None:
        server = stage.server
        server.set_permissions(stage.channel, ORDINARY & ~lost)  # the bot was not told
        await server.say(stage.ada, stage.channel, EXPORTS, mentions_bot=True)
        assert "636,000" in text_of(await stage.heard(1, server.open_dm(stage.ada)))
        assert len(server.messages(stage.channel)) == 1
        await server.announce(stage.channel)
        await server.say(stage.ada, stage.channel, EXPORTS, mentions_bot=True)
        if lost == Permission.EMBED_LINKS:
            assert "636,000" in (await stage.heard(3))["content"]
        else:
            assert "636,000" in text_of(await stage.heard(2, server.open_dm(stage.ada)))

    play(tmp_path, scene, wrong=[REPORT_OF_HTTP.format(403, code)])


def test_closed_direct_messages_are_shown_by_a_reaction(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        server = stage.server
        server.set_permissions(stage.channel, ORDINARY & ~Permission.SEND_MESSAGES)
        await server.announce(stage.channel)
        server.close_dm(stage.ada)
        await server.say(stage.ada, stage.channel, EXPORTS, mentions_bot=True)
        await until(lambda: bool(server.messages(stage.channel)[0].get("reactions")))
        (said,) = server.messages(stage.channel)
        assert [one["emoji"]["name"] for one in said["reactions"]] == ["📪"]
        await stage.settled()

    play(tmp_path, scene, wrong=[REPORT_OF_HTTP.format(403, 50007)])


@pytest.mark.parametrize("is_told", [True, False])
def test_without_the_history_the_answer_comes_all_the_same(tmp_path: Path, is_told: bool) -> None:
    async def scene(stage: Stage) -> None:
        server = stage.server
        server.set_permissions(stage.channel, ORDINARY & ~Permission.READ_MESSAGE_HISTORY)
        if is_told:
            await server.announce(stage.channel)
        await server.say(stage.ada, stage.channel, EXPORTS, mentions_bot=True)
        place = stage.channel if is_told else server.open_dm(stage.ada)
        answer = await stage.heard(2 if is_told else 1, place)
        assert "636,000" in text_of(answer)
        assert "message_reference" not in answer

    play(tmp_path, scene, wrong=() if is_told else [REPORT_OF_HTTP.format(400, 160002)])


# -- slow, many, secret


class SlowAssistant(Assistant):
    """Takes longer than a bot may wait before it acknowledges."""

    def ask(self, *args: Any, **kwargs: Any) -> Any:
        time.sleep(1.5)
        return super().ask(*args, **kwargs)


class BusyAssistant(Assistant):
    """Works hard at each question, without ever letting go of the processor by itself."""

    def ask(self, *args: Any, **kwargs: Any) -> Any:
        end = time.thread_time() + 0.3
        while time.thread_time() < end:
            pass
        return super().ask(*args, **kwargs)


def test_a_slow_search_is_deferred_and_then_shown(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        asked = await stage.ask()
        await asked.wait_acknowledged()
        assert asked.callback_type == 5
        assert "636,000" in text_of(await asked.wait_response())
        assert len(stage.server.messages(stage.channel)) == 1
        turned = await stage.pressed(await asked.wait_response(), "Next")
        await turned.wait_acknowledged()
        assert turned.callback_type == 6
        assert "Passage 2 of" in text_of(await turned.wait_response())

    play(tmp_path, scene, assistant=SlowAssistant)


def test_a_slow_refusal_keeps_to_the_deferred_message(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        message = await stage.answer("Who is Tao Qing?", private=True)
        assert message["flags"] == 64
        (stored,) = stage.server.messages(stage.channel)
        assert text_of(stored) == text_of(message)

    play(tmp_path, scene, assistant=SlowAssistant)


def test_searching_does_not_hold_up_the_loop(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        longest, last = 0.0, time.monotonic()
        asked = [await stage.ask() for _ in range(5)]
        while any(one.response is None or one.response["flags"] & 128 for one in asked):
            await asyncio.sleep(0.01)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        assert longest < 0.25

    play(tmp_path, scene, assistant=BusyAssistant, validates=False)


def test_one_question_too_many_is_refused_politely(tmp_path: Path) -> None:
    released = threading.Event()

    class Held(Assistant):
        def ask(self, *args: Any, **kwargs: Any) -> Any:
            released.wait(10)
            return super().ask(*args, **kwargs)

    async def scene(stage: Stage) -> None:
        waiting: list[asyncio.Future[Found]] = []
        while not any(one.done() for one in waiting) and len(waiting) < 2000:
            waiting.append(asyncio.ensure_future(stage.desk.ask("steel")))
            await asyncio.sleep(0)
        with pytest.raises(TooBusy):
            await waiting.pop()
        assert len(waiting) == stage.desk._waiting >= 100
        refused = await stage.ask(private=True)
        message = await refused.wait_response(1.0)
        assert refused.ephemeral
        assert "Very many questions are waiting" in text_of(message)
        said = await stage.server.say(stage.ada, stage.channel, EXPORTS, mentions_bot=True)
        messages = stage.server.world.messages
        await until(lambda: bool(messages[int(said["id"])].get("reactions")))
        released.set()
        await asyncio.gather(*waiting)
        await stage.is_alive()

    play(tmp_path, scene, assistant=Held)


def test_a_public_question_too_many_is_refused_in_private(tmp_path: Path) -> None:
    class Full(Assistant):
        def ask(self, question: str, **_: Any) -> Any:
            raise TooBusy(f"{len(question)} characters too many")

    async def scene(stage: Stage) -> None:
        refused = await stage.ask()
        assert "Very many questions are waiting" in text_of(await refused.wait_response())
        assert refused.ephemeral

    play(tmp_path, scene, assistant=Full)


def test_who_asks_too_often_is_told_when_to_go_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        for _ in range(2):
            await stage.is_alive()
        asked = await stage.ask()
        assert "That was quick: 2 a minute" in text_of(await asked.wait_response())
        assert asked.ephemeral
        assert "636,000" in text_of(await stage.answer(by=stage.moderator))

    play(tmp_path, scene, a_minute=2)


def fail(text: str) -> None:
    raise RuntimeError(text)


def test_secrets_stay_out_of_logs_even_where_the_library_tells_all(tmp_path: Path) -> None:
    written = io.StringIO()
    kept: list[str] = []

    async def whole() -> None:
        async with LoopbackDiscord() as server:
            handler = logging.StreamHandler(written)
            handler.setFormatter(RedactingFormatter(server.token))
            stage = Stage(server)
            with (
                logging_to(handler, logging.DEBUG),
                opened_desk(project_at(tmp_path / "p")) as desk,
            ):
                stage.client = Hurried(desk)
                logging.getLogger("discord").setLevel(logging.DEBUG)
                async with on_air(server, stage.client):
                    message = await stage.answer()
                    asked = [await stage.pressed(message, "Next")]
                    for fault in (
                        {"status": 400, "code": 50035},
                        {"status": 404, "code": 10062},
                        {"status": 500},
                        {"status": 429},
                        {"reset_connection": True},
                    ):
                        server.fail_next("POST", "/callback", **fault)
                        asked.append(await stage.ask(private=True))
                        await asyncio.sleep(0.1)
                    await server.gateway.invalidate(resumable=False)
                    await until(lambda: stage.client.ready_count == 2)
                    logging.getLogger("elsewhere").error("A mistake shows %r", stage.client.http)
                    try:
                        fail(f"{server.token} {asked[0].token}")
                    except RuntimeError:
                        logging.getLogger("elsewhere").exception("It failed")
                    kept.extend([server.token, *(one.token for one in asked)])
                    for thing in (stage.client, stage.client.http, desk, Token(server.token)):
                        assert server.token not in f"{thing!r} {thing}"

    try:
        asyncio.run(whole())
    finally:
        logging.getLogger("discord").setLevel(logging.NOTSET)
    assert "/callback" in written.getvalue()
    assert "Traceback" in written.getvalue()
    for secret in kept:
        assert secret not in written.getvalue()
        assert secret[30:60] not in written.getvalue()


# -- documents for certain people


def test_a_document_for_certain_people_is_shown_on_no_path(tmp_path: Path) -> None:
    memo = (
        f"---\ntitle: Memo of the cabinet\naudience: ['{HIDDEN}']\n---\n"
        "# Confidential heading\n\nThe secret zinc levy is 41777 crowns.\n\n"
        "Nobody may know the cobalt levy of 51888 crowns.\n"
    )
    documents = {"memo.md": memo, "given.txt": GIVEN.read_text(encoding="utf-8")}

    async def scene(stage: Stage) -> None:
        server, ada = stage.server, stage.ada
        for question in ("What is the secret zinc levy?", "Confidential heading", "cobalt"):
            answer = await stage.answer(question)
            if "Closest passages" in {b["label"] for b in buttons(answer)}:
                await stage.press(answer, "Closest passages")
        await stage.answer("What is the zinc levy?", source="memo")
        await stage.run("sources")
        for id_ in ("memo", "memo#1", "memo#2", "MEMO#1"):
            await stage.run("cite", id=id_)
        for option, typed in (("question", "Conf"), ("question", "cob"), ("source", "memo")):
            options = {"question": "x"} | {option: typed}
            asked = await server.autocomplete(ada, stage.channel, "ask", option, **options)
            await asked.wait_acknowledged()
            assert asked.choices == []
        await server.say(ada, stage.channel, "What is the secret zinc levy?", mentions_bot=True)
        await server.say(ada, server.open_dm(ada), "What is the cobalt levy?")
        await stage.heard(2, server.open_dm(ada))
        sent = json.dumps([request.json for request in server.requests])
        for canary in ("41777", "51888", "Memo of the cabinet", "crowns"):
            assert canary not in sent
        assert "Confidential heading" not in json.dumps(
            [
                one["embeds"][0].get("description")
                for one in server.messages(stage.channel)
                if one["embeds"]
            ]
        )

    play(tmp_path, scene, documents=documents)


def test_no_old_button_shows_a_document_that_is_for_certain_people_now(tmp_path: Path) -> None:
    text = "The zinc levy is 41777 crowns.\n\nThe cobalt levy of zinc is 51888 crowns.\n"

    async def scene(stage: Stage) -> None:
        server = stage.server
        public = await stage.answer("What is the zinc levy?")
        private = await stage.answer("What is the zinc levy?", private=True)
        cited = await stage.run("cite", id="memo#1", private=True)
        context = await stage.press(public, "Context")
        assert "41777" in text_of(public) + text_of(private) + text_of(cited) + text_of(context)
        memo = stage.project / "data" / "documents" / "memo.md"
        memo.write_text(f"---\naudience: ['{HIDDEN}']\n---\n{text}", encoding="utf-8")
        await stage.run("reindex", by=stage.moderator)
        server.requests.clear()
        pressed = 0
        for before in (context, public, cited, private):
            labels = [str(one["label"]) for one in buttons(before)]
            for label in sorted(labels, key=("Previous Next Share Earlier Later").__contains__):
                message = server.world.messages[int(before["id"])]
                enabled = {one["label"] for one in buttons(message) if not one["disabled"]}
                if label in enabled - {"Delete"}:
                    await (await stage.pressed(message, label)).wait_acknowledged()
                    pressed += 1
        assert pressed >= 10
        await stage.settled()
        sent = json.dumps([request.json for request in server.requests])
        assert "crowns" not in sent
        assert "no longer stands in the documents" in sent

    documents = {"memo.md": text, "given.txt": GIVEN.read_text(encoding="utf-8")}
    play(tmp_path, scene, documents=documents)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("sources", {}),
        ("cite", {"id": "memo#1"}),
        ("ask", {"question": "What is the zinc levy?"}),
        ("ask", {"question": "What is the zinc levy?", "source": "memo"}),
        ("ask", {"question": "Which zincs are growing?"}),
    ],
    ids=["counts", "id", "missing words", "source", "spellings"],
)
def test_a_document_for_certain_people_might_as_well_not_be_there(
    tmp_path: Path, command: str, options: dict[str, Any]
) -> None:
    documents = {"given.txt": GIVEN.read_text(encoding="utf-8")}
    memo = f"---\naudience: ['{HIDDEN}']\n---\nThe secret zinc levy is 41777 crowns.\n"
    seen: list[str] = []

    async def scene(stage: Stage) -> None:
        seen.append(text_of(await stage.run(command, **options)))

    play(tmp_path / "without", scene, documents=documents)
    play(tmp_path / "with", scene, documents=documents | {"memo.md": memo})
    assert seen[0] == seen[1]
