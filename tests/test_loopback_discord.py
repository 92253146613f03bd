"""The loopback Discord itself, driven by a small discord.py client: does it behave as Discord."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest
from conftest import REPOSITORY, environment
from discord import app_commands
from loopback_discord import (
    ORDINARY,
    Channel,
    Interaction,
    LoopbackDiscord,
    Permission,
    ServerThread,
    connected,
    pointed_at,
    until,
)
from loopback_gateway import MESSAGE_CONTENT
from loopback_limits import characters, choice_problems, command_problems, message_problems
from loopback_schemas import missing_reason, published_description

Clicked = discord.Interaction[discord.Client]
Scene = Callable[["Stage"], Awaitable[None]]


class Pager(discord.ui.View):
    @discord.ui.button(label="Next", custom_id="next")
    async def turn(self, clicked: Clicked, _button: discord.ui.Button["Pager"]) -> None:
        await clicked.response.edit_message(content="second page")


class Bot(discord.Client):
    """A bot that can do a little of everything."""

    def __init__(self, mentions: discord.AllowedMentions | None, intents: discord.Intents) -> None:
        super().__init__(intents=intents, allowed_mentions=mentions, guild_ready_timeout=0.02)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.ready_count = 0
        self.errors: list[discord.HTTPException] = []
        self.answer: Callable[[Clicked, str], Awaitable[Any]] = self.repeat
        self.tree.command(name="ask", description="Ask a question")(self.ask)
        self.tree.command(name="add", description="Add a file")(self.add)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify at once; discord.py would wait five seconds before a second time."""

    async def repeat(self, asked: Clicked, question: str) -> None:
        await asked.response.send_message(question)

    @app_commands.describe(question="What to ask")
    async def ask(self, asked: Clicked, question: str) -> None:
        try:
            await self.answer(asked, question)
        except discord.HTTPException as error:
            self.errors.append(error)

    async def add(self, asked: Clicked, file: discord.Attachment) -> None:
        await asked.response.send_message((await file.read()).decode())

    async def on_ready(self) -> None:
        self.ready_count += 1

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)


class Stage:
    """A server with one guild, one channel and one user, and a bot connected to it."""

    def __init__(self, server: LoopbackDiscord, bot: Bot) -> None:
        self.server = server
        self.bot = bot
        self.guild = server.add_guild()
        self.channel = server.add_channel(self.guild)
        self.ada = server.add_user("ada")

    async def ask(self, question: str, channel: Channel | None = None) -> Interaction:
        return await self.server.slash(self.ada, channel or self.channel, "ask", question=question)

    async def answered(self, question: str = "steel") -> dict[str, Any]:
        return await (await self.ask(question)).wait_response()


def play(
    scene: Scene,
    *,
    mentions: discord.AllowedMentions | None = discord.AllowedMentions.none(),  # noqa: B008 (a value)
    violations: int | None = 0,
    intents: discord.Intents | None = None,
    **options: Any,
) -> None:
    """Run one scene with a bot connected, then look whether every request was in order."""

    async def whole() -> None:
        async with LoopbackDiscord(**options) as server:
            stage = Stage(server, Bot(mentions, intents or discord.Intents.default()))
            async with connected(server, stage.bot):
                await scene(stage)
        if violations is not None:
            assert len(server.violations) == violations, server.violations

    asyncio.run(whole())


def refused(error: discord.HTTPException | None) -> tuple[int, int]:
    assert error is not None
    return error.status, error.code


def test_a_client_logs_in_and_sees_the_world() -> None:
    async def scene(stage: Stage) -> None:
        guild = stage.bot.get_guild(stage.guild.id)
        assert guild is not None
        assert guild.me.id == stage.server.bot.id
        channel = guild.get_channel(stage.channel.id)
        assert isinstance(channel, discord.TextChannel)
        assert channel.permissions_for(guild.me).send_messages
        assert not channel.permissions_for(guild.me).mention_everyone

    play(scene)


def test_a_slash_command_is_answered() -> None:
    async def scene(stage: Stage) -> None:
        asked = await stage.ask("How much steel?")
        message = await asked.wait_response()
        assert message["content"] == "How much steel?"
        assert stage.server.messages(stage.channel) == [message]
        assert (asked.callback_type, asked.deferred, asked.ephemeral) == (4, False, False)
        assert asked.acknowledged_at is not None
        assert asked.dispatched_at is not None
        assert 0 <= asked.acknowledged_at - asked.dispatched_at < 1

    play(scene)


