"""Questions that are written as messages: mentions, direct messages, replies to answers."""

from pathlib import Path
from typing import Any

import discord
import pytest
from conftest import GIVEN, GIVEN_ID
from discord_desk import project_at
from discord_scene import (
    EXPORTS,
    WEATHER,
    Scene,
    asked_often,
    body_of,
    buttons_of,
    cited_by,
    play,
    response,
    shown_of,
    title_of,
)
from simcord.enums import MessageType

CHINESE = "新能源汽车出口了多少？"
FOLLOW_UP = "And of robots?"


def messages_of_the_bot(scene: Scene, channel: Any = None) -> list[discord.Message]:
    history = (channel or scene.channel).history()
    return [message for message in history if message.author.id == scene.bot_id]


def answer_in(scene: Scene, channel: Any = None) -> discord.Message:
    (*_, last) = messages_of_the_bot(scene, channel)
    return last


def reactions_of(scene: Scene, message: discord.Message) -> list[str]:
    (found,) = [one for one in scene.channel.history() if one.id == message.id]
    return [str(reaction.emoji) for reaction in found.reactions]


async def asked(scene: Scene, text: str, **options: Any) -> discord.Message:
    """Mention the bot with a text, and return its answer in the channel."""
    await scene.asker.send(scene.channel, f"{scene.mention} {text}", **options)
    return answer_in(scene)


def test_a_mention_with_a_question_is_answered_as_a_reply_that_notifies_nobody(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene) -> None:
        asking = await scene.asker.send(scene.channel, f"{scene.mention} {EXPORTS}")
        answer = answer_in(scene)
        assert title_of(answer) == EXPORTS
        assert cited_by(answer) == f"{GIVEN_ID}#7"
        assert answer.reference is not None
        assert answer.reference.message_id == asking.id
        assert answer.mentions == []

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("form", ["{mention} {q}", "{q} {mention}", "{nick}{q}", "a {mention} {q}"])
def test_the_mention_may_stand_anywhere_and_is_no_part_of_the_question(
    tmp_path: Path, form: str
) -> None:
    async def story(scene: Scene) -> None:
        nick = scene.mention.replace("<@", "<@!")
        text = form.format(mention=scene.mention, nick=nick, q=EXPORTS)
        await scene.asker.send(scene.channel, text)
        assert title_of(answer_in(scene)).endswith(EXPORTS)
        assert str(scene.bot_id) not in shown_of(answer_in(scene))

    play(asked_often(tmp_path), story)


