"""Run the policybot command against a loopback Discord that another process serves.

LOOPBACK_REST and LOOPBACK_GATEWAY name the two addresses; `LoopbackDiscord.environment` has them:

    subprocess.Popen(
        [sys.executable, "tests/run_against_loopback.py", "discord"],
        env={**os.environ, **server.environment, "DISCORD_TOKEN": server.token},
    )
"""

import os
import sys

import yarl

import bot.discord_app  # noqa: F401 (it imports discord past a warning that may be an error here)


def main() -> int:
    import discord.gateway
    import discord.http

    discord.http.Route.BASE = os.environ["LOOPBACK_REST"]
    gateway = yarl.URL(os.environ["LOOPBACK_GATEWAY"])
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway
    from bot.cli import main as policybot

    return policybot(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