@pytest.mark.parametrize("context", [0, 1, 2])
def test_a_command_is_answered_in_every_context(context: int) -> None:
    async def scene(stage: Stage) -> None:
        server, seen = stage.server, []

        async def answer(asked: Clicked, question: str) -> None:
            place = asked.context
            flags = [place.guild, place.dm_channel, place.private_channel]
            seen.append((asked.guild_id, flags.index(True), asked.user.name))
            await asked.response.defer(ephemeral=True)
            await asked.followup.send(question)

        stage.bot.answer = answer
        places = [
            stage.channel,
            server.open_dm(stage.ada),
            server.add_private_channel(stage.ada, server.add_user("bob")),
        ]
        asked = await stage.ask("steel", places[context])
        message = await asked.wait_response()
        assert asked.deferred
        assert asked.ephemeral
        assert message["content"] == "steel"
        assert message["flags"] == 64
        assert asked.followups == [], "a follow-up straight after a deferral is an edit"
        assert seen == [(stage.guild.id if context == 0 else None, context, "ada")]

    play(scene)


def test_commands_are_registered_once_and_checked_when_called() -> None:
    async def scene(stage: Stage) -> None:
        assert [command.name for command in await stage.bot.tree.sync()] == ["ask", "add"]
        assert [command["name"] for command in stage.server.commands] == ["ask", "add"]
        assert stage.server.command_puts == 1
        first = stage.server.commands
        await stage.bot.tree.sync()
        assert [c["id"] for c in stage.server.commands] == [c["id"] for c in first]
        assert await stage.answered()
        with pytest.raises(LookupError, match="no command 'nothing'"):
            await stage.server.slash(stage.ada, stage.channel, "nothing")
        with pytest.raises(LookupError, match="needs \\['question'\\]"):
            await stage.server.slash(stage.ada, stage.channel, "ask")

    play(scene)


def test_the_second_of_two_answers_is_refused() -> None:
    async def scene(stage: Stage) -> None:
        results: list[Any] = []

        async def answer(asked: Clicked, question: str) -> None:
            both = [asked.response.send_message(question), asked.response.defer()]
            results.extend(await asyncio.gather(*both, return_exceptions=True))

        stage.bot.answer = answer
        await stage.answered()
        await until(lambda: len(results) == 2)
        (error,) = [r for r in results if isinstance(r, discord.HTTPException)]
        assert refused(error) == (400, 40060)

    play(scene)


def test_a_duplicated_event_is_refused_the_second_time() -> None:
    async def scene(stage: Stage) -> None:
        stage.server.gateway.duplicate_next()
        await stage.answered()
        await until(lambda: bool(stage.bot.errors))
        assert refused(stage.bot.errors[0]) == (400, 40060)

    play(scene)


def test_an_answer_after_three_real_seconds_is_refused() -> None:
    async def scene(stage: Stage) -> None:
        async def answer(asked: Clicked, question: str) -> None:
            await asyncio.sleep(0.2)
            await asked.response.send_message(question)

        stage.bot.answer = answer
        asked = await stage.server.invoke(
            stage.ada, stage.channel, "ask", {"question": "steel"}, delivery_delay_seconds=2.9
        )
        await until(lambda: bool(stage.bot.errors))
        assert refused(stage.bot.errors[0]) == (404, 10062)
        assert asked.deadline_missed
        assert asked.acknowledged_at is None
        with pytest.raises(TimeoutError, match="was not acknowledged"):
            await asked.wait_acknowledged(0.01)

    play(scene)


def test_a_token_dies_of_age() -> None:
    async def scene(stage: Stage) -> None:
        async def answer(asked: Clicked, question: str) -> None:
            await asked.response.defer()
            await asyncio.sleep(0.4)
            await asked.edit_original_response(content=question)

        stage.bot.answer = answer
        await stage.ask("steel")
        await until(lambda: bool(stage.bot.errors))
        assert refused(stage.bot.errors[0]) == (401, 50027)
        assert stage.server.invalid_requests == 1

    play(scene, token_seconds=0.3)


