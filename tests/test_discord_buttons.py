"""Every button of an answer, pressed by its asker and by others, also after restart and rebuild."""

from pathlib import Path
from typing import Any

import discord
import pytest
from conftest import GIVEN, GIVEN_ID, build_and_open
from discord_scene import (
    EXPORTS,
    WEATHER,
    Scene,
    asked_often,
    body_of,
    buttons_of,
    citation_of,
    cited_by,
    labels_that_can_be_pressed,
    play,
    response,
    shown_of,
    title_of,
    units,
)
from simcord.results import ResponseMessage

GROWTH = "stabilizing the growth of industries"  # many passages have it
PAGES = ("Previous", "Next", "Context", "Why", "Helpful", "Not helpful")
PARAGRAPHS = GIVEN.read_text(encoding="utf-8").split("\n\n")


def edition(*, without: int = 0, changed: int = 0) -> str:
    """Return the given document without a paragraph, or with one that reads otherwise."""
    kept = [text for number, text in enumerate(PARAGRAPHS) if number != without or not without]
    if changed:
        kept[changed] += " This sentence was added since."
    return "\n\n".join(kept)


def name_of(scene: Scene) -> str:
    (file,) = scene.shelf.iterdir()
    return file.name


async def next_edition(scene: Scene, text: str) -> None:
    scene.write(name_of(scene), text)
    await scene.desk.rebuild()


def ids_of(message: Any) -> list[str]:
    return [button["custom_id"] for button in buttons_of(message).values()]


# --- previous and next --------------------------------------------------------------------------


