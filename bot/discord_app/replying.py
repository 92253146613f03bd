"""One interaction, one acknowledgement: every handler answers through a Reply.

Discord waits three seconds. What is ready within one is sent at once, which spares a request and
the sight of "thinking"; what takes longer is deferred first.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import aiohttp
import discord

from bot.discord_app import access
from bot.discord_app.cards import BODY_UNITS, PLAIN_BODY_UNITS, Card, notice
from bot.discord_app.fitting import shortened
from bot.discord_app.messages import message_parts
from bot.discord_app.texts import Texts, texts_for
from bot.errors import BotError, LedgerFailed, QuestionRefused, RebuildFailed, TooBusy
from index import PolicyIndexError

if TYPE_CHECKING:
    from bot.discord_app.cards import Button
    from bot.discord_app.desk import Desk
    from bot.discord_app.sights import Badges

_T = TypeVar("_T")
_DEFER_AFTER_SECONDS = 1.0
_GIVE_UP_SECONDS = 13 * 60.0  # Discord takes edits for 15 minutes
# What other people or Discord did in the meantime; nothing is left to be done about it.
_EXPECTED = {
    10003: "the channel is gone",
    10008: "the message is gone",
    10015: "the interaction's time is over",
    10062: "the interaction's three seconds were over",
    40060: "another process answered first; is the bot running twice?",
    50001: "the bot no longer sees the channel",
    50007: "the person takes no direct messages",
    50013: "a permission is missing",
    50027: "the interaction's time is over",
    50083: "the thread is archived",
    160002: "the message to reply to cannot be read",
    200000: "the server's own filter stopped the message",
}
# discord.py lets these through; a reset connection is retried by it only on some systems, and a
# limit that lasts longer than a minute is not waited for.
# Other errors of the system are those of a disk; whoever waits is told that something failed.
NETWORK_ERRORS = (aiohttp.ClientError, ConnectionError, discord.RateLimited)
_log = logging.getLogger("policybot.discord")


class DeskClient(discord.Client):
    """A client with the desk that its handlers work at."""

    desk: Desk
    make_button: Callable[[Button], discord.ui.Item[Any]]


Interaction: TypeAlias = discord.Interaction[DeskClient]


class GateClosed(Exception):
    """A person is not let through; `key` names the text that says why."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class Reply:
    """Answers one interaction: with a new message, or by changing the one with the button."""

    def __init__(
        self, interaction: Interaction, *, kind: Literal["new", "update"], private: bool
    ) -> None:
        """Take how the answer shall appear; what is private cannot change later."""
        self.interaction = interaction
        self.texts: Texts = texts_for(str(interaction.locale))
        self.private = private
        self._kind = kind
        self._deferred = False
        self._acknowledged = False

    @property
    def with_embed(self) -> bool:
        """Whether the answer can be an embed."""
        message = self.interaction.message
        if self._kind == "update" and message is not None:
            return bool(message.embeds)
        return self.interaction.guild_id is None or self.interaction.app_permissions.embed_links

    @property
    def badges(self) -> Badges:
        """What everybody has who will read the answer."""
        interaction = self.interaction
        return access.badges(interaction.guild_id, interaction.user if self.private else None)

    @property
    def room(self) -> int:
        """Units that the body of a card can have."""
        return BODY_UNITS if self.with_embed else PLAIN_BODY_UNITS

    async def when_ready(self, work: Awaitable[_T]) -> _T:
        """Wait for work; acknowledge before Discord's patience ends. Raises TimeoutError."""
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait({task}, timeout=_DEFER_AFTER_SECONDS)
        if not done:
            await self._defer()
            return await asyncio.wait_for(task, _GIVE_UP_SECONDS)
        return task.result()

    async def _defer(self) -> None:
        if self._acknowledged:
            return
        self._acknowledged = self._deferred = True
        if self._kind == "update":
            await self.interaction.response.defer()
        else:
            await self.interaction.response.defer(ephemeral=self.private, thinking=True)

    async def send(self, card: Card) -> None:
        """Show the card, once."""
        parts = message_parts(
            card, with_embed=self.with_embed, button=self.interaction.client.make_button
        )
        if self._deferred:
            await self.interaction.edit_original_response(**{"view": None, **parts})
        elif self._kind == "update":
            self._acknowledged = True
            await self.interaction.response.edit_message(**{"view": None, **parts})
        else:
            self._acknowledged = True
            await self.interaction.response.send_message(**parts, ephemeral=self.private)

    async def acknowledge(self) -> None:
        """Tell Discord that an answer is coming."""
        await self._defer()

    async def delete(self) -> None:
        """Delete the message with the button. Also works where the bot is not a member."""
        await self._defer()
        await self.interaction.delete_original_response()

    async def add(self, card: Card, *, private: bool) -> None:
        """Show another card below; only after the first."""
        parts = message_parts(
            card, with_embed=self.with_embed, button=self.interaction.client.make_button
        )
        await self.interaction.followup.send(**parts, ephemeral=private)

    def was_refused(self) -> None:
        """Take note that Discord did not take the answer, so that another can be given."""
        self._acknowledged = self.interaction.response.is_done()

    async def refuse(self, key: str, **values: object) -> None:
        """Say privately why not; what was deferred in public says it in public."""
        await self.refuse_with(self.texts.say(key, **values))

    async def refuse_with(self, text: str) -> None:
        """Say privately why not, in words that are put together already."""
        card = notice(text, tone="alarm")
        if self._kind == "new" and self._deferred:
            await self.send(card)
        elif self._acknowledged:
            await self.add(card, private=True)
        else:
            self._kind, self.private = "new", True
            await self.send(card)


