"""The desk goes on for months: through failures, through newer indexes, and to its end in time."""

import asyncio
import errno
import gc
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import GIVEN
from discord_desk import opened_desk, project_at
from discord_scene import (
    EXPORTS,
    WEATHER,
    Scene,
    asked_often,
    body_of,
    cited_by,
    play,
    response,
    shown_of,
)

import index
from bot.answering import words_apart
from bot.assistant import Assistant
from bot.discord_app.cards import Card
from bot.discord_app.displaying import units
from bot.discord_app.messages import message_parts
from bot.discord_app.pressing import AnswerButton, make_button
from bot.discord_app.suggesting import suggestions_of
from bot.settings import load

STEEL = "Steel grows by 4 percent.\n\nSteel is traded with many countries.\n"


def test_looking_for_newer_indexes_survives_every_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        with opened_desk(project_at(tmp_path), look_every_seconds=0.01) as desk:
            failures: list[Exception] = [RuntimeError("ours"), OSError(24, "too many files")]

            async def failing() -> None:
                if failures:
                    raise failures.pop()

            desk.take_up_newer = failing  # type: ignore[method-assign]  # it fails twice
            task = asyncio.create_task(desk.keep_up())
            await asyncio.sleep(0.2)
            assert not task.done()
            assert not failures
            task.cancel()

    asyncio.run(run())
    assert len([r for r in caplog.records if "taking up a newer index" in r.message]) == 2


