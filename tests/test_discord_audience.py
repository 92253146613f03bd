"""Documents for certain people are shown only where all who read the answer may see them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import GIVEN
from discord_scene import (
    Scene,
    asked_often,
    body_of,
    buttons_of,
    cited_by,
    play,
    response,
    shown_of,
)
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle, RoleHandle

ZINC, COBALT, LEVIES = "What is the zinc levy?", "What is the cobalt levy?", "levies of crowns"
OPEN_TEXT = "The open levy is 31666 crowns."
ZINC_TEXT, COBALT_TEXT = "The zinc levy is 41777 crowns.", "The cobalt levy is 51888 crowns."


@dataclass(frozen=True, slots=True)
class Court:
    """A second server, and a member of the first one with a role that a document names."""

    scene: Scene
    role: RoleHandle
    insider: MemberActor
    other_guild: GuildHandle
    other_channel: ChannelHandle
    stranger: MemberActor

    async def ask(self, question: str, by: MemberActor, **options: Any) -> str:
        return shown_of(await self.scene.ask(question, by=by, **options))


async def court(scene: Scene) -> Court:
    """Index an open document, one for the server "Ministry", and one for a role of it, alone."""
    role = scene.guild.create_role("cabinet")
    insider = scene.guild.add_member(scene.env.create_user("insider"), roles=[role])
    other_guild = scene.env.create_guild("Elsewhere")
    other_channel = other_guild.create_text_channel("talk")
    stranger = other_guild.add_member(scene.env.create_user("stranger"))
    scene.write("open.md", f"{OPEN_TEXT}\n")
    for name, id_, text in (
        ("zinc-memo", scene.guild.id, ZINC_TEXT),
        ("cobalt-memo", role.id, COBALT_TEXT),
    ):
        head = f"---\ntitle: Memo {name}\naudience: ['{id_}']\n---\n# Heading of {name}\n"
        scene.write(f"{name}.md", f"{head}\n{text}\n")
    (scene.shelf / GIVEN.name).unlink()
    await scene.desk.rebuild(force=True)
    return Court(scene, role, insider, other_guild, other_channel, stranger)


def test_a_document_for_a_server_is_shown_in_its_channels_alone(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        here = await court(scene)
        assert ZINC_TEXT in plain(await here.ask(ZINC, scene.asker))
        assert ZINC_TEXT in plain(await here.ask(ZINC, scene.asker, private=True))
        elsewhere = await here.stranger.slash(here.other_channel, "ask", question=ZINC)
        assert "41777" not in shown_of(response(elsewhere))
        assert "No document contains: zinc" in shown_of(response(elsewhere))
        await scene.asker.send_dm(ZINC)
        (answer,) = scene.asker.user.dm_channel.history()[1:]
        assert "41777" not in shown_of(answer)
        assert "No document contains: zinc" in shown_of(answer)

    play(asked_often(tmp_path), story)


def plain(shown: str) -> str:
    """Return what is shown without the marks of what matched best."""
    return shown.replace("**", "")


def test_a_document_for_a_role_is_shown_privately_to_those_who_have_it(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        here = await court(scene)
        assert COBALT_TEXT in plain(await here.ask(COBALT, here.insider, private=True))
        for shown in (
            await here.ask(COBALT, here.insider),
            await here.ask(COBALT, scene.asker, private=True),
            await here.ask(COBALT, scene.moderator, private=True),
        ):
            assert "51888" not in shown
            assert "No document contains: cobalt" in shown

    play(asked_often(tmp_path), story)


def test_a_quote_is_looked_for_in_what_all_who_read_the_answer_may_see(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        here = await court(scene)

        async def check(text: str, by: MemberActor, *, private: bool) -> str:
            said = await by.slash(scene.channel, "quote", text=text, private=private)
            return shown_of(response(said))

        found, memo = "The documents say this, word for word.", "cobalt-memo"
        shown = await check(COBALT_TEXT, here.insider, private=True)
        assert found in shown
        assert memo in shown
        for shown in (
            await check(COBALT_TEXT, here.insider, private=False),
            await check(COBALT_TEXT, scene.asker, private=True),
            await check(COBALT_TEXT, scene.moderator, private=True),
        ):
            assert found not in shown
            assert memo not in shown
        assert found in await check(ZINC_TEXT, scene.asker, private=False)

    play(asked_often(tmp_path), story)


def test_a_mention_is_answered_as_all_in_the_channel_may_read_it(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        here = await court(scene)
        await here.insider.send(scene.channel, f"{scene.mention} {COBALT}")
        await here.insider.send(scene.channel, f"{scene.mention} {ZINC}")
        about_cobalt, about_zinc = scene.channel.history()[1::2]
        assert "51888" not in shown_of(about_cobalt)
        assert "No document contains: cobalt" in shown_of(about_cobalt)
        assert ZINC_TEXT in plain(shown_of(about_zinc))

    play(asked_often(tmp_path), story)


def test_a_mention_that_is_answered_directly_counts_its_authors_roles(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        here = await court(scene)
        scene.setting(channels=[])
        for author in (here.insider, scene.asker):
            await author.send(scene.channel, f"{scene.mention} {COBALT}")
        (to_insider,) = here.insider.user.dm_channel.history()
        (to_asker,) = scene.asker.user.dm_channel.history()
        assert COBALT_TEXT in plain(shown_of(to_insider))
        assert "51888" not in shown_of(to_asker)
        await here.insider.user.click(to_insider, label="Context")
        assert "51888" not in shown_of(here.insider.user.dm_channel.history()[-1]).replace(
            shown_of(to_insider), ""
        )

    play(asked_often(tmp_path), story)


def test_what_not_all_may_see_is_not_shared(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        here = await court(scene)
        answers = [
            await scene.ask(COBALT, by=here.insider, private=True),
            await scene.ask(COBALT, by=here.insider, private=True, source="cobalt-memo"),
            response(
                await here.insider.slash(scene.channel, "cite", id="cobalt-memo#1", private=True)
            ),
        ]
        for answer in answers:
            assert COBALT_TEXT in plain(shown_of(answer))
            refused = response(await here.insider.click(answer, label="Share"))
            assert refused.ephemeral
            assert body_of(refused).startswith("Not everybody who reads this channel")
        assert scene.channel.history(viewer=scene.asker) == []

    play(asked_often(tmp_path), story)


def test_a_shared_answer_is_the_passage_that_was_shared(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        here = await court(scene)
        answer = await scene.ask(LEVIES, by=here.insider, private=True)
        passages = [cited_by(answer)]
        for _ in range(2):
            await here.insider.click(answer, label="Next")
            passages.append(cited_by(answer))
        assert sorted(passages) == ["cobalt-memo#1", "open#1", "zinc-memo#1"]
        while cited_by(answer) == "cobalt-memo#1":
            await here.insider.click(answer, label="Previous")
        shared = cited_by(answer)
        await here.insider.click(answer, label="Share")
        (posted,) = scene.channel.history(viewer=scene.asker)
        assert cited_by(posted) == shared
        assert "of 2" in shown_of(posted)

    play(asked_often(tmp_path), story)


def test_who_presses_sees_what_they_may_and_all_others_what_all_may(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        here = await court(scene)
        answer = await scene.ask(LEVIES, by=here.insider)
        assert "Passage 1 of 2" in shown_of(answer)
        await here.insider.click(answer, label="Next")
        assert "Passage 2 of 2" in shown_of(answer)
        await scene.restart()
        copy = response(await scene.other.click(answer, label="Previous"))
        assert "of 2" in shown_of(copy)
        answer = await scene.ask(LEVIES, by=scene.asker)
        copy = response(await here.insider.click(answer, label="Next"))
        assert copy.ephemeral
        assert "of 3" in shown_of(copy)
        assert "of 2" in shown_of(answer)

    play(asked_often(tmp_path), story)


def test_who_loses_a_role_sees_nothing_more_by_old_buttons(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        here = await court(scene)
        answer = await scene.ask(LEVIES, by=here.insider, private=True)
        while cited_by(answer) != "cobalt-memo#1":
            await here.insider.click(answer, label="Next")
        cited = response(
            await here.insider.slash(scene.channel, "cite", id="cobalt-memo#1", private=True)
        )
        scene.env.backend.remove_member_role(scene.guild.id, here.insider.id, here.role.id)
        await scene.restart()
        for message, label in ((answer, "Context"), (answer, "Why"), (cited, "Context")):
            pressed = response(await here.insider.click(message, label=label))
            assert "51888" not in shown_of(pressed)
            assert "no longer stands in the documents" in shown_of(pressed)
        for label in sorted({"Previous", "Next"} & buttons_of(answer).keys()):
            if not buttons_of(answer)[label].get("disabled"):
                await here.insider.click(answer, label=label)
                assert "51888" not in shown_of(answer)
        await here.insider.click(cited, label="Share")
        assert "51888" not in "".join(map(shown_of, scene.channel.history(viewer=scene.asker)))

    play(asked_often(tmp_path), story)


def test_what_is_offered_is_what_the_answer_could_show(tmp_path: Path) -> None:
    async def offered(
        here: Court, by: MemberActor, option: str, typed: str, **filled: Any
    ) -> list[str]:
        name = "ask" if option != "id" else "cite"
        if option == "source":
            filled["question"] = "x"
        found = await by.autocomplete(here.scene.channel, name, option, typed, **filled)
        return sorted(choice["name"] for choice in found)

    async def story(scene: Scene) -> None:
        here = await court(scene)
        for option in ("source", "id"):
            assert await offered(here, here.insider, option, "memo") == ["Memo zinc-memo"]
            both = ["Memo cobalt-memo", "Memo zinc-memo"]
            assert await offered(here, here.insider, option, "memo", private=True) == both
            assert await offered(here, scene.asker, option, "memo", private=True) == both[1:]
        elsewhere = await here.stranger.autocomplete(here.other_channel, "cite", "id", "memo")
        assert elsewhere == []
        heading = ["Heading of cobalt-memo"]
        assert await offered(here, here.insider, "question", "heading of c") == []
        assert (
            await offered(here, here.insider, "question", "heading of c", private=True) == heading
        )
        assert await offered(here, scene.asker, "question", "cob", private=True) == []
        scene.setting(channels=[])  # now every answer is private
        assert await offered(here, here.insider, "question", "heading of c") == heading

    play(asked_often(tmp_path), story)


def test_an_id_that_may_not_be_seen_is_told_as_one_that_is_not_there(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        here = await court(scene)

        async def said(id_: str, **options: Any) -> str:
            cited = await scene.asker.slash(scene.channel, "cite", id=id_, **options)
            return body_of(response(cited)).replace(id_, "ID")

        for private in (True, False):
            for place in ("", "#1", "#9"):
                hidden = await said(f"cobalt-memo{place}", private=private)
                assert hidden == await said(f"cobalt-memx{place}", private=private)
        for source in ("cobalt-memo", "Memo cobalt-memo"):
            within = await here.ask(COBALT, scene.asker, source=source)
            assert within == f"No document is called {source}."

    play(asked_often(tmp_path), story)


def test_the_list_of_documents_counts_what_its_reader_may_see(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        here = await court(scene)
        for who, channel, documents in (
            (here.stranger, here.other_channel, 1),
            (scene.asker, scene.channel, 2),
            (here.insider, scene.channel, 3),
        ):
            listed = shown_of(response(await who.slash(channel, "sources")))
            assert f"Documents: {documents}, paragraphs: {documents}" in listed
            assert ("cobalt" in listed, "zinc" in listed) == (documents > 2, documents > 1)

    play(asked_often(tmp_path), story)


def test_moderators_alone_are_offered_all_documents_to_remove(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await court(scene)
        for who, names in (
            (scene.moderator, ["Memo cobalt-memo", "Memo zinc-memo"]),
            (scene.asker, []),
        ):
            found = await who.autocomplete(scene.channel, "remove", "source", "memo")
            assert sorted(choice["name"] for choice in found) == names
        asked = response(await scene.moderator.slash(scene.channel, "remove", source="cobalt-memo"))
        assert asked.ephemeral
        assert "Memo cobalt" in shown_of(asked)

    play(asked_often(tmp_path), story)


def test_a_message_is_asked_with_the_roles_of_who_asks_it(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        here = await court(scene)
        said = await scene.other.send(scene.channel, COBALT)
        for who, is_shown in ((here.insider, True), (scene.asker, False)):
            answer = response(await who.context_menu(scene.channel, "Ask the documents", said))
            assert answer.ephemeral
            assert ("51888" in shown_of(answer)) == is_shown

    play(asked_often(tmp_path), story)
