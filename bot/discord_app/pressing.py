"""What happens when a button is pressed, also on an answer given by an earlier process."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Literal

import discord

from bot.discord_app import access, moderating
from bot.discord_app.answer_cards import (
    Presentation,
    answer_card,
    citation_card,
    context_card,
    why_card,
)
from bot.discord_app.asking import Question, answer
from bot.discord_app.cards import Button, Card, notice, privacy_card, sources_card
from bot.discord_app.messages import plain_button, question_of
from bot.discord_app.presses import Action, Press, read_press
from bot.discord_app.replying import GateClosed, Interaction, Reply, pass_gate, serve
from bot.discord_app.sights import Badges

_AROUND = 2  # paragraphs before and after
_ALWAYS = ("delete", "forget_me")  # what people may undo also while the bot is paused
_Kind = Literal["new", "update"]


class AnswerButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=re.compile(r"(?s:.+)")):
    """Every button of ours; its custom_id says all, so nothing need be kept in memory."""

    def __init__(self, item: discord.ui.Button[Any]) -> None:
        super().__init__(item)

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 (given by discord.py)
        item: discord.ui.Item[Any],
        match: re.Match[str],  # noqa: ARG003 (given by discord.py)
    ) -> AnswerButton:
        """Make the button that was pressed."""
        assert isinstance(item, discord.ui.Button)
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]  # our client
        """Do what the button says."""
        await pressed(interaction, self.custom_id)


def make_button(button: Button) -> discord.ui.Item[Any]:
    """Return a button of ours for a view."""
    return AnswerButton(plain_button(button))


async def pressed(interaction: Interaction, custom_id: str) -> None:
    """Do what a button says."""
    if not interaction.client.desk.is_new(interaction.id):
        return
    press = read_press(custom_id)
    if press is None:

        async def say_so(reply: Reply) -> None:
            await reply.refuse("changed.other_version")

        await serve(interaction, say_so)
        return
    kind, work = _WORK[press.action]
    if press.action == "go" and _is_somebody_elses(interaction, press):
        kind = "new"  # who turns the pages of another's answer gets a copy
    message = interaction.message

    async def checked(reply: Reply) -> None:
        if press.action not in _ALWAYS:
            pass_gate(interaction, presses=True)
        await work(reply, interaction, press)

    private = kind == "new" or bool(message and message.flags.ephemeral)
    await serve(interaction, checked, kind=kind, private=private)


def _is_private(interaction: Interaction) -> bool:
    return interaction.message is not None and interaction.message.flags.ephemeral


def _is_somebody_elses(interaction: Interaction, press: Press) -> bool:
    return not _is_private(interaction) and interaction.user.id != press.asker


async def _change_note(reply: Reply, press: Press) -> str:
    """Return what to say when the passage is not what the answer showed; nothing when it is."""
    desk = reply.interaction.client.desk
    found = await reply.when_ready(desk.look_up(press.subject, badges=reply.badges))
    if found is None:
        return reply.texts.say("changed.gone")
    now = found.named[0].digest
    if press.digest and press.digest != now:
        return reply.texts.say("changed.text", before=press.digest, now=now)
    return ""


def _question(reply: Reply, press: Press) -> tuple[str, str | None]:
    """Read the question of the answer that a button belongs to. Raises GateClosed."""
    message = reply.interaction.message
    found = message and question_of(message, is_long=press.is_long, follows=press.follows)
    if not found:
        raise GateClosed("changed.no_question")
    return found


async def _again(reply: Reply, press: Press, badges: Badges) -> Question:
    text, earlier = _question(reply, press)
    source = None
    if press.within:
        desk = reply.interaction.client.desk
        source = await reply.when_ready(desk.document(press.subject, badges))
        if source is None:  # never search more than was asked for
            raise GateClosed("changed.gone")
    return Question(text, was_longer=False, earlier=earlier, source=source)


async def _go(reply: Reply, interaction: Interaction, press: Press) -> None:
    """Show the passage of another rank."""
    # Only the asker turns the pages of a shared answer; others get a copy of their own.
    shared_by = interaction.user.display_name if press.is_shared and not reply.private else ""
    card = await _answer_at(reply, interaction, press, max(press.rank, 1), shared_by=shared_by)
    await reply.send(card)


async def _answer_at(
    reply: Reply,
    interaction: Interaction,
    press: Press,
    rank: int,
    *,
    is_private: bool | None = None,
    shared_by: str = "",
) -> Card:
    desk = interaction.client.desk
    private = reply.private if is_private is None else is_private
    badges = access.badges(interaction.guild_id, interaction.user if private else None)
    question = await _again(reply, press, badges)
    found = await reply.when_ready(answer(desk, question, badges))
    quotes = found.answer.quotes
    if private != reply.private:  # what all may see is ranked by itself
        rank = next((quote.rank for quote in quotes if quote.passage.id == press.subject), rank)
    rank = min(rank, max(1, len(quotes)))
    note = ""
    if quotes and press.digest and found.answer.state.generation != press.generation:
        note = await _change_note(reply, press)
        # The ranks may have moved with the index, and with them what "next" means.
        is_there = any(quote.passage.id == press.subject for quote in quotes)
        if (note and quotes[rank - 1].passage.id != press.subject) or not is_there:
            note = reply.texts.say("changed.moved")
    how = Presentation(
        rank=rank,
        asker=press.asker if not private else interaction.user.id,
        is_private=private,
        may_share=private and access.may_share(desk.settings.discord, interaction),
        source=question.source,
        in_full=not press.is_listed,
        note=note,
        shared_by=shared_by,
        room=reply.room,
    )
    return answer_card(found.answer, how, reply.texts, found.spelled)


async def _context(reply: Reply, interaction: Interaction, press: Press) -> None:
    """Show the paragraphs around a passage."""
    desk = interaction.client.desk
    found = await reply.when_ready(desk.look_up(press.subject, _AROUND, badges=reply.badges))
    if found is None:
        raise GateClosed("changed.gone")
    note = await _change_note(reply, press) if press.digest else ""
    card = context_card(
        found, reply.texts, note=note, generation=desk.state.generation, most=reply.room
    )
    await reply.send(card)


async def _why(reply: Reply, interaction: Interaction, press: Press) -> None:
    """Show why a passage was found."""
    desk = interaction.client.desk
    question = await _again(reply, press, reply.badges)
    found = await reply.when_ready(answer(desk, question, reply.badges))
    note = await _change_note(reply, press)
    asked = await reply.when_ready(desk.look_up(press.subject, badges=reply.badges))
    id_ = asked.named[0].id if asked else press.subject
    quotes = found.answer.quotes
    quote = next((quote for quote in quotes if quote.passage.id == id_), None)
    if quote is None:
        await reply.refuse_with(note or reply.texts.say("changed.moved"))
        return
    await reply.send(why_card(found.answer, quote, reply.texts, note=note))


async def _rate(reply: Reply, interaction: Interaction, press: Press) -> None:
    """Store what a person thinks of a passage as an answer."""
    desk, message = interaction.client.desk, interaction.message
    changed = await reply.when_ready(
        desk.slowly(
            desk.ledger.rate,
            answer=message.id if message else interaction.id,
            passage=press.subject,
            digest=press.digest,
            generation=press.generation,
            person=interaction.user.id,
            verdict="helpful" if press.action == "helpful" else "not_helpful",
        )
    )
    await reply.send(notice(reply.texts.say("feedback.stored" if changed else "feedback.same")))


async def _share(reply: Reply, interaction: Interaction, press: Press) -> None:
    """Post a private answer where it was asked for, under the asker's name."""
    settings = interaction.client.desk.settings.discord
    if not access.may_share(settings, interaction):
        is_public = access.is_public(settings, interaction)
        raise GateClosed("share.no_permission" if is_public else "share.not_here")
    await _require_for_all(reply, press)
    shared_by = interaction.user.display_name
    if press.rank:
        public = await _answer_at(
            reply, interaction, press, press.rank, is_private=False, shared_by=shared_by
        )
        kept = await _answer_at(reply, interaction, press, press.rank)
    else:
        public, kept = await _shared_passage(reply, interaction, press, shared_by)
    await reply.acknowledge()
    try:
        await reply.add(public, private=False)
    except discord.Forbidden:
        raise GateClosed("share.no_permission") from None
    unshared = tuple(
        tuple(button for button in row if button.press.action != "share") for row in kept.rows
    )
    await reply.send(replace(kept, rows=tuple(row for row in unshared if row)))