def test_the_buttons_of_an_answer_to_a_message_are_those_of_a_command(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await asked(scene, EXPORTS)
        labels = list(buttons_of(answer))
        assert labels == list(buttons_of(await scene.ask()))
        await scene.asker.click(answer, label="Next")
        assert "Passage 2 of 3" in shown_of(scene.channel.history()[-2])
        await scene.asker.click(answer, label="Delete")
        assert answer.id not in [message.id for message in scene.channel.history()]

    play(asked_often(tmp_path), story)


def test_a_mention_without_a_question_says_how_to_ask(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await asked(scene, "")
        assert body_of(answer).startswith("There is no question in this.")
        assert EXPORTS in body_of(answer)

    play(asked_often(tmp_path), story)


def test_a_direct_message_needs_no_mention(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.asker.send_dm(EXPORTS)
        answer = answer_in(scene, scene.asker.user.dm_channel)
        assert cited_by(answer) == f"{GIVEN_ID}#7"
        paged = await scene.asker.user.click(answer, label="Next")
        assert "Passage 2 of 3" in shown_of(response(paged))

    play(asked_often(tmp_path), story)


def test_messages_that_do_not_mention_the_bot_are_left_alone(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.asker.send(scene.channel, EXPORTS)
        await scene.asker.send(scene.channel, f"{scene.other.mention} {EXPORTS}")
        assert messages_of_the_bot(scene) == []

    play(asked_often(tmp_path), story)


# --- who gets no answer -------------------------------------------------------------------------


def test_other_bots_are_not_answered(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        machine = scene.guild.add_member(scene.env.create_user("machine", bot=True))
        await machine.send(scene.channel, f"{scene.mention} {EXPORTS}")
        assert messages_of_the_bot(scene) == []

    play(asked_often(tmp_path), story)


def test_webhooks_are_not_answered(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        hook = scene.guild.create_webhook(scene.channel)
        await hook.send(f"{scene.mention} {EXPORTS}")
        assert len(scene.channel.history()) == 1

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("to_all", ["@everyone", "@here"])
def test_who_calls_everybody_does_not_call_the_bot(tmp_path: Path, to_all: str) -> None:
    async def story(scene: Scene) -> None:
        await scene.guild_owner().send(scene.channel, f"{to_all} {EXPORTS}")
        assert messages_of_the_bot(scene) == []

    play(asked_often(tmp_path), story)


def test_who_calls_a_role_of_the_bot_does_not_call_the_bot(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        role = scene.guild.create_role("Bots", mentionable=True)
        me = scene.env.backend.get_guild(scene.guild.id).members[scene.bot_id]
        me.role_ids.append(role.id)
        await scene.asker.send(scene.channel, f"{role.mention} {EXPORTS}")
        assert messages_of_the_bot(scene) == []

    play(asked_often(tmp_path), story)


def test_notices_of_discord_itself_are_no_questions(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await asked(scene, EXPORTS)
        scene.guild.create_system_message(
            scene.channel, MessageType.PINS_ADD, author=scene.asker, referenced_message=answer
        )
        await scene.env.settle()
        assert len(messages_of_the_bot(scene)) == 1

    play(asked_often(tmp_path), story)


# --- replies ------------------------------------------------------------------------------------


def test_a_reply_to_an_answer_is_a_follow_up_and_is_shown_as_such(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        first = await asked(scene, EXPORTS)
        second = await asked(scene, "And compared to the previous year?", reply_to=first)
        assert title_of(second) == "And compared to the previous year?"
        assert "↳ " in shown_of(second)
        assert EXPORTS in shown_of(second)
        assert cited_by(second) == f"{GIVEN_ID}#7"

    play(asked_often(tmp_path), story)


def test_the_words_of_a_follow_up_count_more_than_those_before(tmp_path: Path) -> None:
    text = "The first plan is for steel.\n\nThe second plan is for robots.\n\nThe third has chips."

    async def story(scene: Scene) -> None:
        steel = await asked(scene, "Which plan is for steel?")
        assert cited_by(steel) == "plans#1"
        robots = await asked(scene, "And for robots?", reply_to=steel)
        assert cited_by(robots) == "plans#2"

    play(asked_often(tmp_path, {"plans.txt": text}), story)


def test_a_follow_up_finds_what_its_own_words_alone_do_not(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        alone = await asked(scene, "And what about that?")
        assert "do not answer" in body_of(alone)
        followed = await asked(scene, "And what about that?", reply_to=await asked(scene, EXPORTS))
        assert cited_by(followed) == f"{GIVEN_ID}#7"

    play(asked_often(tmp_path), story)


def test_the_pages_of_a_follow_up_are_those_of_both_questions(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        first = await asked(scene, EXPORTS)
        second = await asked(scene, FOLLOW_UP, reply_to=first)
        answer = await scene.desk.ask(FOLLOW_UP, earlier=EXPORTS)
        ranked = [quote.passage.id for quote in answer.answer.quotes]
        seen = [cited_by(second)]
        for _ in ranked[1:]:
            await scene.asker.click(second, label="Next")
            seen.append(cited_by(answer_in(scene)))
            assert EXPORTS in shown_of(answer_in(scene))
        assert seen == ranked

    play(asked_often(tmp_path), story)


def test_a_follow_up_can_be_followed(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        first = await asked(scene, EXPORTS)
        second = await asked(scene, "And compared to the previous year?", reply_to=first)
        third = await asked(scene, FOLLOW_UP, reply_to=second)
        assert "And compared to the previous year?" in shown_of(third)

    play(asked_often(tmp_path), story)


def test_an_answer_of_before_a_restart_can_be_followed(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        first = await asked(scene, EXPORTS)
        await scene.restart()
        second = await asked(scene, FOLLOW_UP, reply_to=first)
        assert EXPORTS in shown_of(second)

    play(asked_often(tmp_path), story)


def test_a_reply_in_direct_messages_is_a_follow_up(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        dm = scene.asker.user.dm_channel
        await scene.asker.send_dm(EXPORTS)
        first = answer_in(scene, dm)
        reference = {"channel_id": str(dm.id), "message_id": str(first.id)}
        await scene.asker.send_dm(FOLLOW_UP, reference=reference)
        assert EXPORTS in shown_of(answer_in(scene, dm))

    play(asked_often(tmp_path), story)


def test_a_reply_that_only_mentions_is_silent(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await asked(scene, EXPORTS)
        await scene.asker.send(scene.channel, scene.mention, reply_to=answer)
        assert len(messages_of_the_bot(scene)) == 1

    play(asked_often(tmp_path), story)


def test_a_reply_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        said = await scene.other.send(scene.channel, "So many vehicles!")
        await scene.asker.send(scene.channel, EXPORTS, reply_to=said)
        assert messages_of_the_bot(scene) == []

    play(asked_often(tmp_path), story)


def test_a_mention_in_a_reply_to_somebody_else_is_a_question_of_its_own(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        said = await scene.other.send(scene.channel, "How many robots, then?")
        answer = await asked(scene, EXPORTS, reply_to=said)
        assert "↳ " not in shown_of(answer)
        assert "robots" not in title_of(answer)

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("command", ["help", "sources"])
def test_a_reply_to_another_message_of_the_bot_is_a_question_of_its_own(
    tmp_path: Path, command: str
) -> None:
    async def story(scene: Scene) -> None:
        said = response(await scene.asker.slash(scene.channel, command))
        answer = await asked(scene, EXPORTS, reply_to=said)
        assert "↳ " not in shown_of(answer)

    play(asked_often(tmp_path), story)


def test_a_reply_to_a_citation_is_a_question_of_its_own(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        cited = await scene.asker.slash(scene.channel, "cite", id=f"{GIVEN_ID}#7")
        answer = await asked(scene, FOLLOW_UP, reply_to=response(cited))
        assert "↳ " not in shown_of(answer)

    play(asked_often(tmp_path), story)


# --- where the answer cannot stand in the channel -----------------------------------------------


def test_in_a_channel_that_is_not_listed_the_answer_goes_to_the_author(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.setting(channels=[scene.channel.id + 1])
        await scene.asker.send(scene.channel, f"{scene.mention} {EXPORTS}")
        assert messages_of_the_bot(scene) == []
        assert cited_by(answer_in(scene, scene.asker.user.dm_channel)) == f"{GIVEN_ID}#7"

    play(asked_often(tmp_path), story)


def test_where_the_bot_may_not_write_the_answer_goes_to_the_author(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.deny("send_messages")
        await scene.asker.send(scene.channel, f"{scene.mention} {EXPORTS}")
        assert messages_of_the_bot(scene) == []
        assert cited_by(answer_in(scene, scene.asker.user.dm_channel)) == f"{GIVEN_ID}#7"

    play(asked_often(tmp_path), story)


def test_where_discord_alone_knows_that_the_bot_may_not_write_the_answer_goes_to_the_author(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene) -> None:
        path = f"/channels/{scene.channel.id}/messages"
        scene.env.inject_error("POST", path, status=403, code=50013)
        await scene.asker.send(scene.channel, f"{scene.mention} {EXPORTS}")
        assert messages_of_the_bot(scene) == []
        assert cited_by(answer_in(scene, scene.asker.user.dm_channel)) == f"{GIVEN_ID}#7"

    play(asked_often(tmp_path), story)


def test_in_a_thread_the_permission_of_threads_counts(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        thread = scene.thread(scene.channel, "exports")
        scene.deny("send_messages")
        await scene.asker.send(thread, f"{scene.mention} {EXPORTS}")
        assert cited_by(answer_in(scene, thread)) == f"{GIVEN_ID}#7"
        scene.deny("send_messages_in_threads")
        await scene.other.send(thread, f"{scene.mention} {EXPORTS}")
        assert len(messages_of_the_bot(scene, thread)) == 1
        assert answer_in(scene, scene.other.user.dm_channel).embeds

    play(asked_often(tmp_path), story)


def test_who_takes_no_direct_messages_gets_a_reaction(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.setting(channels=[scene.channel.id + 1])
        dm = scene.asker.user.dm_channel
        scene.env.inject_error("POST", f"/channels/{dm.id}/messages", status=403, code=50007)
        asking = await scene.asker.send(scene.channel, f"{scene.mention} {EXPORTS}")
        assert reactions_of(scene, asking) == ["📪"]

    play(asked_often(tmp_path), story)


def test_where_nothing_at_all_can_be_said_the_bot_goes_on(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.deny("send_messages", "add_reactions")
        dm = scene.asker.user.dm_channel
        scene.env.inject_error("POST", f"/channels/{dm.id}/messages", status=403, code=50007)
        await scene.asker.send(scene.channel, f"{scene.mention} {EXPORTS}")
        assert messages_of_the_bot(scene) == []
        assert (await scene.ask(by=scene.other)).embeds

    play(asked_often(tmp_path), story)


def test_a_question_that_is_deleted_meanwhile_is_answered_all_the_same(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        searched = scene.desk._searched

        async def after_deleting(work: Any) -> Any:
            message = scene.channel.history()[-1]
            scene.env.backend.delete_message(scene.channel.id, message.id)
            return await searched(work)

        scene.desk._searched = after_deleting  # type: ignore[method-assign]
        await scene.asker.send(scene.channel, f"{scene.mention} {EXPORTS}")
        (answer,) = scene.channel.history()
        assert cited_by(answer) == f"{GIVEN_ID}#7"

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize(("status", "code"), [(404, 10003), (500, 0), (400, 50035)])
def test_what_discord_does_not_take_is_no_error_of_the_bot(
    tmp_path: Path, status: int, code: int
) -> None:
    async def story(scene: Scene) -> None:
        path = f"/channels/{scene.channel.id}/messages"
        scene.env.inject_error("POST", path, status=status, code=code)
        await scene.asker.send(scene.channel, f"{scene.mention} {EXPORTS}")
        assert messages_of_the_bot(scene) == []
        assert title_of(await asked(scene, EXPORTS)) == EXPORTS

    play(asked_often(tmp_path), story)


def test_where_embeds_are_barred_a_message_is_answered_in_plain_text(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.deny("embed_links")
        answer = await asked(scene, EXPORTS)
        assert not answer.embeds
        assert answer.content.startswith(f"**{EXPORTS}**\n> Exploring")

    play(asked_often(tmp_path), story)


# --- too much -----------------------------------------------------------------------------------


def test_who_writes_too_often_gets_a_reaction_and_no_words(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await asked(scene, EXPORTS)
        again = await scene.asker.send(scene.channel, f"{scene.mention} {EXPORTS}")
        assert len(messages_of_the_bot(scene)) == 1
        assert reactions_of(scene, again) == ["⏳"]

    play(project_at(tmp_path, "discord:\n  questions_a_minute: 1\n"), story)


def test_when_very_many_questions_wait_a_message_gets_a_reaction(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.desk._waiting = 10**6
        asking = await scene.asker.send(scene.channel, f"{scene.mention} {EXPORTS}")
        assert reactions_of(scene, asking) == ["⏳"]

    play(asked_often(tmp_path), story)


def test_while_the_bot_is_paused_nobody_can_make_it_write_without_end(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.desk.is_paused = True
        for _ in range(5):
            await scene.asker.send(scene.channel, f"{scene.mention} {EXPORTS}")
        assert len(messages_of_the_bot(scene)) <= 1

    play(project_at(tmp_path, "discord:\n  questions_a_minute: 1\n"), story)


def test_a_long_message_is_cut_and_that_is_said(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await asked(scene, "How many new energy vehicles were exported? " * 40)
        assert body_of(answer).startswith("Only the beginning of your question was searched")

    play(asked_often(tmp_path), story)


def test_an_event_that_comes_twice_is_answered_once(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        seen: list[Any] = []
        scene.env.backend.subscribers.append(lambda *event: seen.append(event))
        await asked(scene, EXPORTS)
        (created,) = [event for event in seen if event[0] == "MESSAGE_CREATE"][:1]
        scene.env.backend.emit(*created)
        await scene.env.settle()
        assert len(messages_of_the_bot(scene)) == 1

    play(asked_often(tmp_path), story)


# --- languages ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "locale", "text"),
    [
        (CHINESE, "en-US", "这一段|文件|索引"),
        ("新能源汽車出口了多少？", "zh-TW", "索引"),
        ("工信部 policy 方案", "en-US", "索引"),
        (EXPORTS, "zh-CN", "index"),
        ("What does 工 mean in new energy vehicles?", "zh-CN", "index"),
    ],
)
def test_the_texts_around_an_answer_follow_the_language_of_the_question(
    tmp_path: Path, question: str, locale: str, text: str
) -> None:
    documents = {
        GIVEN.name: GIVEN.read_text(encoding="utf-8"),
        "汽车.txt": "今年前七个月，新能源汽车出口63.6万辆。\n\n工信部印发方案。",
    }

    async def story(scene: Scene) -> None:
        scene.env.backend.get_guild(scene.guild.id).preferred_locale = locale
        answer = await asked(scene, question)
        assert any(one in shown_of(answer) for one in text.split("|"))
        assert ("Previous" in shown_of(answer) or "index" in shown_of(answer)) == (text == "index")

    play(asked_often(tmp_path, documents), story)


def test_a_chinese_question_finds_its_passage_and_chinese_buttons(tmp_path: Path) -> None:
    text = "今年前七个月，新能源汽车出口63.6万辆，同比增长1.5倍。"

    async def story(scene: Scene) -> None:
        answer = await asked(scene, "新能源汽车出口")
        assert f"**{text}**" in body_of(answer)
        assert "上下文" in buttons_of(answer)
        assert "有帮助" in buttons_of(answer)

    play(asked_often(tmp_path, {"汽车.txt": text}), story)


def test_terms_of_a_message_that_was_not_answered_are_kept_for_moderators(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await asked(scene, WEATHER)
        listed = response(await scene.moderator.slash(scene.channel, "unanswered"))
        assert "weather" in body_of(listed)

    play(asked_often(tmp_path), story)