def test_an_index_that_could_not_be_opened_once_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_at(tmp_path)
    assistant = Assistant(load(project), lambda _: None)
    assert assistant.searcher.state.generation == 1
    (project / "data" / "documents" / "steel.txt").write_text(STEEL)
    assistant.rebuild()

    def full(*_: Any) -> Any:
        raise OSError(errno.EMFILE, "too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(Assistant, "_open", full)
        with pytest.raises(OSError, match="too many open files"):
            assistant.newer()
    newer = assistant.newer()
    assert newer is not None
    assert newer.state.generation == 2


def test_what_is_offered_is_there_before_a_newer_index_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    made = suggestions_of

    async def run() -> None:
        project = project_at(tmp_path)
        with opened_desk(project) as desk:

            def noted(searcher: index.Searcher) -> Any:
                seen.append((desk.state.generation, searcher.state.generation))
                return made(searcher)

            monkeypatch.setattr("bot.discord_app.sights.suggestions_of", noted)
            (project / "data" / "documents" / "steel.txt").write_text(STEEL)
            await desk.rebuild()
            assert desk.state.generation == 2

    asyncio.run(run())
    assert seen == [(1, 2)]


def test_the_end_keeps_to_its_time_whatever_hangs(tmp_path: Path) -> None:
    async def run() -> None:
        with opened_desk(project_at(tmp_path)) as desk:
            async with desk.working():
                started = time.monotonic()
                await desk.finish(4.0)
                assert 2.0 < time.monotonic() - started < 4.2

    asyncio.run(run())


def test_no_view_of_a_private_answer_stays_in_memory(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        for _ in range(5):
            await scene.ask(private=True)
        gc.collect()
        assert not [one for one in gc.get_objects() if isinstance(one, AnswerButton)]

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("with_embed", [True, False])
@pytest.mark.parametrize(
    "body", ["word " * 5000, "汉" * 9000, "> line\n" * 3000, "**" + "x" * 9000 + "**", ""]
)
def test_whatever_stands_on_a_card_discord_takes_the_message(body: str, with_embed: bool) -> None:
    async def run() -> dict[str, Any]:
        card = Card(body=body, title="T" * 243, footer="F" * 100, fields=(("name", "v" * 600),))
        return message_parts(card, with_embed=with_embed, button=make_button)

    parts = asyncio.run(run())
    if with_embed:
        assert units(parts["embed"].description or "") <= 4096
        assert len(parts["embed"]) <= 6000
    else:
        assert units(parts["content"]) <= 2000


# --- what people are told, and what stays with them ----------------------------------------------


def test_an_answer_within_a_document_is_shared_as_it_was(tmp_path: Path) -> None:
    documents = {GIVEN.name: GIVEN.read_text(encoding="utf-8"), "steel.txt": STEEL}

    async def story(scene: Scene) -> None:
        answer = await scene.ask("new energy vehicles", source="steel", private=True)
        assert "This document does not answer this." in body_of(answer)
        assert "Searched only in steel" in body_of(answer)
        await scene.asker.click(answer, label="Share")
        (posted,) = scene.channel.history(viewer=scene.other)
        assert body_of(posted) == body_of(answer)

    play(asked_often(tmp_path, documents), story)


def test_an_answer_that_cannot_be_shared_keeps_its_button(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask(private=True)
        scene.env.inject_error("POST", "/webhooks/*", status=403, code=50013, times=1)
        pressed = await scene.asker.click(answer, label="Share")
        assert "may not write in this channel" in shown_of(pressed.followups[-1])
        await scene.asker.click(answer, label="Share")
        assert len(scene.channel.history(viewer=scene.other)) == 1

    play(asked_often(tmp_path), story)


def test_an_answer_that_discord_does_not_take_is_not_silence(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.env.inject_error("POST", "/interactions/*", status=400, code=50035, times=1)
        answer = await scene.ask()
        assert "Something went wrong" in body_of(answer)

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize(
    "typed",
    [
        "2023-09-06-ten-key-industries#7",
        "2023-09-06-ten-key-industries # 7",
        "[2023-09-06-Ten-Key-Industries#7 4afbd9]",
        "`2023-09-06-ten-key-industries#7 4AFBD9`",
    ],
)
def test_an_id_is_understood_however_it_was_copied(tmp_path: Path, typed: str) -> None:
    async def story(scene: Scene) -> None:
        cited = response(await scene.asker.slash(scene.channel, "cite", id=typed))
        assert cited_by(cited) == "2023-09-06-ten-key-industries#7"
        assert "changed" not in body_of(cited)

    play(asked_often(tmp_path), story)


def test_a_paragraph_that_is_not_there_is_told_with_how_many_there_are(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        id_ = "2023-09-06-ten-key-industries#99"
        cited = response(await scene.asker.slash(scene.channel, "cite", id=id_))
        assert "has 10 paragraphs" in body_of(cited)

    play(asked_often(tmp_path), story)


def test_a_source_may_be_named_by_its_title(tmp_path: Path) -> None:
    documents = {"a.md": "---\ntitle: Staff Travel\n---\nHotels cost 100 at most.\n"}

    async def story(scene: Scene) -> None:
        answer = await scene.ask("hotels", source="staff  travel")
        assert cited_by(answer) == "a#1"

    play(asked_often(tmp_path, documents), story)


def test_context_shows_the_heading_of_each_paragraph(tmp_path: Path) -> None:
    documents = {"a.md": "## Hotels\n\nHotels cost 100.\n\n## Meals\n\nLunch costs 12.\n"}

    async def story(scene: Scene) -> None:
        answer = await scene.ask("what do hotels cost")
        context = body_of(response(await scene.asker.click(answer, label="Context")))
        assert context.index("**Hotels**") < context.index("Hotels cost 100")
        assert context.index("Hotels cost 100") < context.index("**Meals**")
        assert context.index("**Meals**") < context.index("Lunch costs")

    play(asked_often(tmp_path, documents), story)


def test_thanks_is_no_question(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.asker.send(scene.channel, f"{scene.mention} {EXPORTS}")
        answer = scene.channel.last_message
        await scene.asker.send(scene.channel, f"{scene.mention} thanks!", reply_to=answer)
        assert len(scene.channel.history()) == 3

    play(asked_often(tmp_path), story)


def test_mentions_in_a_question_are_not_searched(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask(f"{WEATHER} {scene.asker.mention} <#123456789012345678> @everyone")
        assert "No document contains: weather, today\n" in body_of(answer)

    play(asked_often(tmp_path), story)


def test_in_a_conversation_of_two_others_answers_are_private_where_channels_are_listed(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene) -> None:
        scene.setting(channels=[1])
        scene.changes = {"context": 2}
        assert (await scene.ask()).ephemeral

    play(asked_often(tmp_path), story)


def test_unanswered_chinese_is_kept_in_pieces(tmp_path: Path) -> None:
    with opened_desk(project_at(tmp_path)) as desk:
        found = asyncio.run(desk.ask("天津港的集装箱吞吐量是多少？"))
    assert found.answer.outcome == "not_found"
    assert words_apart(found.answer.query) == ("天津港", "集装箱吞吐量")