def test_a_user_installed_app_sends_five_followups_and_no_more() -> None:
    async def scene(stage: Stage) -> None:
        async def answer(asked: Clicked, question: str) -> None:
            await asked.response.send_message(question)
            for number in range(6):
                await asked.followup.send(f"{number}")

        stage.bot.answer = answer
        asked = await stage.server.invoke(
            stage.ada, stage.channel, "ask", {"question": "steel"}, user_installed_only=True
        )
        await until(lambda: bool(stage.bot.errors))
        assert refused(stage.bot.errors[0]) == (400, 40094)
        assert [message["content"] for message in asked.followups] == list("01234")

    play(scene)


def test_autocomplete_gives_its_choices() -> None:
    async def scene(stage: Stage) -> None:
        async def suggest(_asked: Clicked, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{typed} plan", value=typed)]

        command = stage.bot.tree.get_command("ask")
        assert isinstance(command, app_commands.Command)
        command.autocomplete("question")(suggest)
        typed = await stage.server.autocomplete(
            stage.ada, stage.channel, "ask", "question", question="ste"
        )
        await typed.wait_acknowledged()
        assert typed.callback_type == 8
        assert typed.choices == [{"name": "ste plan", "value": "ste"}]

    play(scene)


def test_a_pressed_button_updates_its_message() -> None:
    async def scene(stage: Stage) -> None:
        async def answer(asked: Clicked, question: str) -> None:
            await asked.response.send_message(question, view=Pager())

        stage.bot.answer = answer
        message = await stage.answered()
        pressed = await stage.server.press(stage.ada, message, "next")
        updated = await pressed.wait_response()
        assert (updated["id"], updated["content"]) == (message["id"], "second page")
        assert updated["edited_timestamp"] is not None
        assert len(stage.server.messages(stage.channel)) == 1
        with pytest.raises(LookupError, match="'back'"):
            await stage.server.press(stage.ada, message, "back")

    play(scene)


def test_a_message_command_sees_its_target_in_full() -> None:
    async def scene(stage: Stage) -> None:
        async def quote(asked: Clicked, message: discord.Message) -> None:
            await asked.response.send_message(f"You said: {message.content}")

        stage.bot.tree.add_command(app_commands.ContextMenu(name="Look it up", callback=quote))
        said = await stage.server.say(stage.ada, stage.channel, "hidden words")
        asked = await stage.server.message_command(stage.ada, said, "Look it up")
        assert (await asked.wait_response())["content"] == "You said: hidden words"

    play(scene)


def test_an_uploaded_file_can_be_read() -> None:
    async def scene(stage: Stage) -> None:
        file = stage.server.attachment("plan.md", "# 计划".encode(), "text/markdown")
        asked = await stage.server.slash(stage.ada, stage.channel, "add", file=file)
        assert (await asked.wait_response())["content"] == "# 计划"

    play(scene)


def test_a_sent_file_is_kept() -> None:
    async def scene(stage: Stage) -> None:
        async def answer(asked: Clicked, question: str) -> None:
            await asked.response.defer()
            file = discord.File(fp=__file__, filename="test.py")
            await asked.edit_original_response(content=question, attachments=[file])

        stage.bot.answer = answer
        (attachment,) = (await stage.answered())["attachments"]
        assert attachment["filename"] == "test.py"
        kept = stage.server.world.attachments[int(attachment["id"])]
        assert kept.data.startswith(b'"""The loopback')

    play(scene)


def test_a_lost_connection_resumes_and_misses_nothing() -> None:
    async def scene(stage: Stage) -> None:
        server = stage.server
        server.gateway.hello_delay_seconds = 0.2
        server.gateway.drop_all()
        await until(lambda: server.gateway.connected_count == 0)
        first = await stage.ask("while nobody listened")
        assert (await first.wait_response())["content"] == "while nobody listened"
        assert (server.gateway.resumed_count, server.gateway.ready_count) == (1, 1)
        server.gateway.hello_delay_seconds = 0.0
        await server.gateway.ask_to_reconnect()
        await until(lambda: server.gateway.resumed_count == 2)
        await server.gateway.invalidate(resumable=True)
        await until(lambda: server.gateway.resumed_count == 3)
        await server.gateway.close_all(4000)
        await until(lambda: server.gateway.resumed_count == 4)
        assert await stage.answered()
        assert len(server.gateway.identified_at) == 1

    play(scene)


@pytest.mark.parametrize("way", ["op 9", "4009", "refused resume"])
def test_a_session_that_is_gone_gets_a_second_ready(way: str) -> None:
    async def scene(stage: Stage) -> None:
        gateway = stage.server.gateway
        if way == "op 9":
            await gateway.invalidate(resumable=False)
        elif way == "4009":
            await gateway.close_all(4009)
        else:
            gateway.refuses_resume = True
            gateway.drop_all()
        await stage.server.until_ready(2)
        await until(lambda: stage.bot.ready_count == 2)
        assert gateway.resumed_count == 0
        assert len(gateway.identified_at) == 2
        assert await stage.answered()

    play(scene)


def test_heartbeats_that_are_not_acknowledged_end_the_connection() -> None:
    async def scene(stage: Stage) -> None:
        gateway = stage.server.gateway
        assert gateway.heartbeat_count >= 1
        gateway.acknowledges_heartbeats = False
        await until(lambda: gateway.heartbeat_count >= 3)
        gateway.acknowledges_heartbeats = True
        await until(lambda: gateway.resumed_count == 1)

    original = discord.gateway.KeepAliveHandler.__init__

    def impatient(self: Any, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **options)
        self.heartbeat_timeout = 0.3

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discord.gateway.KeepAliveHandler, "__init__", impatient)
        play(scene, heartbeat_interval_seconds=0.1)


