"""Errors of the bot, sorted by who must act; each message says what, where, and what to do next."""


class BotError(Exception):
    """Base of everything that `bot` raises on purpose."""


class SettingsRefused(BotError):
    """The settings file is wrong. Whoever wrote it acts."""


class FlagsRefused(BotError):
    """A flag does not fit the documents or another flag. Whoever typed it acts."""


class QuestionRefused(BotError):
    """The question cannot be asked as it is. Whoever asked acts."""