async def _require_for_all(reply: Reply, press: Press) -> None:
    """Raise GateClosed unless all who read the channel may see what would be shared."""
    desk = reply.interaction.client.desk
    mine = await reply.when_ready(desk.look_up(press.subject, badges=reply.badges))
    of_all = access.badges(reply.interaction.guild_id, None)
    if mine and not await reply.when_ready(desk.look_up(press.subject, badges=of_all)):
        raise GateClosed("share.not_for_all")


async def _shared_passage(
    reply: Reply, interaction: Interaction, press: Press, shared_by: str
) -> tuple[Card, Card]:
    """Return the public and the private card of a passage that was asked for by its id."""
    desk = interaction.client.desk
    of_all = access.badges(interaction.guild_id, None)
    found = await reply.when_ready(desk.look_up(press.subject, badges=of_all))
    if found is None:
        raise GateClosed("changed.gone")
    how = Presentation(
        asker=interaction.user.id,
        note=await _change_note(reply, press),
        shared_by=shared_by,
        room=reply.room,
    )
    generation = desk.state.generation
    passage = found.named[0]
    return (
        citation_card(passage, how, reply.texts, generation),
        citation_card(
            passage, replace(how, is_private=True, shared_by=""), reply.texts, generation
        ),
    )


async def _delete(reply: Reply, interaction: Interaction, press: Press) -> None:
    """Delete an answer, for who asked for it and for who may manage messages."""
    if interaction.user.id != press.asker and not interaction.permissions.manage_messages:
        raise GateClosed("delete.not_yours")
    await reply.delete()