def test_at_the_ends_previous_and_next_cannot_be_pressed(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        assert labels_that_can_be_pressed(answer) & {"Previous", "Next"} == {"Next"}
        for _ in range(2):
            await scene.asker.click(answer, label="Next")
        assert labels_that_can_be_pressed(answer) & {"Previous", "Next"} == {"Previous"}
        assert "Passage 3 of 3" in shown_of(answer)

    play(asked_often(tmp_path), story)


def test_paging_to_and_fro_shows_the_order_of_the_terminal(tmp_path: Path) -> None:
    project = asked_often(tmp_path)
    searcher = build_and_open(project / "data" / "documents", tmp_path / "another-index")
    ranked = [hit.passage.id for hit in searcher.search(searcher.form(GROWTH), 5)]

    async def story(scene: Scene) -> None:
        answer = await scene.ask(GROWTH)
        onward, back = [cited_by(answer)], []
        for _ in range(4):
            await scene.asker.click(answer, label="Next")
            onward.append(cited_by(answer))
        for _ in range(4):
            back.append(cited_by(answer))
            await scene.asker.click(answer, label="Previous")
        assert onward == ranked
        assert [*back, cited_by(answer)] == ranked[::-1]
        assert len(scene.channel.history()) == 1

    play(project, story)


def test_one_passage_alone_has_no_buttons_to_turn_pages(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask("steel")
        assert not {"Previous", "Next"} & buttons_of(answer).keys()
        assert "Passage 1 of 1" in shown_of(answer)

    play(asked_often(tmp_path, {"steel.txt": "Steel grows by 3.8%."}), story)


def test_who_turns_the_pages_of_another_gets_a_copy_and_the_answer_stays(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        before = shown_of(answer)
        copy = response(await scene.other.click(answer, label="Next"))
        assert copy.ephemeral
        assert "Passage 2 of 3" in shown_of(copy)
        assert shown_of(answer) == before
        onward = response(await scene.other.click(copy, label="Next"))
        assert onward.id == copy.id
        assert "Passage 3 of 3" in shown_of(onward)

    play(asked_often(tmp_path), story)


def test_a_copy_of_anothers_answer_can_be_shared_but_not_deleted(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        copy = response(await scene.other.click(await scene.ask(), label="Next"))
        assert "Delete" not in buttons_of(copy)
        await scene.other.click(copy, label="Share")
        posted = scene.channel.history(viewer=scene.asker)[-1]
        assert "Shared by other" in shown_of(posted)
        assert "Passage 2 of 3" in shown_of(posted)
        refused = await scene.asker.click(posted, label="Delete")
        assert "Only the person who asked" in body_of(response(refused))
        await scene.other.click(posted, label="Delete")
        assert posted.id not in [message.id for message in scene.channel.history()]

    play(asked_often(tmp_path), story)


def test_the_closest_passages_of_a_question_without_answer_can_be_paged(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask("Which funds pay for kangaroos in the steel industry?")
        assert list(buttons_of(answer)) == ["Closest passages", "Delete"]
        await scene.asker.click(answer, label="Closest passages")
        assert cited_by(answer) == f"{GIVEN_ID}#5"
        assert body_of(answer).startswith("**The documents do not answer this.**")
        await scene.asker.click(answer, label="Next")
        assert "Passage 2 of" in shown_of(answer)
        assert cited_by(answer) != f"{GIVEN_ID}#5"
        assert body_of(answer).startswith("**The documents do not answer this.**")

    play(asked_often(tmp_path), story)


def test_pages_within_one_document_stay_within_it(tmp_path: Path) -> None:
    steel = "Steel grows.\n\nSteel is made of iron.\n\nIron and steel are traded."

    async def story(scene: Scene) -> None:
        answer = await scene.ask("iron and steel industries", source="steel")
        for number in (1, 2, 3):
            assert cited_by(answer).startswith("steel#")
            assert f"Passage {number} of 3" in shown_of(answer)
            if number < 3:
                await scene.asker.click(answer, label="Next")

    play(asked_often(tmp_path, {GIVEN.name: edition(), "steel.txt": steel}), story)


# --- context and why ----------------------------------------------------------------------------


def test_context_shows_the_paragraphs_around_privately(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        around = response(await scene.other.click(answer, label="Context"))
        assert around.ephemeral
        assert title_of(around) == f"Around {GIVEN_ID}#7"
        numbers = [line.split("`")[1] for line in body_of(around).split("\n") if "`" in line]
        assert numbers[:5] == ["5", "6", "7", "8", "9"]
        assert "> `7` Exploring the international market" in body_of(around)

    play(asked_often(tmp_path), story)


def test_context_goes_earlier_and_later_to_both_ends(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        around = response(await scene.asker.click(await scene.ask(), label="Context"))
        seen = {title_of(around)}
        for label, end in (("Earlier", 1), ("Later", 10)):
            while label in labels_that_can_be_pressed(around):
                again = response(await scene.asker.click(around, label=label))
                assert again.id == around.id
                seen.add(title_of(around))
            assert title_of(around) == f"Around {GIVEN_ID}#{end}"
        assert len(seen) >= 6

    play(asked_often(tmp_path), story)


def test_the_context_of_a_document_of_one_paragraph_has_no_buttons(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask("steel")
        around = response(await scene.asker.click(answer, label="Context"))
        assert "Steel grows by 3.8%." in body_of(around)
        assert not buttons_of(around)

    play(asked_often(tmp_path, {"steel.txt": "Steel grows by 3.8%."}), story)


def test_why_names_the_matched_words_their_rarity_and_their_share(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask("exports of steel vehicles")
        why = response(await scene.other.click(answer, label="Why"))
        assert why.ephemeral
        terms = [line for line in body_of(why).split("\n") if line.startswith("- ")]
        shares = [int(line.rsplit(", ", 1)[1].split("%")[0]) for line in terms]
        assert all("rarity" in line for line in terms)
        assert 99 <= sum(shares) <= 101
        assert shares == sorted(shares, reverse=True)
        assert "Not in it: steel" in body_of(why)

    play(asked_often(tmp_path), story)


def test_why_explains_the_passage_of_the_page_that_is_shown(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        await scene.asker.click(answer, label="Next")
        why = response(await scene.asker.click(answer, label="Why"))
        assert title_of(why) == f"Why {cited_by(answer)}"
        assert cited_by(answer) != f"{GIVEN_ID}#7"

    play(asked_often(tmp_path), story)


# --- helpful ------------------------------------------------------------------------------------


def test_what_was_helpful_can_become_not_helpful_and_counts_once(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        first = response(await scene.other.click(answer, label="Helpful"))
        again = response(await scene.other.click(answer, label="Helpful"))
        changed = response(await scene.other.click(answer, label="Not helpful"))
        assert first.ephemeral
        assert body_of(first).startswith("Stored, thank you.")
        assert body_of(again).startswith("That is what you said before")
        assert body_of(changed).startswith("Stored, thank you.")
        assert scene.rows("feedback") == 1
        await scene.asker.click(answer, label="Helpful")
        assert scene.rows("feedback") == 2

    play(asked_often(tmp_path), story)


def test_feedback_of_two_pages_is_kept_apart(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        await scene.asker.click(answer, label="Helpful")
        await scene.asker.click(answer, label="Next")
        await scene.asker.click(answer, label="Not helpful")
        assert scene.rows("feedback") == 2

    play(asked_often(tmp_path), story)


# --- share --------------------------------------------------------------------------------------


def test_a_shared_answer_stands_in_the_channel_under_its_askers_name(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask(private=True)
        await scene.asker.click(answer, label="Share")
        (posted,) = scene.channel.history(viewer=scene.other)
        assert "Shared by asker" in shown_of(posted)
        assert "only you see this" not in shown_of(posted)
        assert title_of(posted) == EXPORTS
        assert "Share" not in buttons_of(answer)
        assert set(PAGES) <= buttons_of(answer).keys()

    play(asked_often(tmp_path), story)


def test_the_page_that_is_shown_is_shared_and_can_be_paged_on(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask(private=True)
        await scene.asker.click(answer, label="Next")
        await scene.asker.click(answer, label="Share")
        (posted,) = scene.channel.history(viewer=scene.other)
        assert "Passage 2 of 3" in shown_of(posted)
        await scene.asker.click(posted, label="Next")
        (posted,) = scene.channel.history(viewer=scene.other)
        assert "Passage 3 of 3" in shown_of(posted)

    play(asked_often(tmp_path), story)


def test_a_shared_answer_still_says_who_shared_it_when_its_pages_are_turned(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask(private=True)
        await scene.asker.click(answer, label="Share")
        (posted,) = scene.channel.history(viewer=scene.other)
        await scene.asker.click(posted, label="Next")
        (posted,) = scene.channel.history(viewer=scene.other)
        assert "Shared by asker" in shown_of(posted)

    play(asked_often(tmp_path), story)


def test_sharing_is_refused_where_answers_have_become_private(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask(private=True)
        scene.setting(channels=[scene.channel.id + 1])
        refused = response(await scene.asker.click(answer, label="Share"))
        assert body_of(refused).startswith("Answers are private in this channel")
        assert scene.channel.history(viewer=scene.other) == []

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("is_listed", [True, False])
def test_sharing_is_refused_where_the_bot_may_not_write(tmp_path: Path, is_listed: bool) -> None:
    async def story(scene: Scene) -> None:
        if is_listed:
            scene.setting(channels=[scene.channel.id])
        answer = await scene.ask(private=True)
        scene.deny("send_messages")
        refused = response(await scene.asker.click(answer, label="Share"))
        assert body_of(refused) == "The bot may not write in this channel."
        assert scene.channel.history(viewer=scene.other) == []

    play(asked_often(tmp_path), story)


def test_where_the_bot_may_not_write_no_answer_offers_to_be_shared(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.deny("send_messages")
        assert "Share" not in buttons_of(await scene.ask(private=True))

    play(asked_often(tmp_path), story)


# --- delete -------------------------------------------------------------------------------------


def test_an_answer_is_deleted_by_its_asker(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        await scene.asker.click(answer, label="Delete")
        assert scene.channel.history() == []

    play(asked_often(tmp_path), story)


def test_an_answer_is_deleted_by_who_may_manage_messages(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        role = scene.guild.create_role(
            "Order", permissions=discord.Permissions(manage_messages=True)
        )
        warden = scene.guild.add_member(scene.env.create_user("warden"), roles=[role])
        await warden.click(await scene.ask(), label="Delete")
        assert scene.channel.history() == []

    play(asked_often(tmp_path), story)


def test_an_answer_is_not_deleted_by_others(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        for person in (scene.other, scene.moderator):
            refused = response(await person.click(answer, label="Delete"))
            assert refused.ephemeral
            assert body_of(refused).startswith("Only the person who asked")
        assert answer.id in [message.id for message in scene.channel.history()]

    play(asked_often(tmp_path), story)


def test_an_answer_that_is_gone_already_is_no_error(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        scene.env.inject_error("DELETE", "/webhooks/*", status=404, code=10008)
        await scene.asker.click(answer, label="Delete")
        assert (await scene.ask()).embeds

    play(asked_often(tmp_path), story)


# --- after a restart ----------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["Next", "Context", "Why", "Helpful", "Not helpful", "Delete"])
def test_a_button_of_an_answer_outlives_the_bot(tmp_path: Path, label: str) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        await scene.restart()
        pressed = await scene.asker.click(answer, label=label)
        assert pressed.acknowledged
        expected = {
            "Next": "Passage 2 of 3",
            "Context": f"Around {GIVEN_ID}#7",
            "Why": f"Why {GIVEN_ID}#7",
            "Helpful": "Stored, thank you.",
            "Not helpful": "Stored, thank you.",
        }
        if label == "Delete":
            assert scene.channel.history() == []
        else:
            assert expected[label] in shown_of(response(pressed))

    play(asked_often(tmp_path), story)


def test_the_buttons_of_other_messages_outlive_the_bot(tmp_path: Path) -> None:
    documents = {f"plan-{n}.txt": f"Plan {n} is for steel.\n\nIt holds." for n in range(9)}

    async def story(scene: Scene) -> None:
        answer = await scene.ask("plan 3", private=True)
        sources = response(await scene.asker.slash(scene.channel, "sources"))
        await scene.asker.click(answer, label="Helpful")
        privacy = response(await scene.asker.slash(scene.channel, "privacy"))
        around = response(await scene.asker.click(answer, label="Context"))
        await scene.restart()
        await scene.asker.click(answer, label="Share")
        assert "Shared by asker" in shown_of(scene.channel.history(viewer=scene.other)[-1])
        assert "Page 2 of 2" in shown_of(response(await scene.asker.click(sources, label="Next")))
        later = response(await scene.asker.click(around, label="Later"))
        assert title_of(later).endswith("#2")
        await scene.asker.click(privacy, label="Delete my entries")
        assert scene.rows("feedback") == 0

    play(asked_often(tmp_path, documents), story)


def test_feedback_from_before_a_restart_can_be_changed(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        await scene.asker.click(answer, label="Helpful")
        await scene.restart()
        again = response(await scene.asker.click(answer, label="Helpful"))
        assert body_of(again).startswith("That is what you said before")
        await scene.asker.click(answer, label="Not helpful")
        assert scene.rows("feedback") == 1

    play(asked_often(tmp_path), story)


# --- after a rebuild ----------------------------------------------------------------------------

CHANGED = "This passage has changed since that answer (4afbd9, now "
GONE = "This passage no longer stands in the documents."
MOVED = "The index was rebuilt since that answer"


@pytest.mark.parametrize("label", ["Next", "Context", "Why"])
def test_a_passage_that_changed_since_is_said_to_have_changed(tmp_path: Path, label: str) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        await next_edition(scene, edition(changed=7))
        pressed = response(await scene.asker.click(answer, label=label))
        # The next passage itself has not changed.
        assert body_of(pressed).startswith(MOVED if label == "Next" else CHANGED)

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("label", ["Next", "Context", "Why"])
def test_a_passage_that_is_gone_is_said_to_be_gone(tmp_path: Path, label: str) -> None:
    documents = {GIVEN.name: edition(), "exports.txt": "636,000 energy vehicles were exported."}

    async def story(scene: Scene) -> None:
        answer = await scene.ask("636,000 energy vehicles were exported")
        assert cited_by(answer) == "exports#1"
        (scene.shelf / "exports.txt").unlink()
        await scene.desk.rebuild()
        pressed = response(await scene.asker.click(answer, label=label))
        assert (MOVED if label == "Next" else GONE) in body_of(pressed)

    play(asked_often(tmp_path, documents), story)


@pytest.mark.parametrize("label", ["Next", "Context", "Why", "Helpful"])
def test_an_index_with_another_number_alone_is_no_reason_for_a_note(
    tmp_path: Path, label: str
) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        scene.write("roads.txt", "Nobody may drive faster than 50 km/h within towns.")
        await scene.desk.rebuild()
        assert scene.desk.state.generation == 2
        pressed = response(await scene.asker.click(answer, label=label))
        assert "since that answer" not in body_of(pressed)
        assert GONE not in body_of(pressed)

    play(asked_often(tmp_path), story)


def test_a_question_that_finds_other_passages_by_now_says_so(tmp_path: Path) -> None:
    documents = {
        f"plan-{n}.txt": f"Plan {n} is for new energy vehicles and their exports." for n in range(6)
    }

    async def story(scene: Scene) -> None:
        answer = await scene.ask("industrial products")
        goods = {f"industrial-products-{n}": "Industrial products." for n in range(8)}
        await scene.rebuild(**goods)
        pressed = response(await scene.asker.click(answer, label="Next"))
        assert "The index was rebuilt since that answer" in body_of(pressed)

    text = "Industrial products are exported to all provinces and to many countries."
    products = {"trade.txt": f"{text}\n\nIndustrial parks make products of steel."}
    play(asked_often(tmp_path, documents | products), story)


def test_a_new_index_answers_without_a_restart(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        assert "do not answer" in body_of(await scene.ask("Who feeds kangaroos?"))
        await scene.rebuild(zoo="The keeper feeds the kangaroos at noon.")
        answer = await scene.ask("Who feeds kangaroos?")
        assert "**The keeper feeds the kangaroos at noon.**" in body_of(answer)
        assert "index 2" in shown_of(answer)

    play(asked_often(tmp_path), story)


# --- buttons that cannot be read ----------------------------------------------------------------


@pytest.mark.parametrize(
    "custom_id",
    ["0g.1.1.1.abc.x#1", "vote:yes", "1z.....", "1g.1.1.1.abcdef.x\n", "…", "1q" * 50],
)
def test_a_button_of_another_version_says_so(tmp_path: Path, custom_id: str) -> None:
    async def story(scene: Scene) -> None:
        old = await scene.post_button(custom_id)
        pressed = response(await scene.asker.click(old, custom_id=custom_id))
        assert pressed.ephemeral
        assert body_of(pressed).startswith("This button belongs to an answer of another version.")

    play(asked_often(tmp_path), story, is_lawful=False)


@pytest.mark.parametrize(
    "custom_id",
    [
        "1g.1.9.1.abcdef.nowhere#1",
        "1c.1.1.1.abcdef.nowhere#1",
        "1w.1.1.1.abcdef.~0123456789abcdef#1",
        "1m.1.999999.1..#",
        "1s.1.1.1.abcdef.",
        "1l.1.0.1..99",
        "1a......./../../etc/passwd",
        "1r.......nowhere",
        "1f.....",
        "1x.....",
        "1hlfwc.zzzzzzzzzzzz.999999.zzzzzzzzzzzzzz.ffffff.x",
    ],
)
def test_whatever_a_custom_id_says_its_press_is_answered(tmp_path: Path, custom_id: str) -> None:
    async def story(scene: Scene) -> None:
        made_up = await scene.post_button(custom_id)
        for person in (scene.asker, scene.moderator):
            pressed = await person.click(made_up, custom_id=custom_id)
            assert pressed.acknowledged
            made_up = await scene.post_button(custom_id)
        assert (await scene.ask()).embeds

    play(asked_often(tmp_path), story, is_lawful=False)


@pytest.mark.parametrize("label", ["Next", "Why"])
def test_an_answer_whose_embed_was_removed_asks_to_ask_again(tmp_path: Path, label: str) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        answer._message.embeds.clear()
        pressed = response(await scene.asker.click(answer, label=label))
        assert pressed.ephemeral
        assert "The question of that answer can no longer be read." in shown_of(pressed)

    play(asked_often(tmp_path), story)


def test_context_needs_no_question_and_works_without_the_embed(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        answer._message.embeds.clear()
        around = response(await scene.asker.click(answer, label="Context"))
        assert title_of(around) == f"Around {GIVEN_ID}#7"

    play(asked_often(tmp_path), story)


# --- where embeds are barred --------------------------------------------------------------------


async def plain_answer(scene: Scene, question: str = EXPORTS, **options: Any) -> ResponseMessage:
    scene.deny("embed_links")
    answer = await scene.ask(question, **options)
    assert not answer.embeds
    return answer


def test_without_embeds_an_answer_is_plain_text_with_the_same_parts(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await plain_answer(scene)
        lines = answer.content.split("\n")
        assert lines[0] == f"**{EXPORTS}**"
        assert lines[1].startswith("> Exploring the international market")
        assert "Ten Key Industries" in citation_of(answer)
        assert lines[-1].endswith("Passage 1 of 3 · index 1")

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("question", [EXPORTS, WEATHER, "exports of steel", "x" * 6000, "*_" * 400])
def test_without_embeds_nothing_is_longer_than_2000_units(tmp_path: Path, question: str) -> None:
    long = "工业和信息化部等部门印发稳增长工作方案，提出新能源汽车出口目标。" * 100

    async def story(scene: Scene) -> None:
        answer = await plain_answer(scene, question)
        assert 0 < units(answer.content) <= 2000
        chinese = await scene.ask("新能源汽车出口")
        assert 1000 < units(chinese.content) <= 2000

    play(asked_often(tmp_path, {GIVEN.name: edition(), "chinese.txt": long}), story)


def test_without_embeds_all_buttons_work(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await plain_answer(scene, private=True)
        await scene.asker.click(answer, label="Next")
        assert "Passage 2 of 3" in answer.content
        await scene.asker.click(answer, label="Previous")
        assert "Passage 1 of 3" in answer.content
        for label, expected in (
            ("Context", f"Around {GIVEN_ID}"),
            ("Why", f"Why {GIVEN_ID}"),
            ("Helpful", "Stored, thank you."),
            ("Not helpful", "Stored, thank you."),
        ):
            pressed = response(await scene.asker.click(answer, label=label))
            assert expected in pressed.content
            assert units(pressed.content) <= 2000
        await scene.asker.click(answer, label="Share")
        (posted,) = scene.channel.history(viewer=scene.other)
        assert "Shared by asker" in posted.content
        copy = response(await scene.other.click(posted, label="Next"))
        assert "Passage 2 of 3" in copy.content
        await scene.asker.click(posted, label="Delete")
        assert posted.id not in [message.id for message in scene.channel.history()]

    play(asked_often(tmp_path), story)


def test_without_embeds_the_pages_of_a_long_question_can_be_turned(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await plain_answer(scene, "How many new energy vehicles were exported? " * 12)
        await scene.asker.click(answer, label="Next")
        assert "Passage 2 of 3" in answer.content

    play(asked_often(tmp_path), story)


def test_without_embeds_a_follow_up_shows_what_it_follows_and_keeps_it(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.deny("embed_links")
        first = await scene.ask()
        question = f"{scene.mention} And compared to the previous year?"
        await scene.asker.send(scene.channel, question, reply_to=first)
        answer = scene.channel.history()[-1]
        assert EXPORTS in answer.content
        assert "Passage 1 of 4" in answer.content
        await scene.asker.click(answer, label="Next")
        answer = scene.channel.history()[-1]
        assert EXPORTS in answer.content
        assert "Passage 2 of 4" in answer.content

    play(asked_often(tmp_path), story)


# --- ids that do not fit ------------------------------------------------------------------------

LONG_PATHS = (
    f"{'plans-for-the-steel-industry/' * 10}{'of-the-ministry-' * 3}.txt",
    f"{'工业和信息化部' * 11}.txt",
    f"{'x' * 250}.txt",
    f"{'y' * 200}/{'z' * 200}/{'工' * 80}.txt",
)


@pytest.mark.parametrize("path", LONG_PATHS)
@pytest.mark.parametrize("has_embeds", [True, False])
def test_a_document_with_a_very_long_id_has_working_buttons(
    tmp_path: Path, path: str, has_embeds: bool
) -> None:
    text = edition().replace(" date 2023-09-06 Ten", "Ten")

    async def story(scene: Scene) -> None:
        if not has_embeds:
            scene.deny("embed_links")
        answer = await scene.ask(private=True)
        assert any("~" in id_ for id_ in ids_of(answer))
        shown = [shown_of(response(await scene.asker.click(answer, label="Next")))]
        assert "Passage 2 of" in shown[0]
        for label in ("Context", "Why", "Helpful"):
            pressed = response(await scene.asker.click(answer, label=label))
            shown.append(shown_of(pressed))
            if label == "Context":
                await scene.asker.click(pressed, label="Later")
        assert "Around " in shown[1]
        assert "Why " in shown[2]
        await scene.restart()
        await scene.asker.click(answer, label="Share")
        assert "Shared by asker" in shown_of(scene.channel.history(viewer=scene.other)[-1])

    play(asked_often(tmp_path, {path: text}), story)


@pytest.mark.parametrize("path", LONG_PATHS)
def test_pages_within_a_document_with_a_very_long_id_stay_within_it(
    tmp_path: Path, path: str
) -> None:
    text = "Steel grows.\n\nSteel is made of iron.\n\nIron and steel are traded."

    async def story(scene: Scene) -> None:
        (choice,) = await scene.asker.autocomplete(scene.channel, "ask", "source", "grows")
        answer = await scene.ask("iron and steel industries", source=choice["value"])
        await scene.asker.click(answer, label="Next")
        assert "Passage 2 of 3" in shown_of(answer)
        assert "Searched only in Long steel grows" in body_of(answer)

    long = f"date 2023-01-01 Long steel grows\n\n{text}"
    play(asked_often(tmp_path, {GIVEN.name: edition(), path: long}), story)


# --- under stress -------------------------------------------------------------------------------


def test_who_presses_too_often_gets_a_private_notice(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        shown = []
        for _ in range(1801):
            if not scene.desk.presses.take(scene.asker.id):
                continue
            shown.append(response(await scene.asker.click(answer, label="Why")))
            break
        assert shown[0].ephemeral
        assert body_of(shown[0]).startswith("That was quick: 1800 a minute are possible.")

    play(asked_often(tmp_path), story)
