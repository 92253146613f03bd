"""What a running bot writes to standard error, without any secret.

Redaction works on the finished line, tracebacks included.
"""

import logging
import sys
from typing import TextIO

from bot.redaction import redacted


class RedactingFormatter(logging.Formatter):
    """Formats a record, then takes the secrets out of the line."""

    def __init__(self, *secrets: str) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the traceback if there is one."""
        return redacted(super().format(record), *self._secrets)


def log_to(stream: TextIO, *secrets: str, verbose: bool) -> None:
    """Send every record to a stream; discord.py's own from INFO on.

    At DEBUG it writes interaction tokens and the bodies of messages. What it says of its
    connections comes from WARNING on, unless more is asked for.
    """
    formatter = RedactingFormatter(*secrets)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True
    )
    for name in ("discord", "aiohttp", "asyncio"):
        logging.getLogger(name).setLevel(logging.INFO)
    for name in ("discord.client", "discord.gateway"):
        logging.getLogger(name).setLevel(logging.INFO if verbose else logging.WARNING)
    # An error that reaches the top would be printed past every handler.
    sys.excepthook = lambda kind, error, trace: logging.getLogger("policybot").critical(
        "The bot ends by an error of its own", exc_info=(kind, error, trace)
    )