def test_wrong_tokens_and_privileged_intents_are_turned_away() -> None:
    async def whole() -> None:
        async with LoopbackDiscord() as server:
            with pointed_at(server):
                bot = Bot(None, discord.Intents.default())
                with pytest.raises(discord.LoginFailure):
                    await bot.start("wrong")
                await bot.close()
                assert server.invalid_requests == 1
                bot = Bot(None, discord.Intents.all())
                with pytest.raises(discord.PrivilegedIntentsRequired):
                    await bot.start(server.token)
                await bot.close()
                bot = Bot(None, discord.Intents.default())
                await bot.login(server.token)
                bot.http.token = "changed"
                with pytest.raises(discord.ConnectionClosed) as closed:
                    await bot.connect()
                assert closed.value.code == 4004
                await bot.close()
        assert server.gateway.close_codes == [4014, 4004]
        assert server.gateway.ready_count == 0

    asyncio.run(whole())


def test_too_large_and_too_many_payloads_close_the_connection() -> None:
    async def scene(stage: Stage) -> None:
        gateway = stage.server.gateway
        await stage.bot.ws.socket.send_str('{"op": 3, "d": "' + "x" * 4096 + '"}')
        await until(lambda: gateway.close_codes == [4002])
        await until(lambda: gateway.resumed_count == 1)
        with contextlib.suppress(ConnectionError):
            for _ in range(121):
                await stage.bot.ws.socket.send_str('{"op": 3, "d": {}}')
        await until(lambda: gateway.close_codes == [4002, 4008])
        await until(lambda: gateway.resumed_count == 2)

    play(scene)


@pytest.mark.parametrize("scope", ["user", "shared", "global"])
def test_a_rate_limited_request_is_made_again(scope: str) -> None:
    async def scene(stage: Stage) -> None:
        fault = r"^/channels/\d+/messages$"
        stage.server.fail_next("POST", fault, status=429, retry_after=0.1, scope=scope)
        started = time.monotonic()
        await send(stage, "steel")
        assert time.monotonic() - started >= 0.1
        assert stage.server.invalid_requests == (0 if scope == "shared" else 1)
        assert len([r for r in stage.server.requests if r.method == "POST"]) == 2

    play(scene)


async def send(stage: Stage, content: str | None = None, **options: Any) -> discord.Message:
    channel = stage.bot.get_partial_messageable(stage.channel.id, guild_id=stage.guild.id)
    return await channel.send(content, **options)


def test_a_cloudflare_ban_raises_at_once() -> None:
    async def scene(stage: Stage) -> None:
        stage.server.fail_next("POST", "/messages$", cloudflare=True)
        with pytest.raises(discord.HTTPException, match="Error 1015") as banned:
            await send(stage, "steel")
        assert banned.value.status == 429
        assert stage.server.invalid_requests == 1

    play(scene)


def test_a_real_limit_is_told_in_headers_and_kept_by_the_client() -> None:
    async def scene(stage: Stage) -> None:
        stage.server.limit("POST", "/messages$", limit=2, per_seconds=0.3)
        started = time.monotonic()
        for _ in range(4):
            await send(stage, "steel")
        assert time.monotonic() - started >= 0.3
        assert stage.server.statuses[429] == 0

    play(scene)


