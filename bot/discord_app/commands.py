"""The slash commands and the message command: options in, one call each."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import discord
from discord import app_commands

from bot.discord_app import access, asking, moderating
from bot.discord_app.cards import help_card, privacy_card, sources_card
from bot.discord_app.fitting import shortened
from bot.discord_app.replying import DeskClient, Interaction, Reply, not_too_often, serve
from bot.discord_app.sights import Sight
from bot.discord_app.texts import texts

_LONGEST_QUESTION = 6000  # Discord's limit of a text option
_Choices = list[app_commands.Choice[str]]
_Tree = TypeVar("_Tree", bound=app_commands.CommandTree[Any])


def _text(key: str) -> app_commands.locale_str:
    """Return a text of the catalogues as discord.py translates it."""
    return app_commands.locale_str(texts("en").say(key), key=key)


def _is_public(interaction: Interaction) -> bool:
    return access.is_public(interaction.client.desk.settings.discord, interaction)


async def ask(
    interaction: Interaction,
    question: app_commands.Range[str, 1, _LONGEST_QUESTION],
    source: str | None = None,
    private: bool = False,
) -> None:
    """Answer a question."""

    async def work(reply: Reply) -> None:
        await asking.ask(reply, interaction, question, source)

    await serve(interaction, work, private=private or not _is_public(interaction))


async def _questions(interaction: Interaction, typed: str) -> _Choices:
    sight = await _sight_of_the_answer(interaction)
    found = sight.suggestions.for_question(typed)
    return [app_commands.Choice(name=text, value=text) for text in found]


async def _sources(interaction: Interaction, typed: str) -> _Choices:
    return _named((await _sight_of_the_answer(interaction)).suggestions.for_source(typed))


async def _sight_of_the_answer(interaction: Interaction) -> Sight:
    """Return what may be offered: what the answer could show, for all will read what is chosen."""
    is_private = interaction.namespace.private is True or not _is_public(interaction)
    reader = interaction.user if is_private else None
    return await interaction.client.desk.sight(access.badges(interaction.guild_id, reader))


async def _sources_to_remove(interaction: Interaction, typed: str) -> _Choices:
    desk = interaction.client.desk
    if not access.is_moderator(desk.settings.discord, interaction.user):
        return []
    return _named((await desk.sight_of_all()).suggestions.for_source(typed))


def _named(found: list[tuple[str, str]]) -> _Choices:
    return [app_commands.Choice(name=title, value=id_) for title, id_ in found]


async def sources(interaction: Interaction) -> None:
    """List the documents."""

    async def work(reply: Reply) -> None:
        not_too_often(interaction, presses=True)
        desk = interaction.client.desk
        documents = await reply.when_ready(desk.documents(reply.badges))
        await reply.send(sources_card(documents, desk.state, 1, reply.texts))

    await serve(interaction, work)


async def cite(
    interaction: Interaction,
    id_: app_commands.Range[str, 1, 500],
    private: bool = False,
) -> None:
    """Show a passage by its id."""

    async def work(reply: Reply) -> None:
        await asking.cite(reply, interaction, id_)

    await serve(interaction, work, private=private or not _is_public(interaction))


async def quote(
    interaction: Interaction,
    text: app_commands.Range[str, 1, _LONGEST_QUESTION],
    private: bool = False,
) -> None:
    """Say whether a text stands in the documents."""

    async def work(reply: Reply) -> None:
        await asking.quote(reply, interaction, text)

    await serve(interaction, work, private=private or not _is_public(interaction))


async def help_(interaction: Interaction) -> None:
    """Say what the bot can do."""

    async def work(reply: Reply) -> None:
        not_too_often(interaction, presses=True)
        settings = interaction.client.desk.settings.discord
        user = interaction.client.user
        name = user.display_name if user else ""
        await reply.send(
            help_card(
                reply.texts,
                bot=f"**@{shortened(name, 80)}**",
                is_public=_is_public(interaction),
                may_moderate=access.is_moderator(settings, interaction.user),
            )
        )

    await serve(interaction, work)


async def privacy(interaction: Interaction) -> None:
    """Say what is stored."""

    async def work(reply: Reply) -> None:
        not_too_often(interaction, presses=True)
        desk = interaction.client.desk
        entries = await reply.when_ready(desk.slowly(desk.ledger.held_of, interaction.user.id))
        days = desk.settings.discord.retention_days
        await reply.send(privacy_card(reply.texts, days=days, entries=entries))

    await serve(interaction, work)


async def reindex(
    interaction: Interaction,
    force: bool = False,
) -> None:
    """Bring the index in line with the documents."""

    async def work(reply: Reply) -> None:
        not_too_often(interaction, presses=True)
        await moderating.reindex(reply, interaction, force=force)

    await serve(interaction, work)


async def add(interaction: Interaction, file: discord.Attachment) -> None:
    """Add a document, or replace one."""

    async def work(reply: Reply) -> None:
        not_too_often(interaction, presses=True)
        await moderating.add(reply, interaction, file)

    await serve(interaction, work)


async def remove(interaction: Interaction, source: app_commands.Range[str, 1, 500]) -> None:
    """Take a document out."""

    async def work(reply: Reply) -> None:
        not_too_often(interaction, presses=True)
        await moderating.remove(reply, interaction, source)

    await serve(interaction, work)


async def pause(interaction: Interaction) -> None:
    """Answer no questions."""

    async def work(reply: Reply) -> None:
        not_too_often(interaction, presses=True)
        await moderating.pause(reply, interaction, paused=True)

    await serve(interaction, work)


async def resume(interaction: Interaction) -> None:
    """Answer questions again."""

    async def work(reply: Reply) -> None:
        not_too_often(interaction, presses=True)
        await moderating.pause(reply, interaction, paused=False)

    await serve(interaction, work)


async def unanswered(interaction: Interaction) -> None:
    """Show what is asked in vain."""

    async def work(reply: Reply) -> None:
        not_too_often(interaction, presses=True)
        await moderating.unanswered(reply, interaction)

    await serve(interaction, work)


async def ask_message(interaction: Interaction, message: discord.Message) -> None:
    """Ask what a message says; private, for its author did not ask for it."""

    async def work(reply: Reply) -> None:
        text = message.content
        if not text.strip():
            await reply.refuse("refused.no_text")
            return
        await asking.ask(reply, interaction, text, None)

    await serve(interaction, work, private=True)


_Command = app_commands.Command[Any, Any, None]
_Complete = Callable[[Interaction, str], Coroutine[Any, Any, _Choices]]


def _command(
    name: str,
    callback: Any,
    options: Mapping[str, str] = MappingProxyType({}),
    completes: Mapping[str, _Complete] = MappingProxyType({}),
) -> _Command:
    """Return a command; `options` are parameters with the names they have in the catalogues."""
    for parameter, option in options.items():
        app_commands.rename(**{parameter: _text(f"option.{option}.name")})(callback)
        app_commands.describe(**{parameter: _text(f"option.{option}.description")})(callback)
    command: _Command = app_commands.Command(
        name=_text(f"command.{name}.name"),
        description=_text(f"command.{name}.description"),
        callback=callback,
    )
    for parameter, complete in completes.items():
        command.autocomplete(parameter)(complete)
    return command


def _commands() -> list[_Command | app_commands.ContextMenu]:
    return [
        _command(
            "ask",
            ask,
            {"question": "question", "source": "source", "private": "private"},
            {"question": _questions, "source": _sources},
        ),
        _command("sources", sources),
        _command("cite", cite, {"id_": "id", "private": "private"}, {"id_": _sources}),
        _command("quote", quote, {"text": "text", "private": "private"}),
        _command("help", help_),
        _command("privacy", privacy),
        _command("reindex", reindex, {"force": "force"}),
        _command("add", add, {"file": "file"}),
        _command("remove", remove, {"source": "source"}, {"source": _sources_to_remove}),
        _command("pause", pause),
        _command("resume", resume),
        _command("unanswered", unanswered),
        app_commands.ContextMenu(name=_text("command.ask_message.name"), callback=ask_message),
    ]


def command_tree(client: DeskClient, kind: type[_Tree]) -> _Tree:
    """Return all commands, for servers and for people, in every place where they can be used."""
    tree = kind(
        client,
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        allowed_contexts=app_commands.AppCommandContext(
            guild=True, dm_channel=True, private_channel=True
        ),
    )
    for command in _commands():
        tree.add_command(command)
    return tree
