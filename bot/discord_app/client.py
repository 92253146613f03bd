"""The client: what is set up once, which events are heard, and which are heard twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

import discord

from bot.discord_app.commands import command_tree
from bot.discord_app.mentioned import message_came
from bot.discord_app.pressing import AnswerButton, make_button
from bot.discord_app.replying import DeskClient, Reply, serve
from bot.discord_app.translating import CatalogueTranslator
from bot.errors import LedgerFailed
from bot.lines import counted

if TYPE_CHECKING:
    from discord import app_commands

    from bot.discord_app.desk import Desk

_log = logging.getLogger("policybot.discord")


class PolicyClient(DeskClient):
    """Hears commands, buttons, and messages that mention the bot or are written to it."""

    def __init__(self, desk: Desk) -> None:
        """Take the desk. No privileged intent is asked for, and no message is cached."""
        super().__init__(
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=60.0,
        )
        self.desk = desk
        self.make_button = make_button
        self.tree = _Tree.of(self)
        self._keeping_up: asyncio.Task[None] | None = None

    async def setup_hook(self) -> None:
        """Do once what must be done once, before the connection is there."""
        self.add_dynamic_items(AnswerButton)
        await self.tree.set_translator(CatalogueTranslator())
        await self._sync_commands()
        self._keeping_up = asyncio.create_task(self.desk.keep_up(), name="keep up")

    async def on_ready(self) -> None:
        """Tell; comes again whenever a connection could not be resumed."""
        _log.info("Ready as %s in %s", self.user, counted(len(self.guilds), "server"))

    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that asks."""
        if self.desk.is_new(message.id):
            await message_came(self, message)

    async def finish(self, within_seconds: float) -> None:
        """Stop taking questions, finish those at work, disconnect."""
        await self.desk.finish(within_seconds)
        await self.close()

    async def close(self) -> None:
        """Disconnect, and end what runs beside."""
        if self._keeping_up is not None:
            self._keeping_up.cancel()
            await asyncio.gather(self._keeping_up, return_exceptions=True)
            self._keeping_up = None
        await super().close()

    async def _sync_commands(self) -> None:
        """Tell Discord the commands if they are not those it was told last.

        A server takes 200 new commands a day; a bot that restarts in a loop would use them up.
        """
        payload = await self.tree.payload()
        spelled = json.dumps([self.application_id, payload], sort_keys=True).encode()
        digest = hashlib.sha256(spelled).hexdigest()
        ledger = self.desk.ledger
        try:
            if await self.desk.slowly(ledger.recall, "commands") == digest:
                return
            await self.tree.sync()
            await self.desk.slowly(ledger.keep, "commands", digest)
        except (discord.HTTPException, LedgerFailed) as exc:
            _log.error(
                "The commands could not be told to Discord; the next start tries again: %s", exc
            )
        else:
            _log.info("Told Discord the commands")


class _Tree(discord.app_commands.CommandTree[PolicyClient]):
    """A tree that hears every interaction once."""

    @classmethod
    def of(cls, client: PolicyClient) -> _Tree:
        return command_tree(client, cls)

    async def interaction_check(self, interaction: discord.Interaction[PolicyClient]) -> bool:
        """Let each interaction through once."""
        return interaction.client.desk.is_new(interaction.id)

    async def on_error(
        self,
        interaction: discord.Interaction[PolicyClient],
        error: app_commands.AppCommandError,
    ) -> None:
        """Write down what went wrong before or beside a command's own work, and say so."""
        _log.error("Interaction %d failed: %s", interaction.id, error, exc_info=error.__cause__)

        async def say_so(reply: Reply) -> None:
            await reply.refuse("refused.outdated")

        if not interaction.response.is_done():
            await serve(interaction, say_so)

    async def payload(self) -> list[dict[str, Any]]:
        """Return what Discord would be told."""
        assert self.translator is not None
        return [
            await command.get_translated_payload(self, self.translator)
            for command in self.get_commands()
        ]
