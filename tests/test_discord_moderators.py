"""What moderators may do from Discord, and that nobody else may, on any path."""

import asyncio
import errno
import logging
import os
import shutil
import stat
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest
from conftest import GIVEN, GIVEN_ID
from discord_desk import opened_desk, project_at
from discord_scene import (
    EXPORTS,
    OFTEN,
    WEATHER,
    Scene,
    asked_often,
    body_of,
    buttons_of,
    play,
    response,
    shown_of,
    title_of,
    units,
)
from simcord.actors import MemberActor
from simcord.builders import UserHandle
from simcord.results import ResponseMessage

from bot.discord_app.cards import PLAIN_BODY_UNITS
from bot.discord_app.desk import Desk
from bot.discord_app.moderating import cancel, confirm_add, report_card
from bot.discord_app.presses import Press
from bot.discord_app.pressing import make_button
from bot.discord_app.rebuilding import Rebuilder
from bot.discord_app.replying import serve
from bot.discord_app.texts import LANGUAGES, texts
from bot.errors import RebuildFailed, TooBusy

ROADS = "date 2021-05-01 Road Act\n\nNobody may drive faster than 50 km/h within towns.\n"
RAILS = "date 2022-02-02 Rail Act\n\nTrains run at 160 km/h at most.\n"
REFUSED = "Only moderators named in the bot's settings can do this."
COMMANDS: dict[str, dict[str, Any]] = {
    "reindex": {},
    "add": {"file": ("rails.txt", RAILS.encode())},
    "remove": {"source": GIVEN_ID},
    "pause": {},
    "resume": {},
    "unanswered": {},
}

Person = MemberActor | UserHandle


def given_and_more(folder: Path) -> Path:
    return asked_often(folder, {GIVEN.name: GIVEN.read_text(encoding="utf-8"), "roads.txt": ROADS})


async def said(scene: Scene, command: str, **options: Any) -> ResponseMessage:
    """Return what a moderator's command is answered with."""
    return response(await scene.moderator.slash(scene.channel, command, **options))


async def added(scene: Scene, name: str, content: str | bytes) -> ResponseMessage:
    data = content.encode() if isinstance(content, str) else content
    return await said(scene, "add", file=(name, data))


async def pressed(scene: Scene, message: ResponseMessage, label: str) -> ResponseMessage:
    return response(await scene.moderator.click(message, label=label))


def files_of(scene: Scene, folder: str = "data/documents") -> set[str]:
    root = scene.project / folder
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def kept_aside(scene: Scene) -> list[str]:
    folder = scene.project / ".policybot" / "removed"
    return sorted(path.name.split("-", 2)[-1] for path in folder.glob("*"))


def waiting(scene: Scene) -> list[Path]:
    return list((scene.project / ".policybot" / "incoming").glob("*"))


# --- who may ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("place", ["server", "direct message"])
@pytest.mark.parametrize("person", ["asker", "owner", "nobody is named", "another bot's"])
def test_commands_of_moderators_are_refused_to_everybody_else(
    tmp_path: Path, command: str, place: str, person: str
) -> None:
    async def story(scene: Scene) -> None:
        actor = scene.guild_owner() if person == "owner" else scene.asker
        if person == "nobody is named":
            scene.setting(moderators=[])
            actor = scene.moderator
        if person == "another bot's":
            scene.setting(moderators=[scene.bot_id])
        before = files_of(scene)
        options = COMMANDS[command]
        if place == "server":
            result = await actor.slash(scene.channel, command, **options)
        else:
            result = await actor.user.slash(command, **options)
        assert body_of(response(result)) == REFUSED
        assert response(result).ephemeral
        assert not buttons_of(response(result))
        assert files_of(scene) == before
        assert not waiting(scene)
        assert not scene.desk.is_paused
        assert scene.desk.state.generation == 1

    play(given_and_more(tmp_path), story)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("place", ["server", "direct message"])
def test_commands_of_moderators_work_for_who_is_named_by_their_own_id(
    tmp_path: Path, command: str, place: str
) -> None:
    async def story(scene: Scene) -> None:
        options = COMMANDS[command]
        if place == "server":
            result = await scene.moderator.slash(scene.channel, command, **options)
        else:
            result = await scene.moderator.user.slash(command, **options)
        assert response(result).ephemeral
        assert REFUSED not in shown_of(response(result))

    play(given_and_more(tmp_path), story)


