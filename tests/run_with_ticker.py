"""Run the policybot command as `run_against_loopback.py` does, and time the bot's event loop.

A tick is due every ten milliseconds. When the bot ends, two floats a tick are written to the file
that LOOP_LAGS names: when it was due (monotonic seconds), and how many seconds late it came. Ticks
that a busy loop held up all count when they come: a second's standstill counts a hundred times.
LOOK_EVERY_SECONDS is how often the bot looks for a newer index; without it, as often as always.
"""

import asyncio
import os
import sys
from array import array
from functools import partial
from pathlib import Path
from unittest.mock import patch

import run_against_loopback

TICK_SECONDS = 0.01


class Ticker:
    """Notes how late a loop is for what is due."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.ticks = array("d")  # due, late, due, late ...
        self._loop = loop
        self._due = loop.time() + TICK_SECONDS
        loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        now = self._loop.time()
        while self._due <= now:
            self.ticks.extend((self._due, now - self._due))
            self._due += TICK_SECONDS
        self._loop.call_at(self._due, self._tick)


def main() -> int:
    from bot.discord_app import client, desk, running

    tickers: list[Ticker] = []

    class TimedClient(client.PolicyClient):
        async def setup_hook(self) -> None:
            tickers.append(Ticker(asyncio.get_running_loop()))
            await super().setup_hook()

    look_every = os.environ.get("LOOK_EVERY_SECONDS")
    as_told = partial(desk.Desk, look_every_seconds=float(look_every)) if look_every else desk.Desk
    try:
        with (
            patch.object(running, "PolicyClient", TimedClient),
            patch.object(running, "Desk", as_told),
        ):
            return run_against_loopback.main()
    finally:
        ticks = b"".join(ticker.ticks.tobytes() for ticker in tickers)
        Path(os.environ["LOOP_LAGS"]).write_bytes(ticks)


if __name__ == "__main__":
    sys.exit(main())