def test_a_connection_reset_in_mid_body_reaches_the_client() -> None:
    async def scene(stage: Stage) -> None:
        import aiohttp

        stage.server.fail_next("POST", "/callback", reset_connection=True, after_processing=True)
        caught: list[Exception] = []

        async def answer(asked: Clicked, question: str) -> None:
            try:
                await asked.response.send_message(question)
            except aiohttp.ClientError as error:
                caught.append(error)

        stage.bot.answer = answer
        asked = await stage.ask("steel")
        await until(lambda: bool(caught))
        assert asked.response is not None, "only the answer was lost, not the effect"

    play(scene)


def test_a_server_error_and_a_slow_answer_are_waited_for() -> None:
    async def scene(stage: Stage) -> None:
        stage.server.fail_next("POST", "/messages$", status=502)
        stage.server.fail_next("POST", "/messages$", delay_seconds=0.2)
        started = time.monotonic()
        await send(stage, "steel")
        assert time.monotonic() - started >= 1.2

    play(scene)


def test_every_error_code_can_be_asked_for() -> None:
    async def scene(stage: Stage) -> None:
        for status, code in [(404, 10008), (404, 10003), (403, 50001), (403, 50013), (503, 0)]:
            stage.server.fail_next("POST", "/messages$", status=status, code=code)
            with pytest.raises(discord.HTTPException) as error:
                await send(stage, "steel")
            assert refused(error.value) == (status, code)

    play(scene)


def test_missing_permissions_are_refused_as_discord_does() -> None:
    async def scene(stage: Stage) -> None:
        server, ada = stage.server, stage.ada
        said = await server.say(ada, stage.channel, "a question")
        reply = discord.MessageReference(
            message_id=int(said["id"]), channel_id=stage.channel.id, guild_id=stage.guild.id
        )
        thread = server.add_thread(stage.channel)
        cases: list[tuple[int, dict[str, Any], tuple[int, int]]] = [
            (Permission.VIEW_CHANNEL, {"content": "x"}, (403, 50001)),
            (Permission.SEND_MESSAGES, {"content": "x"}, (403, 50013)),
            (Permission.EMBED_LINKS, {"embed": discord.Embed(title="x")}, (403, 50013)),
            (Permission.READ_MESSAGE_HISTORY, {"content": "x", "reference": reply}, (400, 160002)),
        ]
        for missing, message, expected in cases:
            server.set_permissions(stage.channel, ORDINARY & ~missing)
            with pytest.raises(discord.HTTPException) as error:
                await send(stage, **message)
            assert refused(error.value) == expected
        server.set_permissions(stage.channel, ORDINARY & ~Permission.SEND_MESSAGES)
        await stage.bot.get_partial_messageable(thread.id).send("threads have their own bit")
        server.set_permissions(stage.channel, ORDINARY)
        await server.delete_message(said)
        with pytest.raises(discord.HTTPException) as error:
            await send(stage, "x", reference=reply)
        assert refused(error.value) == (400, 50035)
        reply.fail_if_not_exists = False
        assert (await send(stage, "x", reference=reply)).reference is None
        with pytest.raises(discord.NotFound):
            await stage.bot.get_partial_messageable(stage.channel.id).fetch_message(int(said["id"]))
        await server.delete_channel(stage.channel)
        with pytest.raises(discord.HTTPException) as error:
            await send(stage, "x")
        assert refused(error.value) == (404, 10003)

    play(scene)


def test_direct_messages_can_be_closed() -> None:
    async def scene(stage: Stage) -> None:
        user = discord.Object(stage.ada.id)
        opened = await stage.bot.create_dm(user)
        await opened.send("hello")
        stage.server.close_dm(stage.ada)
        with pytest.raises(discord.Forbidden) as error:
            await opened.send("hello")
        assert refused(error.value) == (403, 50007)
        assert len(stage.server.messages(stage.server.open_dm(stage.ada))) == 1

    play(scene)


def test_messages_are_edited_deleted_and_reacted_to() -> None:
    async def scene(stage: Stage) -> None:
        sent = await send(stage, "first", mention_author=False)
        await sent.add_reaction("👍")
        await sent.edit(content="second")
        (stored,) = stage.server.messages(stage.channel)
        assert stored["content"] == "second"
        assert [reaction["emoji"]["name"] for reaction in stored["reactions"]] == ["👍"]
        channel = stage.bot.get_partial_messageable(stage.channel.id)
        assert (await channel.fetch_message(sent.id)).content == "second"
        async with channel.typing():
            await sent.delete()
        assert stage.server.messages(stage.channel) == []

    play(scene)