async def serve(
    interaction: Interaction,
    work: Callable[[Reply], Awaitable[None]],
    *,
    kind: Literal["new", "update"] = "new",
    private: bool = True,
) -> None:
    """Do the work of one interaction; whatever goes wrong, its person hears of it, once."""
    desk = interaction.client.desk
    reply = Reply(interaction, kind=kind, private=private)
    try:
        async with desk.working():
            try:
                if desk.is_closing:
                    await reply.refuse("refused.restarting")
                else:
                    await work(reply)
            except GateClosed as exc:
                await reply.refuse(exc.key, **exc.values)
            except QuestionRefused:
                await reply.refuse("refused.empty", example=reply.texts.say("refused.example"))
            except TooBusy:
                await reply.refuse("refused.busy")
            except TimeoutError:
                await reply.refuse("refused.timeout")
            except LedgerFailed as exc:
                _log.warning("%s", exc)
                await reply.refuse("refused.ledger")
            except RebuildFailed as exc:
                said = shortened(" ".join(str(exc).split()), 1000)
                await reply.refuse_with(f"{reply.texts.say('moderation.rebuild_failed')}\n> {said}")
    except discord.HTTPException as exc:
        log_http(exc, interaction)
        if not is_expected(exc):
            reply.was_refused()
            await _told_of_failure(reply)
    except NETWORK_ERRORS as exc:
        _log.warning("Interaction %d: Discord could not be reached: %s", interaction.id, exc)
    except (BotError, PolicyIndexError) as exc:
        _log.error("Interaction %d: %s", interaction.id, exc)
        await _told_of_failure(reply)
    except Exception:  # noqa: BLE001 (a mistake of ours; the bot lives on and the person knows)
        if interaction.client.is_closed():
            _log.info("Interaction %d came too late to be answered", interaction.id)
            return
        _log.exception("Interaction %d failed", interaction.id)
        await _told_of_failure(reply)


async def _told_of_failure(reply: Reply) -> None:
    try:
        await reply.refuse("refused.failed")
    except discord.HTTPException as exc:
        log_http(exc, reply.interaction)
    except NETWORK_ERRORS as exc:
        _log.warning("Interaction %d: Discord could not be reached: %s", reply.interaction.id, exc)


def is_expected(exc: discord.HTTPException) -> bool:
    """Say whether nothing is left to be done about what Discord refused."""
    return exc.code in _EXPECTED


def log_http(exc: discord.HTTPException, event: Interaction | discord.Message) -> None:
    """Write down what Discord refused, by ids alone."""
    expected = _EXPECTED.get(exc.code)
    lag = (discord.utils.utcnow() - event.created_at).total_seconds()
    level = logging.WARNING if expected else logging.ERROR
    _log.log(
        level,
        "Event %d, %.1f s after it arose: Discord answered %d, code %d%s",
        event.id,
        lag,
        exc.status,
        exc.code,
        f": {expected}" if expected else "",
    )


def pass_gate(interaction: Interaction, *, presses: bool = False) -> None:
    """Let a person through unless the bot is paused or was asked too often. Raises GateClosed."""
    desk = interaction.client.desk
    if desk.is_paused and not access.is_moderator(desk.settings.discord, interaction.user):
        raise GateClosed("refused.paused")
    not_too_often(interaction, presses=presses)


def not_too_often(interaction: Interaction, *, presses: bool) -> None:
    """Count what a person asks for or presses. Raises GateClosed when it is too much."""
    desk = interaction.client.desk
    buckets = desk.presses if presses else desk.questions
    wait = buckets.take(interaction.user.id)
    if wait:
        raise GateClosed("refused.slow_down", most=buckets.capacity, seconds=math.ceil(wait))
