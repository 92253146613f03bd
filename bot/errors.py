"""Errors of the bot, sorted by who must act; each message says what, where, and what to do next."""


class BotError(Exception):
    """Base of everything that `bot` raises on purpose."""


class SettingsRefused(BotError):
    """The settings file is wrong. Whoever wrote it acts."""


class FlagsRefused(BotError):
    """A flag does not fit the documents or another flag. Whoever typed it acts."""


class QuestionRefused(BotError):
    """The question cannot be asked as it is. Whoever asked acts."""


class TokenRefused(BotError):
    """There is no usable Discord token. Whoever runs the bot acts."""


class AlreadyRunning(BotError):
    """Another process runs the bot of the same application. Whoever started it twice acts."""


class DiscordRefused(BotError):
    """Discord does not let the bot in. Whoever owns the application acts."""


class LedgerFailed(BotError):
    """Feedback could not be stored or deleted. Whoever runs the bot makes room."""


class TooBusy(BotError):
    """More questions wait than can be answered soon. Whoever asked tries again."""


class RebuildFailed(BotError):
    """The child process that rebuilds said why it could not. Whoever runs the bot acts."""


class WatchFailed(BotError):
    """The system does not tell of changes. Whoever runs the watch raises its limits."""


class FileRefused(BotError):
    """A file that was handed in cannot become a document. Whoever sent it acts."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(f"{reason} {values}")
        self.reason = reason  # which text of the catalogues says why, and what is put into it
        self.values = values
