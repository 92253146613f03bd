"""Questions written as messages: a mention, a direct message, a reply to an answer.

A message cannot be answered in private where it stands. Where the channel takes no public answers,
or the bot may not write, the answer goes to its author's direct messages, and if those are closed
a reaction says that there was one.
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.discord_app import access
from bot.discord_app.answer_cards import Presentation, answer_card
from bot.discord_app.asking import answer, note_of, question_from
from bot.discord_app.cards import BODY_UNITS, PLAIN_BODY_UNITS, Card, notice
from bot.discord_app.escaping import escaped
from bot.discord_app.messages import message_parts, press_of, question_of
from bot.discord_app.replying import NETWORK_ERRORS, DeskClient, GateClosed, is_expected, log_http
from bot.discord_app.texts import Texts, texts_for_question
from bot.errors import BotError, TooBusy
from index import PolicyIndexError

if TYPE_CHECKING:
    from bot.answering import Answer
    from bot.discord_app.desk import Desk

_WAIT, _PAUSED, _SENT, _CLOSED, _FAILED = "⏳", "⏸️", "📬", "📪", "⚠️"
_FEW_WORDS = 2
_NO_HISTORY = 160002  # the code of a reply to what the bot cannot see
_MENTION = re.compile(r"<@!?([0-9]{1,20})>")
_log = logging.getLogger("policybot.discord")


async def message_came(client: DeskClient, message: discord.Message) -> None:
    """Answer a message if it asks the bot; be silent otherwise."""
    if message.author.bot or message.webhook_id is not None or client.user is None:
        return
    is_direct = message.guild is None
    if not is_direct and client.user not in message.mentions:
        return
    if message.type not in (discord.MessageType.default, discord.MessageType.reply):
        return
    text = _without_mention(message.content, client.user.id)
    earlier = _followed_question(message, client.user.id)
    if not text and not is_direct and message.reference is not None:
        return  # a reply that only turned the mention on says nothing to the bot
    guild_locale = str(message.guild.preferred_locale) if message.guild else None
    texts = texts_for_question(text, guild_locale)
    desk = client.desk
    if desk.is_closing:
        return  # Discord will not send it again, but a reply could no longer be finished
    async with desk.working():
        try:
            await _answer(client, message, text, earlier, texts)
        except GateClosed as exc:
            card = notice(texts.say(exc.key, **exc.values))
            await _deliver(client, message, card, texts, is_public=_may_reply(desk, message))
        except TooBusy:
            await _react(message, _WAIT)
        except discord.HTTPException as exc:
            log_http(exc, message)
            if not is_expected(exc):
                await _react(message, _FAILED)
        except NETWORK_ERRORS as exc:
            _log.warning("Message %d: Discord could not be reached: %s", message.id, exc)
        except (BotError, PolicyIndexError) as exc:
            _log.error("Message %d: %s", message.id, exc)
            await _react(message, _FAILED)
        except Exception:  # noqa: BLE001 (a mistake of ours; the bot must live on)
            if client.is_closed():
                _log.info("Message %d came too late to be answered", message.id)
                return
            _log.exception("Message %d failed", message.id)
            await _react(message, _FAILED)


async def _answer(
    client: DeskClient, message: discord.Message, text: str, earlier: str | None, texts: Texts
) -> None:
    desk = client.desk
    author = message.author
    is_free = access.is_moderator(desk.settings.discord, author)
    if desk.questions.take(author.id):
        await _react(message, _WAIT)  # no words: who is too fast would make the bot write more
        return
    if desk.is_paused and not is_free:
        await _react(message, _PAUSED)
        return
    if not text:
        raise GateClosed("refused.empty", example=texts.say("refused.example"))
    room = BODY_UNITS if _may_embed(message) else PLAIN_BODY_UNITS
    question = question_from(text, room, earlier=earlier)
    is_public = _may_reply(desk, message)  # decided once: what it admits may not go elsewhere
    guild_id = message.guild.id if message.guild else None
    badges = access.badges(guild_id, None if is_public else author)
    found = await answer(desk, question, badges)
    if earlier is not None and _says_nothing(found.answer):
        return  # "thanks!" is no question, and Discord turns the mention on in every reply
    how = Presentation(asker=author.id, note=note_of(question, texts), room=room)
    card = answer_card(found.answer, how, texts, found.spelled)
    await _deliver(client, message, card, texts, is_public=is_public)
    await desk.note_unanswered(found.answer, author.id)


def _says_nothing(answer: Answer) -> bool:
    """Say whether a reply has no word of its own that any document has, and hardly any other."""
    own = [word for word in answer.query.words if not word.is_carried]
    known = {word.text for word in own} - set(answer.query.missing)
    return not known and len(own) <= _FEW_WORDS


async def _deliver(
    client: DeskClient, message: discord.Message, card: Card, texts: Texts, *, is_public: bool
) -> None:
    """Send a card as a reply if it `is_public` and the channel takes it, or to its author alone."""
    is_refused = False
    if is_public:
        parts = message_parts(card, with_embed=_may_embed(message), button=client.make_button)
        if _may_refer(message):
            parts["reference"] = message.to_reference(fail_if_not_exists=False)
        try:
            await message.channel.send(**parts, mention_author=False)
        except discord.HTTPException as exc:
            if exc.status != 403 and exc.code != _NO_HISTORY:
                raise
            log_http(exc, message)
            is_refused = True
        else:
            return
    place = escaped(f"#{getattr(message.channel, 'name', '')}")
    where = texts.say("answer.asked_in", place=place)
    card = replace(card, body=f"{where}\n{card.body}")
    parts = message_parts(card, with_embed=True, button=client.make_button)
    try:
        await message.author.send(**parts)
    except discord.Forbidden as exc:
        log_http(exc, message)
        await _react(message, _CLOSED)
    else:
        if not is_refused:  # one refusal is enough; too many of them and Discord bans the bot
            await _react(message, _SENT)


def _may_reply(desk: Desk, message: discord.Message) -> bool:
    if message.guild is None:
        return True
    if not access.answers_publicly(desk.settings.discord, message.channel, is_with_bot=False):
        return False
    permissions = message.channel.permissions_for(message.guild.me)
    return access.may_write(permissions, message.channel)


def _may_refer(message: discord.Message) -> bool:
    """Say whether the answer can be a reply: Discord wants the bot to see what it replies to."""
    if message.guild is None:
        return True
    return message.channel.permissions_for(message.guild.me).read_message_history


def _may_embed(message: discord.Message) -> bool:
    if message.guild is None:
        return True
    return message.channel.permissions_for(message.guild.me).embed_links


async def _react(message: discord.Message, emoji: str) -> None:
    if message.guild is not None:
        may = message.channel.permissions_for(message.guild.me)
        if not (may.view_channel and may.add_reactions and may.read_message_history):
            return
    try:
        await message.add_reaction(emoji)
    except discord.HTTPException as exc:
        log_http(exc, message)
    except NETWORK_ERRORS as exc:
        _log.warning("Message %d: Discord could not be reached: %s", message.id, exc)


def _without_mention(content: str, bot_id: int) -> str:
    kept = _MENTION.sub(lambda found: " " if int(found[1]) == bot_id else found[0], content)
    return " ".join(kept.split())


def _followed_question(message: discord.Message, bot_id: int) -> str | None:
    """Return the question of the answer that a message replies to."""
    replied = message.reference.resolved if message.reference else None
    if not isinstance(replied, discord.Message) or replied.author.id != bot_id:
        return None
    press = press_of(replied)
    if press is None or (press.action != "go" and not press.rank):
        return None  # a passage shown by its id, or a list: neither answers a question
    found = question_of(replied, is_long=press.is_long, follows=press.follows)
    return found[0] if found else None