def test_content_is_shown_only_where_it_may_be() -> None:
    async def scene(stage: Stage) -> None:
        server, ada, bot = stage.server, stage.ada, stage.server.bot
        said = await server.say(ada, stage.channel, "between us")
        await server.say(ada, stage.channel, "what of steel?", mentions_bot=True)
        await server.say(ada, server.open_dm(ada), "in a direct message")
        own = await send(stage, "the bot's own")
        (stored,) = [m for m in server.messages(stage.channel) if m["id"] == str(own.id)]
        await server.say(ada, stage.channel, "thank you", reply_to=stored)
        await server.say(ada, stage.channel, "unpinged", reply_to=stored, pings=False)
        await server.say(ada, stage.channel, "see above", reply_to=said, mentions_bot=True)
        await until(lambda: len(stage.bot.heard) == 7)
        assert [message.content for message in stage.bot.heard] == [
            "",
            f"<@{bot.id}> what of steel?",
            "in a direct message",
            "the bot's own",
            "thank you",
            "",
            f"<@{bot.id}> see above",
        ]
        reference = stage.bot.heard[-1].reference
        assert reference is not None
        assert isinstance(reference.resolved, discord.Message)
        assert reference.resolved.content == ""
        assert isinstance(stage.bot.heard[1].author, discord.Member)
        assert stage.bot.heard[1].mentions[0].id == bot.id

    play(scene)


def test_with_the_privileged_intent_all_content_is_shown() -> None:
    async def scene(stage: Stage) -> None:
        await stage.server.say(stage.ada, stage.channel, "between us")
        await until(lambda: bool(stage.bot.heard))
        assert stage.bot.heard[0].content == "between us"

    intents = discord.Intents.default()
    intents.message_content = True
    play(scene, intents=intents, allowed_privileged_intents=MESSAGE_CONTENT)


def embed(**parts: Any) -> dict[str, Any]:
    return {"embeds": [parts]}


def button(number: int = 0, **parts: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "x", "custom_id": f"{number}"} | parts


def rows(*items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"components": [{"type": 1, "components": row} for row in items]}


def select(count: int, **parts: Any) -> dict[str, Any]:
    options = [{"label": f"{number}", "value": f"{number}"} for number in range(count)]
    return {"type": 3, "custom_id": "s", "options": options} | parts


def field(name: int, value: int) -> dict[str, Any]:
    return embed(fields=[{"name": "n" * name, "value": "v" * value}])


@pytest.mark.parametrize(
    ("limit", "made"),
    [
        (2000, lambda n: {"content": "x" * n}),
        (10, lambda n: {"embeds": [{"title": "x"}] * n}),
        (256, lambda n: embed(title="x" * n)),
        (4096, lambda n: embed(description="x" * n)),
        (25, lambda n: embed(fields=[{"name": "n", "value": "v"}] * n)),
        (256, lambda n: field(n, 1)),
        (1024, lambda n: field(1, n)),
        (2048, lambda n: embed(footer={"text": "x" * n})),
        (256, lambda n: embed(author={"name": "x" * n})),
        (6000, lambda n: {"embeds": [{"description": "x" * m} for m in (n - 3000, 3000)]}),
        (5, lambda n: rows(*([button(row)] for row in range(n)))),
        (5, lambda n: rows([button(number) for number in range(n)])),
        (100, lambda n: rows([button(custom_id="x" * n)])),
        (80, lambda n: rows([button(label="x" * n)])),
        (512, lambda n: rows([{"type": 2, "style": 5, "label": "x", "url": "u" * n}])),
        (25, lambda n: rows([select(n)])),
        (150, lambda n: rows([select(1, placeholder="x" * n)])),
    ],
)  # fmt: skip
def test_a_message_is_fine_at_the_limit_and_wrong_beyond(
    limit: int, made: Callable[[int], dict[str, Any]]
) -> None:
    assert message_problems(made(limit)) == []
    assert message_problems(made(limit + 1)) != []