async def _sources(reply: Reply, interaction: Interaction, press: Press) -> None:
    """Show another page of the list of documents."""
    desk = interaction.client.desk
    documents = await reply.when_ready(desk.documents(reply.badges))
    page = int(press.subject) if press.subject.isdecimal() else 1
    await reply.send(sources_card(documents, desk.state, page, reply.texts))


async def _forget_me(reply: Reply, interaction: Interaction, press: Press) -> None:  # noqa: ARG001 (as all of them)
    """Delete what is stored of a person."""
    desk = interaction.client.desk
    deleted = await reply.when_ready(desk.slowly(desk.ledger.forget, interaction.user.id))
    card = privacy_card(reply.texts, days=desk.settings.discord.retention_days, entries=0)
    text = reply.texts.say("privacy.forgotten", entries=deleted)
    await reply.send(replace(card, body=f"**{text}**\n{card.body}"))


_Work = Callable[[Reply, Interaction, Press], Awaitable[None]]
_WORK: dict[Action, tuple[_Kind, _Work]] = {
    "go": ("update", _go),
    "context": ("new", _context),
    "move": ("update", _context),
    "why": ("new", _why),
    "helpful": ("new", _rate),
    "not_helpful": ("new", _rate),
    "share": ("update", _share),
    "delete": ("update", _delete),
    "sources": ("update", _sources),
    "forget_me": ("update", _forget_me),
    "add": ("update", moderating.confirm_add),
    "remove": ("update", moderating.confirm_remove),
    "cancel": ("update", moderating.cancel),
}
