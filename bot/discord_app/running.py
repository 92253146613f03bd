"""Run the bot until it is told to stop: one process an application, a clean end, no tight loops."""

from __future__ import annotations

import asyncio
import gc
import importlib.metadata
import logging
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING

import discord

from bot.discord_app.client import PolicyClient
from bot.discord_app.desk import Desk
from bot.discord_app.replying import NETWORK_ERRORS
from bot.errors import AlreadyRunning, DiscordRefused, LedgerFailed
from bot.ledger import Ledger
from bot.lines import counted
from index import AlreadyLocked, locked

if TYPE_CHECKING:
    from bot.assistant import Assistant
    from bot.settings import Settings
    from bot.token import Token

_FINISH_SECONDS = 10.0
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 60.0, 900.0
_LASTING_SECONDS = 600.0  # a session that lasted so long was no failed start
# Close codes of the gateway after which trying again cannot help (gateway documentation).
_FINAL_CODES = {
    4004: "the token is wrong",
    4010: "the shard is wrong",
    4011: "the bot is in too many servers for one connection",
    4012: "the version of the gateway is wrong",
    4013: "an intent is wrong",
    4014: "an intent is not allowed",
}
_log = logging.getLogger("policybot.discord")


def run_bot(settings: Settings, assistant: Assistant, token: Token) -> None:
    """Run until SIGTERM or SIGINT.

    Raises AlreadyRunning, DiscordRefused, LedgerFailed, and what opening the index raises.
    """
    with ExitStack() as held:
        file = settings.lock_of(token.application_id)
        try:
            settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
            held.enter_context(locked(file))
        except AlreadyLocked as exc:
            raise AlreadyRunning(
                f"The bot of application {token.application_id} is running already{exc.holder}. "
                "Two at once would answer every question twice. Stop that one first."
            ) from exc
        except OSError as exc:
            raise LedgerFailed(
                f"Cannot write to {settings.state}: {exc.filename or file}: {exc.strerror}. Make "
                "it writable, or make room."
            ) from exc
        asyncio.run(_run(settings, assistant, token))


async def _run(settings: Settings, assistant: Assistant, token: Token) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stopping = asyncio.create_task(stop.wait())
    ledger = Ledger(settings.ledger, settings.discord.retention_days)
    desk = Desk(settings, assistant, ledger)
    # What is there by now stays; without this, each full collection looks through all of it and
    # holds the loop up.
    gc.collect()
    gc.freeze()
    _log.info(
        "policybot %s answers from generation %d, %s%s",
        importlib.metadata.version("policybot"),
        desk.state.generation,
        counted(desk.state.documents, "document"),
        "; it is paused until /resume" if desk.is_paused else "",
    )
    wait = 0.0
    try:
        while not stop.is_set():
            began = loop.time()
            problem = await _session(desk, token, stopping)
            if not stop.is_set():
                # Starting again at once would use up the 1,000 identifications of a day, and
                # lengthen a ban for too many requests.
                wait = next_wait(wait, loop.time() - began)
                _log.error("No connection to Discord (%s); next try in %.0f s", problem, wait)
                await asyncio.wait({stopping}, timeout=wait)
    finally:
        stopping.cancel()
        desk.close()
    _log.info("Stopped")


def next_wait(before: float, lasted: float) -> float:
    """Return how long to wait after a session, by the wait before it and its length, in seconds."""
    if lasted >= _LASTING_SECONDS:
        return _FIRST_WAIT_SECONDS
    return min(max(before * 2, _FIRST_WAIT_SECONDS), _LONGEST_WAIT_SECONDS)


async def _session(desk: Desk, token: Token, stopping: asyncio.Task[object]) -> str:
    """Run a client until it ends or the bot is told to stop; return why. Raises DiscordRefused."""
    client = PolicyClient(desk)
    connected = asyncio.create_task(client.start(token.secret))
    await asyncio.wait({connected, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if stopping.done():
        _log.info("Stopping: finishing what is being answered")
        await client.finish(_FINISH_SECONDS)
        connected.cancel()
    try:
        await connected
    except asyncio.CancelledError:
        return "it was stopped"
    except discord.LoginFailure as exc:
        raise DiscordRefused(
            "Discord does not accept the token. Copy it anew from the Bot page of your "
            "application at https://discord.com/developers/applications"
        ) from exc
    except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as exc:
        code = getattr(exc, "code", 4014)
        raise DiscordRefused(
            f"Discord closed the connection for good: {_FINAL_CODES.get(code, code)}."
        ) from exc
    except (discord.HTTPException, discord.GatewayNotFound, TimeoutError, *NETWORK_ERRORS) as exc:
        return str(exc)
    finally:
        await client.close()
    return "the connection ended"