def test_components_are_unique_and_stand_where_they_may() -> None:
    assert "not unique" in message_problems(rows([button(1)], [button(1)]))[0]
    assert "stand alone" in message_problems(rows([button(1), select(1)]))[0]
    assert "0 characters" in message_problems(rows([button(custom_id="")]))[0]
    assert "link button" in message_problems(rows([button(style=5)]))[0]
    assert "version 2" in message_problems({"components": [{"type": 10, "content": "x"}]})[0]
    assert message_problems({"flags": 1 << 15, "components": [{"type": 10, "content": "x"}]}) == []


def test_characters_are_counted_the_way_that_gives_more() -> None:
    assert characters("👨‍👩‍👧‍👦") == 11
    assert message_problems({"content": "😀" * 1000}) == []
    assert message_problems({"content": "😀" * 1001}) != []


def test_choices_have_limits() -> None:
    assert choice_problems([{"name": "x" * 100, "value": "y" * 100}] * 25) == []
    assert choice_problems([{"name": "x", "value": "y"}] * 26) != []
    assert choice_problems([{"name": "x" * 101, "value": "y"}]) != []
    assert choice_problems([{"name": "x", "value": "y" * 101}]) != []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({}, None),
        ({"name": "询问"}, None),
        ({"name": "Ask"}, "lower case"),
        ({"name": "ask me"}, "must not have"),
        ({"name": "x" * 33}, "33 characters"),
        ({"description": ""}, "0 characters"),
        ({"description": "x" * 101}, "101 characters"),
        ({"name_localizations": {"zh-CN": "询问"}}, None),
        ({"name_localizations": {"zh": "询问"}}, "no locale"),
        ({"description_localizations": {"de": "x" * 101}}, "101 characters"),
        ({"options": [{"name": "a", "description": "b", "type": 3}] * 2}, "same name"),
        (
            {
                "options": [
                    {"name": "a", "description": "b", "type": 3},
                    {"name": "c", "description": "d", "type": 3, "required": True},
                ]
            },
            "required ones",
        ),
        ({"options": [{"name": "a", "description": "b", "type": 3, "max_length": 6001}]}, "6000"),
    ],
)
def test_commands_have_limits(changed: dict[str, Any], problem: str | None) -> None:
    problems = command_problems([{"name": "ask", "description": "Ask"} | changed])
    assert len(problems) == (problem is not None)
    assert all(str(problem) in found for found in problems)


def test_a_command_has_at_most_eight_thousand_characters() -> None:
    def command(last: int) -> dict[str, Any]:
        choices = [{"name": "n" * 100, "value": "v" * 100}] * 19
        options = [
            {"name": name, "description": "d" * 99, "type": 3, "choices": choices} for name in "ab"
        ]
        return {
            "name": "n" * 32,
            "description": "d" * 100,
            "description_localizations": {"de": "d" * 20},
            "options": [
                *options,
                {"name": "c", "description": "d" * 67, "type": 3},
                *[{"name": "d", "description": "d" * last, "type": 3} for _ in range(last > 0)],
            ],
        }

    assert command_problems([command(0)]) == []
    total = 32 + 100 + 2 * (1 + 99 + 19 * 200) + 68
    assert total == 8000
    assert "8002 characters" in command_problems([command(1)])[0]


def test_what_breaks_a_limit_is_refused_and_remembered() -> None:
    async def scene(stage: Stage) -> None:
        assert await send(stage, "x" * 2000)
        for content in ("x" * 2001, "😀" * 1001):
            with pytest.raises(discord.HTTPException, match="at most 2000") as error:
                await send(stage, content)
            assert refused(error.value) == (400, 50035)
        with pytest.raises(discord.HTTPException) as error:
            await send(stage)
        assert refused(error.value) == (400, 50006)
        assert any("an empty message" in violation for violation in stage.server.violations)

    play(scene, violations=None)


def test_a_message_that_could_mention_is_a_violation() -> None:
    async def scene(stage: Stage) -> None:
        await send(stage, "said without a word on mentions")
        await stage.answered()
        assert stage.server.violations == [
            f"{place}: allowed_mentions: missing, so Discord would parse mentions"
            for place in ("message", "callback 4")
        ]
        stage.server.violations.clear()
        await send(stage, "@everyone", allowed_mentions=discord.AllowedMentions(everyone=True))
        await send(stage, "quiet", allowed_mentions=discord.AllowedMentions.none())

    play(scene, mentions=None, violations=1)


def test_an_unknown_route_is_a_violation() -> None:
    async def scene(stage: Stage) -> None:
        with pytest.raises(discord.NotFound):
            await stage.bot.fetch_user(stage.ada.id)

    play(scene, violations=1)


