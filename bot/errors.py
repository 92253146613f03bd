"""Errors of the bot, sorted by who must act; each message says what, where, and what to do next."""


class BotError(Exception):
    """Base of everything that `bot` raises on purpose."""


class SettingsRefused(BotError):
    """Settings or flags are wrong. Whoever wrote them acts."""


class QuestionRefused(BotError):
    """The question cannot be asked as it is. Whoever asked acts."""