def test_a_role_makes_a_moderator(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        role = scene.guild.create_role("Editors")
        editor = scene.guild.add_member(scene.env.create_user("editor"), roles=[role])
        scene.setting(moderators=[role.id])
        result = await editor.slash(scene.channel, "unanswered")
        refused = await scene.asker.slash(scene.channel, "unanswered")
        former = await scene.moderator.slash(scene.channel, "unanswered")
        assert REFUSED not in body_of(response(result))
        assert body_of(response(refused)) == REFUSED
        assert body_of(response(former)) == REFUSED

    play(asked_often(tmp_path), story)


def test_a_role_of_a_server_says_nothing_in_direct_messages(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        role = scene.guild.create_role("Editors")
        editor = scene.guild.add_member(scene.env.create_user("editor"), roles=[role])
        scene.setting(moderators=[role.id])
        result = await editor.user.slash("unanswered")
        assert body_of(response(result)) == REFUSED

    play(asked_often(tmp_path), story)


def test_a_moderators_command_brought_to_a_foreign_server_needs_the_same_right(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene) -> None:
        channel = {"id": "123456789012345678", "type": 0, "name": "x", "position": 1}
        scene.changes = {
            "guild_id": "123456789012345676",
            "channel_id": "123456789012345678",
            "channel": channel | {"permissions": "0"},
            "authorizing_integration_owners": {"1": str(scene.asker.id)},
        }
        refused = await scene.asker.slash(scene.channel, "pause")
        assert body_of(response(refused)) == REFUSED
        assert not scene.desk.is_paused

    play(asked_often(tmp_path), story)


Confirm = Callable[[Scene], Awaitable[ResponseMessage]]


async def to_add(scene: Scene) -> ResponseMessage:
    return await added(scene, "rails.txt", RAILS)


async def to_replace(scene: Scene) -> ResponseMessage:
    return await added(scene, "roads.txt", RAILS)


async def to_remove(scene: Scene) -> ResponseMessage:
    return await said(scene, "remove", source="roads")


CONFIRMATIONS = [(to_add, "Add it"), (to_replace, "Replace it"), (to_remove, "Remove it")]
CANCELS = [(make, "Cancel") for make, _ in CONFIRMATIONS]


@pytest.mark.parametrize(("make", "label"), CONFIRMATIONS + CANCELS)
@pytest.mark.parametrize("person", ["asker", "owner", "no longer a moderator"])
def test_no_button_that_confirms_or_cancels_works_for_somebody_else(
    tmp_path: Path, make: Confirm, label: str, person: str
) -> None:
    async def story(scene: Scene) -> None:
        before = {name: (scene.shelf / name).read_bytes() for name in files_of(scene)}
        asked = await make(scene)
        asked._message.flags = 0  # as if a client showed others what is private
        waited = waiting(scene)
        actor = {"asker": scene.asker, "owner": scene.guild_owner()}.get(person, scene.moderator)
        if person == "no longer a moderator":
            scene.setting(moderators=[])
        refused = response(await actor.click(asked, label=label))
        assert body_of(refused) == REFUSED
        assert refused.id != asked.id
        assert waiting(scene) == waited
        assert {name: (scene.shelf / name).read_bytes() for name in files_of(scene)} == before
        assert scene.desk.state.generation == 1

    play(given_and_more(tmp_path), story)


# --- /reindex -----------------------------------------------------------------------------------


def test_reindex_reports_what_was_added_changed_removed_and_refused_as_a_diff(
    tmp_path: Path,
) -> None:
    documents = {f"plan-{n}.txt": f"Plan {n} is for steel." for n in range(5)}

    async def story(scene: Scene) -> None:
        scene.write("roads.txt", ROADS)
        scene.write("plan-0.txt", "Plan 0 is for iron by now.")
        (scene.shelf / "plan-1.txt").unlink()
        (scene.shelf / "broken.txt").write_bytes(b"\xff\xfe\x00\xd8 \xff\xff\xff")
        report = await said(scene, "reindex")
        lines = body_of(report).split("\n")
        assert lines[0] == "Index 2 is live."
        assert lines[1] == "```diff"
        assert lines[2:5] == ["+ roads", "! plan-0", "- plan-1"]
        assert lines[5].startswith("# broken.txt: ")
        assert "1 added, 1 changed, 3 unchanged, 1 removed, 1 refused" in lines[-1]
        assert "50 km/h" in body_of(await scene.ask("How fast within towns?"))

    play(asked_often(tmp_path, documents), story)


def test_reindex_says_when_nothing_changed(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        report = await said(scene, "reindex")
        assert body_of(report).startswith("Nothing changed; index 1 stays live.")
        assert "```" not in body_of(report)

    play(asked_often(tmp_path), story)


def test_a_loss_of_most_passages_is_refused_until_it_is_forced(tmp_path: Path) -> None:
    documents = {f"plan-{n}.txt": f"Plan {n} is for steel." for n in range(5)}

    async def story(scene: Scene) -> None:
        for n in range(4):
            (scene.shelf / f"plan-{n}.txt").unlink()
        refused = await said(scene, "reindex")
        assert body_of(refused).startswith("The index stays as it was.")
        assert scene.desk.state.documents == 5
        forced = await said(scene, "reindex", force=True)
        assert body_of(forced).startswith("Index 2 is live.")
        assert scene.desk.state.documents == 1

    play(asked_often(tmp_path, documents), story)


def test_a_report_of_very_many_documents_names_some_and_counts_the_rest(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        for n in range(60):
            scene.write(f"{'plan-' * 35}{n:02}.txt", f"Plan {n} is for steel.")
        report = await said(scene, "reindex")
        assert "+ ... and 48 more" in body_of(report)
        assert "60 added" in body_of(report)

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("room", [PLAIN_BODY_UNITS, 3890])
@pytest.mark.parametrize("listed", [0, 1, 13, 500])
def test_a_report_counts_what_it_has_no_room_to_name(language: str, room: int, listed: int) -> None:
    ids = [f"{'@' * 150}{number}" for number in range(listed)]
    report: dict[str, Any] = dict.fromkeys(("added", "changed", "removed"), ids)
    report["refused"] = [{"path": f"{id_}.txt", "reason": "empty"} for id_ in ids]
    report |= {"unchanged": 0, "documents": 1, "passages": 1, "seconds": 1.5, "generation": 2}
    card = report_card(report, texts(language), room, said="法" * 300)
    assert units(card.body) <= room
    for mark in "+!-#":
        lines = [line for line in card.body.split("\n") if line.startswith(f"{mark} ")]
        named = [line for line in lines if "@" in line]
        left = listed - len(named)
        more = [f"{mark} {texts(language).say('moderation.more', number=left)}"] if left else []
        assert lines[len(named) :] == more


@pytest.mark.parametrize("has_embeds", [True, False])
def test_names_of_files_cannot_leave_the_block_of_a_report(
    tmp_path: Path, has_embeds: bool
) -> None:
    async def story(scene: Scene) -> None:
        if not has_embeds:
            scene.deny("embed_links")
        for name in ("```.txt", "a`b.txt", "- @everyone.txt", "\u202etxt.exe.txt", "x\ny.txt"):
            (scene.shelf / name).write_bytes(b"\xff\xfe\x00\xd8 \xff\xff\xff")
        report = await said(scene, "reindex")
        assert shown_of(report).count("```") == 2
        assert "\u202e" not in shown_of(report)
        assert "5 refused" in shown_of(report)

    play(asked_often(tmp_path), story)


def test_a_second_rebuild_at_once_is_refused(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        async with scene.desk.rebuilder._one_at_a_time:
            for refused in (
                await said(scene, "reindex"),
                await pressed(scene, await to_add(scene), "Add it"),
                await pressed(scene, await to_remove(scene), "Remove it"),
            ):
                assert body_of(refused).startswith(
                    "A rebuild is running. Try again when it has ended"
                )
        assert len(files_of(scene)) == 2

    play(given_and_more(tmp_path), story)


# --- /add ---------------------------------------------------------------------------------------


def test_a_new_document_is_shown_confirmed_and_found(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        preview = await to_add(scene)
        assert preview.ephemeral
        assert title_of(preview) == "rails.txt: what would be indexed"
        assert "**Rail Act**" in body_of(preview)
        assert "Date: 2022-02-02 · paragraphs: 1 · passages: 1 · id `rails`" in body_of(preview)
        assert "It is new." in body_of(preview)
        assert "Trains run at 160 km/h at most." in shown_of(preview)
        assert list(buttons_of(preview)) == ["Add it", "Cancel"]
        assert "rails.txt" not in files_of(scene)
        done = await pressed(scene, preview, "Add it")
        assert body_of(done).startswith("rails.txt is in the index.\n```diff\n+ rails\n```")
        assert not buttons_of(done)
        assert not waiting(scene)
        assert "160 km/h" in body_of(await scene.ask("How fast do trains run?"))

    play(given_and_more(tmp_path), story)


def test_a_document_of_the_same_name_is_replaced_and_kept_aside(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        preview = await added(scene, "roads.txt", ROADS.replace("50", "30"))
        assert "It replaces roads.txt, which is kept aside in `.policybot/removed`." in body_of(
            preview
        )
        assert list(buttons_of(preview)) == ["Replace it", "Cancel"]
        done = await pressed(scene, preview, "Replace it")
        assert "! roads" in body_of(done)
        assert kept_aside(scene) == ["roads.txt"]
        assert "30 km/h" in body_of(await scene.ask("How fast within towns?"))

    play(given_and_more(tmp_path), story)


def test_a_document_of_the_same_name_in_a_folder_is_replaced_there(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        preview = await added(scene, "roads.txt", ROADS.replace("50", "30"))
        assert "It replaces laws/2021/roads.txt" in body_of(preview)
        assert "id `laws/2021/roads`" in body_of(preview)
        await pressed(scene, preview, "Replace it")
        assert files_of(scene) == {GIVEN.name, "laws/2021/roads.txt"}
        assert "30 km/h" in (scene.shelf / "laws/2021/roads.txt").read_text(encoding="utf-8")

    documents = {GIVEN.name: GIVEN.read_text(encoding="utf-8"), "laws/2021/roads.txt": ROADS}
    play(asked_often(tmp_path, documents), story)


def test_a_name_that_stands_in_two_folders_is_refused(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        refused = await added(scene, "roads.txt", ROADS)
        assert body_of(refused).startswith("roads.txt stands in several folders: ")

    play(asked_often(tmp_path, {"a/roads.txt": ROADS, "b/roads.txt": RAILS}), story)


@pytest.mark.parametrize("name", ["roads.md", "Roads.txt", "ROADS.TXT"])
def test_a_name_that_would_have_the_id_of_another_document_is_refused(
    tmp_path: Path, name: str
) -> None:
    async def story(scene: Scene) -> None:
        refused = await added(scene, name, ROADS)
        assert f"{name} would have the same id as roads.txt" in body_of(refused).replace("\\", "")
        assert not waiting(scene)

    play(given_and_more(tmp_path), story)


@pytest.mark.parametrize(
    "name", ["roads.exe", "roads.pdf.exe", "roads.yaml", "roads.txt.yaml", "roads"]
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    async def story(scene: Scene) -> None:
        refused = await added(scene, name, ROADS)
        assert "cannot be read; these files can: " in body_of(refused)
        assert ".txt" in body_of(refused)
        assert not waiting(scene)

    play(asked_often(tmp_path), story)


def test_a_file_that_is_too_large_is_refused_before_it_is_fetched(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        refused = await added(scene, "roads.txt", b"a" * ((10 << 20) + 1))
        assert body_of(refused) == "roads.txt has 10.5 MB; at most 10 MB can be added here."
        assert not waiting(scene)

    play(asked_often(tmp_path), story)


def test_a_file_that_is_larger_than_announced_is_refused_in_the_same_words(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        store = scene.env.backend.cdn.store_attachment

        def announce_less(*arguments: Any) -> dict[str, Any]:
            return {**store(*arguments), "size": 5}

        scene.env.backend.cdn.store_attachment = announce_less  # type: ignore[method-assign,assignment]
        refused = await added(scene, "roads.txt", b"a" * ((10 << 20) + 1))
        assert body_of(refused) == "roads.txt has 10.5 MB; at most 10 MB can be added here."
        assert not waiting(scene)

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize(
    "name",
    [
        "../roads.txt",
        "/etc/roads.txt",
        "..\\roads.txt",
        "roads\x00.txt",
        "roads\n.txt",
        "`roads`.txt",
        "```.txt",
        "road\u202etxt.txt",
        "@everyone.txt",
        "<@1>.txt",
        "[a](b).txt",
        ".txt",
        ".hidden.txt",
        "-rf.txt",
        "~.txt",
        " .txt",
        "x" * 117 + ".txt",
        "法" * 40 + ".txt",
        "*.txt",
        "a:b.txt",
        "CON|.txt",
    ],
)
def test_a_name_that_is_more_than_a_name_is_refused(tmp_path: Path, name: str) -> None:
    async def story(scene: Scene) -> None:
        refused = await added(scene, name, ROADS)
        assert "cannot be a file's name here" in body_of(refused)
        assert files_of(scene) == {GIVEN.name}
        assert not waiting(scene)
        assert not list(tmp_path.rglob("*roads*"))

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("name", ["道路法.txt", "Road Act (2021), v1.2.txt", "قانون.md", "x.MD"])
def test_names_in_every_script_are_taken(tmp_path: Path, name: str) -> None:
    async def story(scene: Scene) -> None:
        await pressed(scene, await added(scene, name, ROADS), "Add it")
        assert files_of(scene) == {GIVEN.name, name}

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize(
    "content",
    [b"", b" \n\n ", b"\xff\xfe\x00\xd8 \xff\xff\xff", b"\x89PNG\r\n\x1a\n" + bytes(range(256))],
)
def test_a_file_without_readable_text_is_refused_with_the_reason(
    tmp_path: Path, content: bytes
) -> None:
    async def story(scene: Scene) -> None:
        refused = await added(scene, "roads.txt", content)
        assert body_of(refused).startswith("roads.txt cannot become a document: ")
        assert body_of(refused).count("roads") == 1
        assert ("empty." in body_of(refused)) == (not content.strip())
        assert not buttons_of(refused)
        assert not waiting(scene)

    play(asked_often(tmp_path), story)


def test_why_a_file_was_refused_is_told_without_folders_of_the_machine(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        refused = await added(scene, "roads.txt", b"")
        assert ".policybot" not in body_of(refused)
        assert "--index" not in body_of(refused)

    play(asked_often(tmp_path), story)


def test_a_disk_that_is_full_is_told_as_such(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(scene: Scene) -> None:
        def full(*_: Any) -> Any:
            raise OSError(errno.ENOSPC, "No space left on device")

        preview = await to_add(scene)
        removal = await to_remove(scene)
        shelf = scene.desk.shelf
        shelf.accept = full  # type: ignore[method-assign,assignment]
        shelf.put_waiting = full  # type: ignore[method-assign,assignment]
        shelf.take_out = full  # type: ignore[method-assign,assignment]
        for refused in (
            await pressed(scene, preview, "Add it"),
            await to_add(scene),
            await pressed(scene, removal, "Remove it"),
        ):
            assert body_of(refused).startswith("The disk of the bot is full")
            assert refused.ephemeral
        errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert len(errors) >= 3
        assert not any(record.exc_info for record in errors)

    play(given_and_more(tmp_path), story)


def test_folders_with_hostile_names_are_told_as_plain_text(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        refused = await added(scene, "roads.txt", ROADS)
        assert "stands in several folders" in body_of(refused)
        refused = await added(scene, "a-b-.txt", ROADS)
        assert "would have the same id as" in body_of(refused)

    hostile = {"@everyone **b**/roads.txt": ROADS, "<@1>/roads.txt": ROADS, "a*b*.txt": ROADS}
    play(asked_often(tmp_path, hostile), story)


def test_a_file_that_discord_does_not_give_out_is_said_to_be_missing(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.env.backend.cdn.get = lambda _: None  # type: ignore[method-assign,assignment]
        refused = await added(scene, "roads.txt", ROADS)
        assert body_of(refused).startswith("The file could not be fetched from Discord.")

    play(asked_often(tmp_path), story)


def test_a_connection_that_breaks_while_a_file_is_fetched_is_told(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        def broken(_: Any) -> Any:
            raise aiohttp.ClientConnectionError

        scene.env.backend.cdn.get = broken  # type: ignore[method-assign,assignment]
        refused = await added(scene, "roads.txt", ROADS)
        assert body_of(refused).startswith("The file could not be fetched from Discord.")

    play(asked_often(tmp_path), story)


def test_a_cancelled_file_leaves_no_trace(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        preview = await to_add(scene)
        assert len(waiting(scene)) == 1
        done = await pressed(scene, preview, "Cancel")
        assert body_of(done) == "Cancelled; nothing was changed."
        assert not buttons_of(done)
        assert not waiting(scene)
        assert files_of(scene) == {GIVEN.name, "roads.txt"}
        assert scene.desk.state.generation == 1

    play(given_and_more(tmp_path), story)


def test_a_file_cannot_be_confirmed_twice(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        preview = await to_add(scene)
        custom_id = buttons_of(preview)["Add it"]["custom_id"]
        await pressed(scene, preview, "Add it")
        again = await scene.post_button(custom_id)
        second = response(await scene.moderator.click(again, custom_id=custom_id))
        assert body_of(second).startswith("This has waited too long, was done already")
        assert scene.desk.state.generation == 2

    play(given_and_more(tmp_path), story)


def test_who_was_shown_a_new_document_does_not_replace_another(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        first, second = await to_add(scene), await added(scene, "rails.txt", ROADS)
        assert "It is new." in body_of(second)
        await pressed(scene, first, "Add it")
        refused = await pressed(scene, second, "Add it")
        assert "the document has changed since" in body_of(refused)
        assert (scene.shelf / "rails.txt").read_text(encoding="utf-8") == RAILS

    play(given_and_more(tmp_path), story)


@pytest.mark.parametrize("has_embeds", [True, False])
def test_a_long_document_can_be_replaced_by_a_short_one(tmp_path: Path, has_embeds: bool) -> None:
    async def story(scene: Scene) -> None:
        if not has_embeds:
            scene.deny("embed_links")
        done = await pressed(scene, await added(scene, GIVEN.name, RAILS), "Replace it")
        assert f"{GIVEN.name} is in the index." in shown_of(done).replace("\\", "")
        assert scene.desk.state.passages == 2

    play(given_and_more(tmp_path), story)


def test_one_file_is_tried_out_at_a_time(tmp_path: Path) -> None:
    class Watched(Rebuilder):
        running = most = 0

        async def _build(self, *_: Any) -> dict[str, Any]:
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(0.01)
            self.running -= 1
            return {}

    async def try_three() -> int:
        rebuilder = Watched(tmp_path, tmp_path, None)
        await asyncio.gather(*(rebuilder.try_out(tmp_path, tmp_path) for _ in range(3)))
        return rebuilder.most

    assert asyncio.run(try_three()) == 1


def test_the_log_names_what_moderators_change_and_what_came_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "policybot.discord")

    async def story(scene: Scene) -> None:
        await pressed(scene, await to_add(scene), "Add it")
        await pressed(scene, await to_replace(scene), "Replace it")
        await pressed(scene, await to_remove(scene), "Remove it")
        await said(scene, "reindex")
        by = f"User {scene.moderator.id}"
        lines = [record.getMessage() for record in caplog.records]
        for line in (
            f"{by} added the document rails",
            f"{by} replaced the document roads",
            f"{by} removed the document roads",
            "Rebuilt: generation 4 is live",
            "Rebuilt: generation 4 stays live, nothing changed",
        ):
            assert line in lines

    play(given_and_more(tmp_path), story)


def test_a_file_can_be_confirmed_after_a_restart(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        preview = await to_add(scene)
        await scene.restart()
        done = await pressed(scene, preview, "Add it")
        assert body_of(done).startswith("rails.txt is in the index.")
        assert "160 km/h" in body_of(await scene.ask("How fast do trains run?"))

    play(given_and_more(tmp_path), story)


def test_a_file_that_waited_too_long_cannot_be_confirmed(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        preview = await to_add(scene)
        for folder in waiting(scene):
            os.utime(folder, (0, 0))
        done = await pressed(scene, preview, "Add it")
        assert body_of(done).startswith("This has waited too long, was done already")

    play(given_and_more(tmp_path), story)


def test_when_too_many_files_wait_the_next_is_refused_in_words(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        for number in range(20):
            scene.desk.shelf.put_waiting(f"{number}.txt", f"{number}.txt", b"Steel.")
        refused = await to_add(scene)
        assert body_of(refused).startswith("Too many files wait for confirmation.")
        assert len(waiting(scene)) == 20

    play(given_and_more(tmp_path), story)


def test_a_file_whose_rebuild_fails_is_taken_back(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        preview = await to_replace(scene)
        for n in range(5):
            (scene.shelf / f"plan-{n}.txt").unlink()
        done = await pressed(scene, preview, "Replace it")
        assert body_of(done).startswith("The index stays as it was.")
        assert (scene.shelf / "roads.txt").read_text(encoding="utf-8") == ROADS

    plans = {f"plan-{n}.txt": f"Plan {n} is for steel." for n in range(5)}
    play(asked_often(tmp_path, {"roads.txt": ROADS} | plans), story)


def test_a_files_metadata_beside_it_count_in_the_preview(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        preview = await added(scene, "roads.txt", "Nobody may drive faster than 30 km/h.")
        assert "**Act on Public Roads**" in body_of(preview)

    documents = {"roads.txt": ROADS, "roads.yaml": "title: Act on Public Roads\n"}
    play(asked_often(tmp_path, documents), story)


def test_what_waits_can_be_read_by_the_bot_alone(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await to_add(scene)
        (folder,) = waiting(scene)
        assert stat.S_IMODE((folder / "files").stat().st_mode) & 0o077 == 0

    play(given_and_more(tmp_path), story)


# --- presses at once, and a slow or broken way to Discord ----------------------------------------


class Pressing:
    """An interaction of a moderator's press; writes down how it is answered."""

    id = 1
    locale = "en-US"
    guild_id = message = None

    def __init__(self, desk: Desk, *, is_broken: bool = False) -> None:
        self.client = SimpleNamespace(desk=desk, make_button=make_button)
        self.user = SimpleNamespace(id=7)
        self.response = self.followup = self
        self.answers: list[str] = []
        self._is_broken = is_broken

    async def defer(self, **_: Any) -> None:
        if self._is_broken:
            raise aiohttp.ClientConnectionError
        self.answers.append("deferred")

    async def send(self, *, embed: discord.Embed, **_: Any) -> None:
        self.answers.append(embed.description or "")

    send_message = edit_message = edit_original_response = send

    async def do(self, work: Any, press: Press) -> None:
        """Be served as a press of a button is."""
        moderator: Any = self
        await serve(moderator, lambda reply: work(reply, moderator, press), kind="update")


def with_a_desk(folder: Path, story: Callable[[Desk, Press], Awaitable[None]]) -> Path:
    """Let a story happen at a desk where a file waits to replace roads.txt; return that."""
    with opened_desk(given_and_more(folder)) as desk:
        said = desk.settings.discord._replace(moderators=frozenset({7}))
        desk.settings = desk.settings._replace(discord=said)
        waiting = desk.shelf.put_waiting("roads.txt", "roads.txt", RAILS.encode())
        asyncio.run(in_time(story(desk, Press("add", waiting.key))))
    return folder / "data" / "documents" / "roads.txt"


async def in_time(work: Awaitable[None]) -> None:
    await asyncio.wait_for(work, 30)


@pytest.mark.parametrize("second", [confirm_add, cancel])
def test_of_two_presses_at_once_one_is_too_late_and_no_document_is_lost(
    tmp_path: Path, second: Any
) -> None:
    async def story(desk: Desk, press: Press) -> None:
        one, other = Pressing(desk), Pressing(desk)
        await asyncio.gather(one.do(confirm_add, press), other.do(second, press))
        assert one.answers[-1].startswith("roads.txt is in the index.")
        assert other.answers[-1].startswith("This has waited too long, was done already")
        (aside,) = desk.shelf.aside.iterdir()
        assert aside.read_text(encoding="utf-8") == ROADS
        assert desk.state.generation == 2

    assert with_a_desk(tmp_path, story).read_text(encoding="utf-8") == RAILS


def test_a_document_that_is_cancelled_first_is_not_added(tmp_path: Path) -> None:
    async def story(desk: Desk, press: Press) -> None:
        one, other = Pressing(desk), Pressing(desk)
        await asyncio.gather(one.do(cancel, press), other.do(confirm_add, press))
        assert one.answers[-1].startswith("Cancelled; nothing was changed.")
        assert other.answers[-1].startswith("This has waited too long, was done already")

    assert with_a_desk(tmp_path, story).read_text(encoding="utf-8") == ROADS


def test_a_change_is_undone_also_when_nobody_can_be_told_any_more(tmp_path: Path) -> None:
    async def story(desk: Desk, press: Press) -> None:
        fails = asyncio.Event()

        async def rebuild(**_: Any) -> Any:
            await fails.wait()
            raise RebuildFailed("Killed")

        desk.rebuild = rebuild  # type: ignore[method-assign]
        unreachable = Pressing(desk, is_broken=True)
        await unreachable.do(confirm_add, press)
        assert unreachable.answers == []
        file = tmp_path / "data" / "documents" / "roads.txt"
        assert file.read_text(encoding="utf-8") == RAILS
        fails.set()
        await desk.finish(20)
        assert list(desk.shelf.aside.iterdir()) == []

    assert with_a_desk(tmp_path, story).read_text(encoding="utf-8") == ROADS


@pytest.mark.parametrize("work", [confirm_add, cancel])
def test_who_presses_while_the_disk_is_slow_is_told_that_something_happens(
    tmp_path: Path, work: Any
) -> None:
    async def story(desk: Desk, press: Press) -> None:
        slow = asyncio.create_task(desk.slowly(time.sleep, 1.5))
        await asyncio.sleep(0)
        pressing = Pressing(desk)
        await pressing.do(work, press)
        await slow
        assert pressing.answers[0] == "deferred"
        assert len(pressing.answers) == 2

    with_a_desk(tmp_path, story)


# --- /remove ------------------------------------------------------------------------------------


def test_a_document_is_removed_after_confirmation_and_its_file_kept_aside(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        question = await to_remove(scene)
        assert question.ephemeral
        assert "Remove **Road Act** with 1 paragraphs from the index?" in body_of(question)
        assert list(buttons_of(question)) == ["Remove it", "Cancel"]
        assert files_of(scene) == {GIVEN.name, "roads.txt"}
        done = await pressed(scene, question, "Remove it")
        assert body_of(done).startswith("`roads` is out of the index.")
        assert "- roads" in body_of(done)
        assert files_of(scene) == {GIVEN.name}
        assert kept_aside(scene) == ["roads.txt"]
        assert "do not answer" in body_of(await scene.ask("How fast may towns drive?"))

    play(given_and_more(tmp_path), story)


def test_a_cancelled_removal_changes_nothing(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        done = await pressed(scene, await to_remove(scene), "Cancel")
        assert body_of(done) == "Cancelled; nothing was changed."
        assert files_of(scene) == {GIVEN.name, "roads.txt"}

    play(given_and_more(tmp_path), story)


@pytest.mark.parametrize("source", ["rails", "../roads", "roads.txt", "~0123456789abcdef", "/"])
def test_a_document_that_is_unknown_cannot_be_removed(tmp_path: Path, source: str) -> None:
    async def story(scene: Scene) -> None:
        refused = await said(scene, "remove", source=source)
        assert body_of(refused).startswith("No document is called ")
        assert not buttons_of(refused)

    play(given_and_more(tmp_path), story)


def test_a_removal_confirmed_twice_says_that_the_document_is_unknown(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        question = await to_remove(scene)
        custom_id = buttons_of(question)["Remove it"]["custom_id"]
        await pressed(scene, question, "Remove it")
        again = await scene.post_button(custom_id)
        second = response(await scene.moderator.click(again, custom_id=custom_id))
        assert body_of(second) == "No document is called roads."

    play(given_and_more(tmp_path), story)


def test_a_document_that_changed_since_the_question_is_not_removed(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        question = await to_remove(scene)
        await scene.rebuild(roads=ROADS.replace("50", "30"))
        refused = await pressed(scene, question, "Remove it")
        assert "the document has changed since" in body_of(refused)
        assert files_of(scene) == {GIVEN.name, "roads.txt"}

    play(given_and_more(tmp_path), story)


def test_a_removal_that_comes_while_too_many_ask_takes_nothing_out(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        async def busy(_: Any) -> int:
            raise TooBusy("400 questions are waiting.")

        question = await to_remove(scene)
        scene.desk.passages_in = busy  # type: ignore[method-assign,assignment]
        refused = await pressed(scene, question, "Remove it")
        assert body_of(refused).startswith("Very many questions are waiting")
        assert files_of(scene) == {GIVEN.name, "roads.txt"}

    play(given_and_more(tmp_path), story)


def test_a_document_whose_folder_leads_out_by_now_is_not_removed(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        question = await said(scene, "remove", source="laws/roads")
        shutil.move(scene.shelf / "laws", tmp_path / "elsewhere")
        (scene.shelf / "laws").symlink_to(tmp_path / "elsewhere")
        refused = await pressed(scene, question, "Remove it")
        assert "does not stand in the documents folder" in body_of(refused)
        assert (tmp_path / "elsewhere" / "roads.txt").is_file()

    documents = {GIVEN.name: GIVEN.read_text(encoding="utf-8"), "laws/roads.txt": ROADS}
    play(asked_often(tmp_path, documents), story)


def test_a_removal_can_be_confirmed_after_a_restart(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        question = await to_remove(scene)
        await scene.restart()
        await pressed(scene, question, "Remove it")
        assert files_of(scene) == {GIVEN.name}

    play(given_and_more(tmp_path), story)


def test_the_largest_document_can_be_removed_for_who_confirms_knows_its_size(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene) -> None:
        question = await said(scene, "remove", source=GIVEN_ID)
        done = await pressed(scene, question, "Remove it")
        assert f"`{GIVEN_ID}` is out of the index." in body_of(done)
        assert scene.desk.state.documents == 1

    play(given_and_more(tmp_path), story)


def test_the_last_document_is_put_back_when_an_empty_index_is_refused(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        question = await said(scene, "remove", source=GIVEN_ID)
        done = await pressed(scene, question, "Remove it")
        assert body_of(done).startswith("The index stays as it was.")
        assert files_of(scene) == {GIVEN.name}
        assert kept_aside(scene) == []
        assert "636,000" in body_of(await scene.ask())

    play(asked_often(tmp_path), story)


def test_a_document_of_one_very_long_paragraph_can_be_removed(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        question = await said(scene, "remove", source="long")
        done = await pressed(scene, question, "Remove it")
        assert body_of(done).startswith("`long` is out of the index.")

    long = " ".join(f"Measure {n} stabilizes the growth of industry {n}." for n in range(800))
    play(asked_often(tmp_path, {"roads.txt": ROADS, "long.txt": long}), story)


def test_metadata_beside_a_document_goes_with_it(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await pressed(scene, await to_remove(scene), "Remove it")
        assert files_of(scene) == {GIVEN.name}
        assert kept_aside(scene) == ["roads.txt", "roads.yaml"]

    documents = {
        GIVEN.name: GIVEN.read_text(encoding="utf-8"),
        "roads.txt": ROADS,
        "roads.yaml": "title: Act on Public Roads\n",
    }
    play(asked_often(tmp_path, documents), story)


def test_a_document_for_certain_people_can_be_removed_by_moderators(tmp_path: Path) -> None:
    secret = "---\ntitle: Secret plan\naudience: [123456789012345678]\n---\n\nTungsten.\n"

    async def story(scene: Scene) -> None:
        question = await said(scene, "remove", source="secret")
        await pressed(scene, question, "Remove it")
        assert files_of(scene) == {GIVEN.name}

    given = GIVEN.read_text(encoding="utf-8")
    play(asked_often(tmp_path, {GIVEN.name: given, "secret.md": secret}), story)


@pytest.mark.parametrize(
    "path", [f"{'plans-for-steel/' * 14}{'x' * 90}.txt", f"{'工业和信息化部' * 11}.txt"]
)
def test_a_document_with_a_very_long_id_can_be_removed(tmp_path: Path, path: str) -> None:
    async def story(scene: Scene) -> None:
        (choice,) = await scene.moderator.autocomplete(scene.channel, "remove", "source", "road")
        question = await said(scene, "remove", source=choice["value"])
        await pressed(scene, question, "Remove it")
        assert files_of(scene) == {GIVEN.name}

    given = GIVEN.read_text(encoding="utf-8")
    play(asked_often(tmp_path, {GIVEN.name: given, path: ROADS}), story)


# --- /pause, /resume, /unanswered ---------------------------------------------------------------

PAUSED = "The bot is paused by the moderators."


def test_a_paused_bot_answers_nobody_but_moderators_also_after_a_restart(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        assert "Paused." in body_of(await said(scene, "pause"))
        for _ in range(2):
            for refused in (
                await scene.ask(),
                response(await scene.asker.slash(scene.channel, "cite", id=f"{GIVEN_ID}#1")),
            ):
                assert refused.ephemeral
                assert body_of(refused) == PAUSED
            assert "636,000" in body_of(await scene.ask(by=scene.moderator))
            await scene.restart()
        assert body_of(await said(scene, "resume")) == "Questions are answered again."
        assert "636,000" in body_of(await scene.ask())
        await scene.restart()
        assert "636,000" in body_of(await scene.ask())

    play(asked_often(tmp_path), story)


def test_a_paused_bot_marks_a_mention_and_answers_moderators(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await said(scene, "pause")
        await scene.asker.send(scene.channel, f"{scene.mention} {EXPORTS}")
        (asking,) = scene.channel.history()
        assert [str(reaction.emoji) for reaction in asking.reactions] == ["⏸️"]
        await scene.moderator.send(scene.channel, f"{scene.mention} {EXPORTS}")
        assert "636,000" in body_of(scene.channel.history()[-1])

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("label", ["Next", "Context", "Why"])
def test_while_the_bot_is_paused_buttons_answer_moderators_alone(
    tmp_path: Path, label: str
) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask()
        await said(scene, "pause")
        refused = response(await scene.asker.click(answer, label=label))
        assert body_of(refused) == PAUSED
        allowed = response(await scene.moderator.click(answer, label=label))
        assert PAUSED not in shown_of(allowed)

    play(asked_often(tmp_path), story)


def test_while_the_bot_is_paused_people_may_delete_what_is_theirs(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask(WEATHER)
        await said(scene, "pause")
        privacy = response(await scene.asker.slash(scene.channel, "privacy"))
        await scene.asker.click(privacy, label="Delete my entries")
        assert scene.desk.ledger.held_of(scene.asker.id) == 0
        await scene.asker.click(answer, label="Delete")
        assert answer.id not in [message.id for message in scene.channel.history()]

    play(asked_often(tmp_path), story)


def test_to_pause_or_resume_twice_says_so(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        assert body_of(await said(scene, "resume")) == "The bot was not paused."
        await said(scene, "pause")
        assert body_of(await said(scene, "pause")) == "The bot was paused already."

    play(asked_often(tmp_path), story)


def test_what_is_asked_in_vain_is_listed_with_how_many_people_asked(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        for person in (scene.asker, scene.other):
            await scene.ask(WEATHER, by=person)
        await scene.ask(WEATHER)
        await scene.ask("Who feeds the kangaroos?")
        await scene.ask(EXPORTS)
        first, second = body_of(await said(scene, "unanswered")).split("\n")
        assert first.startswith("2 × ")
        assert "weather" in first
        assert second.startswith("1 × ")
        assert "kangaroo" in second

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("has_embeds", [True, False])
def test_a_list_of_what_was_asked_in_vain_counts_what_it_has_no_room_for(
    tmp_path: Path, has_embeds: bool
) -> None:
    async def story(scene: Scene) -> None:
        if not has_embeds:
            scene.deny("embed_links")
        for number in range(20):
            terms = (f"{'kangaroo' * 20}{number}",)
            scene.desk.ledger.note_unanswered(terms, outcome="not_found", person=number)
        lines = shown_of(await said(scene, "unanswered")).split("\n")
        entries = [line for line in lines if "kangaroo" in line]
        assert (len(entries) == 20) == has_embeds
        assert (f"... and {20 - len(entries)} more" in lines) != has_embeds

    play(asked_often(tmp_path), story)


def test_when_nothing_was_asked_in_vain_that_is_said(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.ask(EXPORTS)
        body = body_of(await said(scene, "unanswered"))
        assert body == "Nothing was asked in vain within the last 7 days."

    play(project_at(tmp_path, f"{OFTEN}  retention_days: 7\n"), story)