def test_bodies_are_held_to_the_published_description() -> None:
    description = published_description()
    if description is None:
        pytest.skip(str(missing_reason()))
    path = "/channels/1/messages"
    assert description.request_problem("POST", path, {"content": "x", "tts": False}) is None
    reference = {"message_reference": {"message_id": 12345678901234567}}
    assert description.request_problem("POST", path, reference) is None
    wrong = description.request_problem("POST", path, {"content": 5})
    assert wrong is not None
    assert wrong.startswith("content: 5 is not")
    assert description.response_problem("GET", "/users/@me", 200, {"id": 5}) is not None
    assert description.request_problem("GET", "/no/such/path", None) is not None


def test_a_wrong_type_on_the_wire_is_a_violation() -> None:
    async def scene(stage: Stage) -> None:
        if missing_reason() is not None:
            pytest.skip(str(missing_reason()))
        route = discord.http.Route(
            "POST", "/channels/{channel_id}/messages", channel_id=stage.channel.id
        )
        body = {"content": "x", "tts": "yes", "allowed_mentions": {"parse": []}}
        await stage.bot.http.request(route, json=body)
        (violation,) = stage.server.violations
        assert "tts: 'yes' is not of type" in violation

    play(scene, violations=None)


def test_nothing_is_validated_or_recorded_when_that_is_switched_off() -> None:
    async def scene(stage: Stage) -> None:
        assert await stage.answered()
        assert not stage.server.requests
        assert stage.server.statuses[200] >= 2

    play(scene, validates=False, records=False)


def test_a_server_in_a_thread_serves_another_process() -> None:
    script = (
        "import os, sys, run_against_loopback, bot.cli, discord\n"
        "class Bot(discord.Client):\n"
        "    async def on_ready(self):\n"
        "        await self.close()\n"
        "def main(arguments):\n"
        "    intents = discord.Intents.default()\n"
        "    client = Bot(intents=intents, guild_ready_timeout=0.02)\n"
        "    client.run(os.environ['DISCORD_TOKEN'], log_handler=None)\n"
        "    return len(arguments) + 40\n"
        "bot.cli.main = main\n"
        "sys.exit(run_against_loopback.main())\n"
    )
    with ServerThread() as thread:
        thread.server.add_channel(thread.server.add_guild())
        tests = REPOSITORY / "tests"
        variables = thread.server.environment | {
            "DISCORD_TOKEN": thread.server.token,
            "PYTHONPATH": f"{tests}:{REPOSITORY}",
            "PYTHONWARNINGS": "error,ignore:'audioop' is deprecated:DeprecationWarning",
        }
        result = subprocess.run(
            [sys.executable, "-c", script, "one", "two"],
            env=environment(REPOSITORY) | variables,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (result.returncode, result.stderr) == (42, "")
        assert thread.server.gateway.ready_count == 1
        assert thread.server.violations == []


def test_two_clients_with_one_token_both_hear_everything() -> None:
    async def scene(stage: Stage) -> None:
        other = Bot(discord.AllowedMentions.none(), discord.Intents.default())
        async with connected(stage.server, other):
            await stage.answered()
            await until(lambda: len(stage.bot.errors + other.errors) == 1)
        assert refused((stage.bot.errors + other.errors)[0]) == (400, 40060)

    play(scene)


def test_stopping_leaves_nothing_behind() -> None:
    async def whole() -> None:
        async with LoopbackDiscord() as server:
            stage = Stage(server, Bot(None, discord.Intents.default()))
            server.fail_next("POST", "/callback", delay_seconds=30)
            async with connected(server, stage.bot):
                asked = await stage.ask("steel")
                await until(lambda: any("/callback" in r.path for r in server.requests))
                assert asked.acknowledged_at is None
            started = time.monotonic()
        assert time.monotonic() - started < 3
        await asyncio.sleep(0)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        assert [task for task in tasks if "loopback" in repr(task)] == []

    asyncio.run(whole())


def test_a_body_that_is_not_json_is_refused() -> None:
    async def scene(stage: Stage) -> None:
        import aiohttp

        url = f"{stage.server.rest_url}/channels/{stage.channel.id}/messages"
        headers = {"Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=b"{", headers=headers) as response,
        ):
            assert response.status == 400
            assert response.headers["Content-Type"] == "application/json"
            assert (await response.json())["code"] == 50109

    play(scene, violations=1)
