"""What people may type: every command of the bot but those for moderators, in SimCord's server."""

import shutil
from pathlib import Path

import discord
import pytest
from conftest import GIVEN, GIVEN_ID
from discord_desk import project_at
from discord_scene import (
    EXPORTS,
    OFTEN,
    WEATHER,
    Scene,
    asked_often,
    body_of,
    buttons_of,
    citation_of,
    parts_of,
    play,
    response,
    shown_of,
    title_of,
    units,
)
from simcord.actors import MemberActor
from simcord.results import ResponseMessage

ROAD_ACT = """\
---
title: Road Act
date: 2021-05-01
publisher: Ministry of Transport
url: https://example.org/road-act
---

# General provisions

## Scope

This act applies to the building, upkeep and use of public roads.

## Speed

Nobody may drive faster than 50 km/h within towns and 100 km/h outside of them.
"""
BATTERIES = "solid-state batteries"


def given() -> str:
    return GIVEN.read_text(encoding="utf-8")


def two_documents(folder: Path) -> Path:
    return asked_often(folder, {GIVEN.name: given(), "laws/Road Act.md": ROAD_ACT})


def test_an_answer_quotes_the_passage_word_for_word_and_cites_it(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.addresses = ["https://example.org/road-act"]
        answer = await scene.ask("May I drive faster than 50 km/h within towns?")
        assert not answer.ephemeral
        assert title_of(answer) == "May I drive faster than 50 km/h within towns?"
        quote = body_of(answer).split("\n")[0]
        assert quote == (
            "> **Nobody may drive faster than 50 km/h within towns and 100 km/h outside of them.**"
        )
        parts = citation_of(answer).split(" · ")
        assert parts[0].endswith("Road Act")
        assert parts[1:5] == [
            "Ministry of Transport",
            "2021-05-01",
            "General provisions › Speed",
            "paragraph 2",
        ]
        assert parts[5].startswith("`laws/road-act#2 ")
        assert parts[6] == "https://example.org/road-act"

    play(two_documents(tmp_path), story)


def test_the_best_sentence_is_bold_and_the_rest_is_not(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        quote = body_of(await scene.ask(EXPORTS)).split("\n")[0]
        before, bold, after = quote.split("**")
        assert before.startswith("> Exploring the international market")
        assert bold.startswith("Notably, China has experienced")
        assert bold.endswith("compared to the previous year.")
        assert after == ""

    play(asked_often(tmp_path), story)


def test_a_private_answer_is_seen_by_its_asker_alone(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask(private=True)
        assert answer.ephemeral
        assert "only you see this" in shown_of(answer)
        assert scene.channel.history(viewer=scene.other) == []

    play(asked_often(tmp_path), story)


def test_a_private_answer_can_be_shared_and_a_public_one_deleted(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        public, private = await scene.ask(), await scene.ask(private=True)
        assert {"Share", "Delete"} & buttons_of(public).keys() == {"Delete"}
        assert {"Share", "Delete"} & buttons_of(private).keys() == {"Share"}

    play(asked_often(tmp_path), story)


def test_a_source_confines_the_answer_to_one_document(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.addresses = ["https://example.org/road-act"]
        anywhere = await scene.ask("stabilize building industries")
        within = await scene.ask("Which industries use building materials?", source="laws/road-act")
        assert "Ten Key Industries" in body_of(anywhere)
        assert "Searched only in Road Act" in body_of(within)
        assert "This act applies to the building" in body_of(within)
        assert "Ten Key Industries" not in body_of(within)

    play(two_documents(tmp_path), story)


def test_an_unknown_source_is_named_privately(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask(source="laws/rail-act")
        assert answer.ephemeral
        assert body_of(answer) == "No document is called laws/rail-act."

    play(two_documents(tmp_path), story)


@pytest.mark.parametrize("question", [" ", "\t \u3000", "\u200b\u2060", "\x00\x07"])
def test_a_question_without_text_is_refused_in_words(tmp_path: Path, question: str) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask(question)
        assert answer.ephemeral
        assert body_of(answer).startswith(("There is no question in this", "There is no text"))
        assert not buttons_of(answer)

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("question", ["?", "…", "the", "What is it, and how?", "🤔🤔🤔", "***"])
def test_signs_stop_words_and_emoji_alone_find_nothing(tmp_path: Path, question: str) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask(question)
        assert "**The documents do not answer this.**" in body_of(answer)
        assert "The question has only common words or signs." in body_of(answer)
        assert "> " not in body_of(answer)

    play(asked_often(tmp_path), story)


def test_a_question_of_6000_characters_is_cut_and_that_is_said(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        question = ("How many new energy vehicles were exported? " * 150)[:6000]
        answer = await scene.ask(question)
        assert body_of(answer).startswith("Only the beginning of your question was searched")
        (field,) = answer.embeds[0].fields
        assert field.name == "Question"
        assert field.value is not None
        assert question.startswith(field.value)
        assert 400 < len(field.value) <= 600
        following = await scene.asker.click(answer, label="Next")
        assert "Passage 2 of 3" in shown_of(response(following))

    play(asked_often(tmp_path), story)


def test_6000_signs_of_markup_are_cut_to_what_fits(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask("*" * 3000 + "[](" * 1000)
        assert "Only the beginning of your question" in body_of(answer)
        assert all(units(part) <= 1024 for part in parts_of(answer))

    play(asked_often(tmp_path), story)


def test_an_uncertain_answer_says_so_and_names_what_the_passage_lacks(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        lines = body_of(await scene.ask("exports of steel")).split("\n")
        assert lines[0] == "**Closest passages; the documents may not say this.**"
        assert lines[1] == "This passage does not contain: steel"
        assert any(line.startswith("> ") for line in lines)

    play(asked_often(tmp_path), story)


def test_what_is_not_found_names_the_missing_words_and_lists_the_closest_passages(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask(WEATHER)
        lines = body_of(answer).split("\n")
        assert lines[0] == "**The documents do not answer this.**"
        assert lines[1] == "No document contains: weather, today"
        assert lines[-2] == "Closest passages:"
        assert lines[-1].startswith("> Beijing, September 5th")
        assert lines[-1].endswith(f"`{GIVEN_ID}#1`")
        assert list(buttons_of(answer)) == ["Closest passages", "Delete"]

    play(asked_often(tmp_path), story)


def test_what_no_document_contains_at_all_lists_nothing(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask("kangaroo wallaby")
        assert "No document contains: kangaroo, wallaby" in body_of(answer)
        assert "Closest passages" not in shown_of(answer)
        assert list(buttons_of(answer)) == ["Delete"]

    play(asked_often(tmp_path), story)


def test_a_slip_is_searched_as_the_documents_spell_it(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        body = body_of(await scene.ask("petrochemcals weather"))
        assert "Searched also for: petrochemicals (petrochemcals)" in body

    play(asked_often(tmp_path), story)


def test_the_closest_headings_are_named_where_nothing_answers(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.addresses = ["https://example.org/road-act"]
        body = body_of(await scene.ask("kangaroo weather wallaby towns"))
        assert "Closest headings: Speed" in body

    play(two_documents(tmp_path), story)


# --- while somebody types -----------------------------------------------------------------------


def many_documents(number: int) -> dict[str, str]:
    return {
        f"plan-{n:02}.md": f"# Plan {n} for the growth of industry {n}\n\n{'工业增长' * 30}\n"
        f"\n## Measures of plan {n}\n\nSteel grows by {n} percent.\n"
        for n in range(1, number + 1)
    }


def test_while_a_question_is_typed_headings_and_frequent_words_are_offered(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        headings = await scene.asker.autocomplete(scene.channel, "ask", "question", "sco")
        words = await scene.asker.autocomplete(scene.channel, "ask", "question", "plans for petro")
        within = await scene.asker.autocomplete(scene.channel, "ask", "question", "pee")
        assert headings[0] == {"name": "Scope", "value": "Scope"}
        assert words == [{"name": "plans for petrochemicals", "value": "plans for petrochemicals"}]
        assert within == [{"name": "Speed", "value": "Speed"}]

    play(two_documents(tmp_path), story)


@pytest.mark.parametrize("typed", ["", " ", "s", "plan", "测量 工", "😀" * 60, "x" * 6000, "\x00"])
def test_at_most_25_choices_of_100_characters_are_offered(tmp_path: Path, typed: str) -> None:
    documents = many_documents(40) | {
        "emoji.md": "# " + "😀" * 90 + "\n\nSteel.\n",
        "long.md": "# Plan " + "for steel and chemicals " * 9 + "\n\nSteel.\n",
        f"{'plan-' * 30}/{'steel-' * 12}.txt": "Steel.\n",
    }

    async def story(scene: Scene) -> None:
        for command, option in (("ask", "question"), ("ask", "source"), ("cite", "id")):
            choices = await scene.asker.autocomplete(scene.channel, command, option, typed)
            assert len(choices) <= 25
            assert all(0 < units(choice["name"]) <= 100 for choice in choices)
            assert all(0 < units(choice["value"]) <= 100 for choice in choices)

    play(asked_often(tmp_path, documents), story)


def test_40_documents_fill_the_25_choices(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        sources = await scene.asker.autocomplete(scene.channel, "ask", "source", "")
        headings = await scene.asker.autocomplete(scene.channel, "ask", "question", "measures")
        assert len(sources) == 25
        assert len(headings) == 25

    play(asked_often(tmp_path, many_documents(40)), story)


def test_sources_are_offered_by_title_and_by_id(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        for typed in ("road a", "laws/", "ROAD-ACT"):
            choices = await scene.asker.autocomplete(scene.channel, "ask", "source", typed)
            assert choices == [{"name": "Road Act", "value": "laws/road-act"}]

    play(two_documents(tmp_path), story)


def test_a_document_whose_id_is_too_long_for_a_choice_can_be_chosen_all_the_same(
    tmp_path: Path,
) -> None:
    path = f"{'plans-for-the-steel-industry/' * 9}{'of-the-ministry-' * 3}.md"

    async def story(scene: Scene) -> None:
        (choice,) = await scene.asker.autocomplete(scene.channel, "ask", "source", "long")
        assert units(choice["value"]) <= 100
        answer = await scene.ask("steel", source=choice["value"])
        assert "Searched only in A long way down" in body_of(answer)
        cited = await scene.asker.slash(scene.channel, "cite", id=choice["value"])
        assert "Steel grows" in body_of(response(cited))

    long = "# A long way down\n\nSteel grows by 3.8%.\n"
    play(asked_often(tmp_path, {GIVEN.name: given(), path: long}), story)


# --- where answers may be seen ------------------------------------------------------------------


def test_answers_are_private_in_a_channel_that_the_settings_do_not_list(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        listed = scene.guild.create_text_channel("listed")
        scene.setting(channels=[listed.id])
        elsewhere = await scene.asker.slash(scene.channel, "ask", question=EXPORTS)
        there = await scene.asker.slash(listed, "ask", question=EXPORTS)
        cited = await scene.asker.slash(scene.channel, "cite", id=f"{GIVEN_ID}#7")
        assert response(elsewhere).ephemeral
        assert response(cited).ephemeral
        assert not response(there).ephemeral
        assert "Share" not in buttons_of(response(elsewhere))

    play(asked_often(tmp_path), story)


def test_a_channel_counts_as_its_category_and_a_thread_as_its_channel(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        category = scene.guild.create_category("policy")
        inside = scene.guild.create_text_channel("inside", category=category)
        threads = [
            scene.thread(scene.channel, "in a listed channel"),
            scene.thread(inside, "in a channel of a listed category"),
        ]
        outside = scene.guild.create_text_channel("outside")
        scene.setting(channels=[category.id, scene.channel.id])
        for channel in (inside, *threads):
            result = await scene.asker.slash(channel, "ask", question=EXPORTS)
            assert not response(result).ephemeral, channel
        for channel in (outside, scene.thread(outside, "in an unlisted channel")):
            result = await scene.asker.slash(channel, "ask", question=EXPORTS)
            assert response(result).ephemeral, channel

    play(asked_often(tmp_path), story)


def test_in_direct_messages_the_settings_of_channels_do_not_matter(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.setting(channels=[scene.channel.id])
        result = await scene.asker.user.slash("ask", question=EXPORTS)
        assert "636,000 new energy vehicles" in body_of(response(result))
        assert not response(result).ephemeral

    play(asked_often(tmp_path), story)


def elsewhere(scene: Scene, kind: int = 0) -> dict[str, object]:
    """Return a server that the bot is not in, where a person brought it along."""
    channel: dict[str, object] = {
        "id": "123456789012345678",
        "type": kind,
        "name": "elsewhere",
        "permissions": "0",
        "position": 1,
        "user_limit": 0,
        "bitrate": 64000,
    }
    if kind == discord.ChannelType.public_thread.value:
        channel |= {
            "parent_id": "123456789012345677",
            "owner_id": str(scene.other.id),
            "guild_id": "123456789012345676",
            "member_count": 1,
            "message_count": 1,
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": 60,
                "archive_timestamp": "2026-01-01T00:00:00+00:00",
                "locked": False,
            },
        }
    return {
        "guild_id": "123456789012345676",
        "channel_id": "123456789012345678",
        "channel": channel,
        "context": 0,
        "authorizing_integration_owners": {"1": str(scene.asker.id)},
    }


@pytest.mark.parametrize("kind", [0, 2, 5, 11])
def test_a_person_may_bring_the_bot_into_a_server_that_it_is_not_in(
    tmp_path: Path, kind: int
) -> None:
    async def story(scene: Scene) -> None:
        scene.changes = elsewhere(scene, kind)
        public = await scene.ask()
        assert not public.ephemeral
        scene.setting(channels=[scene.channel.id])
        private = await scene.ask()
        assert private.ephemeral
        assert "636,000 new energy vehicles" in body_of(private)

    play(asked_often(tmp_path), story)


def test_a_person_may_bring_the_bot_into_a_group_of_friends(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        group = {"id": "123456789012345678", "type": 3, "name": "friends", "recipients": []}
        scene.changes = {
            "context": 2,
            "channel_id": group["id"],
            "channel": group,
            "authorizing_integration_owners": {"1": str(scene.asker.id)},
        }
        result = await scene.asker.user.slash("ask", question=EXPORTS)
        assert "636,000 new energy vehicles" in body_of(response(result))
        paged = await scene.asker.user.click(response(result), label="Next")
        assert "Passage 2 of 3" in shown_of(response(paged))

    play(asked_often(tmp_path), story)


# --- the other commands -------------------------------------------------------------------------


def test_one_document_is_listed_on_one_page(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        listed = response(await scene.asker.slash(scene.channel, "sources"))
        assert listed.ephemeral
        assert title_of(listed).startswith("Documents: 1, ")
        assert title_of(listed).endswith(": 10")
        assert body_of(listed).startswith("**Ten Key Industries Collaborate")
        assert f"2023-09-06 · paragraphs: 10 · `{GIVEN_ID}`" in body_of(listed)
        assert not buttons_of(listed)

    play(asked_often(tmp_path), story)


def test_30_documents_are_listed_page_by_page_each_once(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        page = response(await scene.asker.slash(scene.channel, "sources"))
        assert buttons_of(page)["Previous"]["disabled"]
        seen = []
        for number in range(1, 6):
            assert f"Page {number} of 5" in shown_of(page)
            seen += [line for line in body_of(page).split("\n") if line.startswith("**")]
            if number < 5:
                page = response(await scene.asker.click(page, label="Next"))
        assert buttons_of(page)["Next"]["disabled"]
        assert seen == [f"**Plan {n} for the growth of industry {n}**" for n in range(1, 31)]
        back = response(await scene.asker.click(page, label="Previous"))
        assert "Page 4 of 5" in shown_of(back)

    play(asked_often(tmp_path, many_documents(30)), story)


def test_a_citation_is_found_by_its_id(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.addresses = ["https://example.org/road-act"]
        cited = response(await scene.asker.slash(scene.channel, "cite", id="laws/road-act#2"))
        assert not cited.ephemeral
        assert title_of(cited) == "Road Act"
        assert body_of(cited).startswith("> Nobody may drive faster than 50 km/h")
        assert list(buttons_of(cited)) == ["Context", "Delete"]

    play(two_documents(tmp_path), story)


@pytest.mark.parametrize("form", ["[{}#7 4afbd9]", "{}#7 4afbd9", " `{}#7 4afbd9` ", "[{}#7]"])
def test_a_citation_is_found_as_it_is_printed(tmp_path: Path, form: str) -> None:
    async def story(scene: Scene) -> None:
        asked = form.format(GIVEN_ID)
        cited = response(await scene.asker.slash(scene.channel, "cite", id=asked))
        assert body_of(cited).startswith("> Exploring the international market")

    play(asked_often(tmp_path), story)


def test_a_citation_with_another_digest_says_that_the_passage_changed(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        asked = f"[{GIVEN_ID}#7 0123ab]"
        cited = response(await scene.asker.slash(scene.channel, "cite", id=asked))
        first, quote = body_of(cited).split("\n")[:2]
        assert first == "This passage has changed since that answer (0123ab, now 4afbd9)."
        assert quote.startswith("> Exploring the international market")

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("id_", ["laws/rail-act#1", f"{GIVEN_ID}#11", "x", "#", "~", "[]", "../x"])
def test_an_unknown_id_is_said_to_be_unknown_privately(tmp_path: Path, id_: str) -> None:
    async def story(scene: Scene) -> None:
        cited = response(await scene.asker.slash(scene.channel, "cite", id=id_))
        assert cited.ephemeral
        assert body_of(cited).startswith("Nothing is called ")

    play(two_documents(tmp_path), story)


def test_an_unknown_paragraph_names_the_document_that_is_meant(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        cited = response(await scene.asker.slash(scene.channel, "cite", id="road-act#99"))
        assert body_of(cited).split("\n")[1] == "The nearest: laws/road-act"

    play(two_documents(tmp_path), story)


def test_the_id_of_a_document_shows_its_first_paragraph_and_how_many_there_are(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene) -> None:
        cited = response(await scene.asker.slash(scene.channel, "cite", id=GIVEN_ID))
        note, quote = body_of(cited).split("\n")[:2]
        assert "has 10 paragraphs. Its first is shown" in note
        assert quote.startswith("> Beijing, September 5th")

    play(asked_often(tmp_path), story)


def test_a_private_citation_can_be_shared(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        id_ = f"{GIVEN_ID}#7"
        cited = await scene.asker.slash(scene.channel, "cite", id=id_, private=True)
        assert response(cited).ephemeral
        await scene.asker.click(response(cited), label="Share")
        (posted,) = scene.channel.history(viewer=scene.other)
        assert body_of(posted).startswith("> Exploring the international market")
        assert "Shared by asker" in shown_of(posted)
        assert "Share" not in buttons_of(response(cited))

    play(asked_often(tmp_path), story)


def test_help_says_how_to_ask(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        help_ = response(await scene.asker.slash(scene.channel, "help"))
        assert help_.ephemeral
        for mention in ("`/ask`", "`/sources`", "`/cite`", "`/privacy`", "TestBot"):
            assert mention in body_of(help_)
        assert "/reindex" not in body_of(help_)
        assert "In this channel answers are private" not in body_of(help_)

    play(asked_often(tmp_path), story)


def test_help_names_the_commands_of_moderators_to_moderators(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        help_ = response(await scene.moderator.slash(scene.channel, "help"))
        for command in ("reindex", "add", "remove", "pause", "resume", "unanswered"):
            assert f"`/{command}`" in body_of(help_)

    play(asked_often(tmp_path), story)


def test_help_says_where_answers_are_private(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.setting(channels=[scene.channel.id + 1])
        help_ = response(await scene.asker.slash(scene.channel, "help"))
        assert "In this channel answers are private" in body_of(help_)

    play(asked_often(tmp_path), story)


def test_privacy_says_what_is_stored_and_for_how_long(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.ask(WEATHER)
        said = response(await scene.asker.slash(scene.channel, "privacy"))
        assert said.ephemeral
        assert "Both are kept for 30 days" in body_of(said)
        assert "Entries of yours now: 1." in body_of(said)

    play(project_at(tmp_path, f"{OFTEN}  retention_days: 30\n"), story)


def test_delete_mine_leaves_nothing_of_a_person_and_all_of_the_others(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        for person in (scene.asker, scene.other):
            await scene.ask(WEATHER, by=person)
            await person.click(await scene.ask(by=person), label="Helpful")
        said = response(await scene.asker.slash(scene.channel, "privacy"))
        deleted = response(await scene.asker.click(said, label="Delete my entries"))
        assert body_of(deleted).startswith("**Deleted: 2.**")
        assert buttons_of(deleted)["Delete my entries"]["disabled"]
        assert scene.desk.ledger.held_of(scene.asker.id) == 0
        assert scene.desk.ledger.held_of(scene.other.id) == 2
        assert scene.rows("feedback") == 1
        assert scene.rows("unanswered") == 1

    play(asked_often(tmp_path), story)


def test_who_has_no_entries_cannot_press_the_button_that_deletes_them(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        said = response(await scene.asker.slash(scene.channel, "privacy"))
        assert buttons_of(said)["Delete my entries"]["disabled"]

    play(asked_often(tmp_path), story)


def test_no_question_stands_in_any_file_of_the_bot(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.ask("Is the kangaroo at large in Wuhan?")
        await scene.asker.send(scene.channel, f"{scene.mention} Is the kangaroo at large in Xi'an?")
        for file in (scene.project / ".policybot").rglob("*"):
            if file.is_file():
                assert b"kangaroo at large" not in file.read_bytes()
        assert scene.rows("unanswered") == 2

    play(asked_often(tmp_path), story)


def test_a_document_for_certain_people_is_neither_found_nor_cited_nor_offered(
    tmp_path: Path,
) -> None:
    secret = (
        "---\ntitle: Secret plan\naudience: [123456789012345678]\n---\n\n"
        "# Hidden heading\n\nTungsten goes to kangaroo farms.\n"
    )

    async def story(scene: Scene) -> None:
        answer = await scene.ask("tungsten for kangaroo farms")
        sources = response(await scene.asker.slash(scene.channel, "sources"))
        cited = response(await scene.asker.slash(scene.channel, "cite", id="secret#1"))
        within = await scene.ask("tungsten", source="secret")
        typed = [
            *await scene.asker.autocomplete(scene.channel, "ask", "source", "secret"),
            *await scene.asker.autocomplete(scene.channel, "ask", "question", "hidden"),
            *await scene.asker.autocomplete(scene.channel, "ask", "question", "tungs"),
        ]
        for shown in (answer, sources, cited, within):
            assert "farms." not in shown_of(shown)
            assert "Secret plan" not in shown_of(shown)
        assert typed == []
        assert body_of(within) == "No document is called secret."

    play(asked_often(tmp_path, {GIVEN.name: given(), "secret.md": secret}), story)


def test_a_message_can_be_asked_with_a_command_of_its_own(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        said = await scene.other.send(scene.channel, EXPORTS)
        asked = await scene.asker.context_menu(scene.channel, "Ask the documents", said)
        assert response(asked).ephemeral
        assert "636,000 new energy vehicles" in body_of(response(asked))
        assert "Share" in buttons_of(response(asked))

    play(asked_often(tmp_path), story)


def test_a_message_without_text_cannot_be_asked(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        said = await scene.other.send(scene.channel, "", attachments=[("chart.png", b"\x89PNG")])
        asked = await scene.asker.context_menu(scene.channel, "Ask the documents", said)
        assert body_of(response(asked)) == "There is no text in that message that could be asked."

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize(
    ("locale", "word"),
    [("zh-CN", "共 3 条"), ("zh-TW", "共 3 條"), ("de", "Passage 1 of 3")],
)
def test_the_texts_around_an_answer_follow_the_locale_of_the_asker(
    tmp_path: Path, locale: str, word: str
) -> None:
    async def story(scene: Scene) -> None:
        scene.locale = locale
        answer = await scene.ask()
        assert word in shown_of(answer)
        assert "636,000 new energy vehicles" in body_of(answer)

    play(asked_often(tmp_path), story)


def test_simplified_and_traditional_chinese_are_told_apart(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.locale = "zh-CN"
        simplified = list(buttons_of(await scene.ask()))
        scene.locale = "zh-TW"
        traditional = list(buttons_of(await scene.ask()))
        assert simplified != traditional
        assert "有帮助" in simplified
        assert "有幫助" in traditional

    play(asked_often(tmp_path), story)


def test_a_button_speaks_the_language_of_who_presses_it(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        scene.locale = "zh-CN"
        why = response(await scene.other.click(answer, label="Why"))
        assert "得分" in shown_of(why) or "分数" in shown_of(why)

    play(asked_often(tmp_path), story)


def test_who_asks_too_often_gets_a_private_notice(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        assert not (await scene.ask()).ephemeral
        assert not (await scene.ask()).ephemeral
        third = await scene.ask()
        assert third.ephemeral
        assert body_of(third).startswith("That was quick: 2 a minute are possible.")
        assert not (await scene.ask(by=scene.other)).ephemeral

    play(project_at(tmp_path, "discord:\n  questions_a_minute: 2\n"), story)


def test_when_very_many_questions_wait_the_next_is_refused_politely(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.desk._waiting = 10**6
        answer = await scene.ask()
        assert answer.ephemeral
        assert body_of(answer).startswith("Very many questions are waiting just now.")

    play(asked_often(tmp_path), story)


def test_a_bot_that_is_closing_says_that_it_restarts(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.desk.is_closing = True
        answer = await scene.ask()
        assert answer.ephemeral
        assert body_of(answer) == "The bot is restarting. Please ask again in a minute."

    play(asked_often(tmp_path), story)


def test_the_commands_are_told_once_however_often_the_bot_starts(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        for _ in range(3):
            await scene.restart()
        told = [request for request in scene.env.http_requests if request.method == "PUT"]
        assert len(told) == 1
        assert (await scene.ask()).embeds

    play(asked_often(tmp_path), story)


def test_every_command_may_be_used_in_every_place_by_servers_and_by_people(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        (told,) = [request for request in scene.env.http_requests if request.method == "PUT"]
        assert isinstance(told.json, list)
        assert len(told.json) == 13
        for command in told.json:
            assert command["contexts"] == [0, 1, 2]
            assert command["integration_types"] == [0, 1]
            assert {"zh-CN", "zh-TW"} <= command["name_localizations"].keys()

    play(asked_often(tmp_path), story)


def test_an_index_without_documents_says_so(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        shutil.rmtree(scene.shelf)
        scene.shelf.mkdir()
        await scene.desk.rebuild(force=True)
        answer = await scene.ask()
        sources = response(await scene.asker.slash(scene.channel, "sources"))
        assert "There are no documents in the index." in body_of(answer)
        assert body_of(sources) == "There are no documents in the index yet."
        assert await scene.asker.autocomplete(scene.channel, "ask", "question", "steel") == []

    play(asked_often(tmp_path), story)


EXPORTED = "636,000 new energy vehicles exported in the first seven months of this year"


def test_a_quote_is_found_word_for_word(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        said = response(await scene.asker.slash(scene.channel, "quote", text=f"“{EXPORTED}”"))
        assert not said.ephemeral
        first, quoted, cited = body_of(said).split("\n")
        assert first == "**The documents say this, word for word.**"
        assert quoted == f"> {EXPORTED}"
        assert f"{GIVEN_ID}#7 4afbd9" in cited

    play(asked_often(tmp_path), story)


def test_a_misquoted_figure_is_struck_out_beside_the_right_one(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        text = EXPORTED.replace("636", "635")
        said = response(await scene.asker.slash(scene.channel, "quote", text=text, private=True))
        assert said.ephemeral
        assert body_of(said).startswith("**The documents say this differently.**")
        assert "> ~~635,000~~ **636,000** new energy vehicles" in body_of(said)

    play(asked_often(tmp_path), story)


def test_a_quote_of_a_hidden_document_is_not_found(tmp_path: Path) -> None:
    secret = "---\naudience: [123456789012345678]\n---\n\nThe quarry closes for good next May.\n"

    async def story(scene: Scene) -> None:
        for text in ("The quarry closes for good next May.", "The quarry closes for good in May"):
            said = response(await scene.asker.slash(scene.channel, "quote", text=text))
            assert body_of(said) == "**The documents do not say this.**"

    play(asked_often(tmp_path, {GIVEN.name: given(), "secret.md": secret}), story)


def test_a_quote_without_text_is_refused_privately(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        refused = response(await scene.asker.slash(scene.channel, "quote", text="  "))
        assert refused.ephemeral

    play(asked_often(tmp_path), story)


def test_a_quote_of_the_whole_document_keeps_within_the_limits(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        text = given().partition("\n")[2].strip()[:6000]
        for has_embeds in (True, False):
            if not has_embeds:
                scene.deny("embed_links")
            said = response(await scene.asker.slash(scene.channel, "quote", text=text))
            assert "in paragraphs that follow each other" in shown_of(said)

    play(asked_often(tmp_path), story)


def test_a_quote_counts_against_the_questions_a_minute(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        async def quote(by: MemberActor) -> ResponseMessage:
            return response(await by.slash(scene.channel, "quote", text=EXPORTED))

        assert not (await quote(scene.asker)).ephemeral
        assert not (await scene.ask()).ephemeral
        third = await quote(scene.asker)
        assert third.ephemeral
        assert body_of(third).startswith("That was quick: 2 a minute are possible.")
        assert (await scene.ask()).ephemeral
        assert not (await quote(scene.other)).ephemeral

    play(project_at(tmp_path, "discord:\n  questions_a_minute: 2\n"), story)
