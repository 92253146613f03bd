"""The kinds of answer, and how far what a text holds fits what a question asks for.

Questions and texts are judged by how they are written, not understood: the degree is a hint for
ordering passages that the words of the question have found already. It abstains (None) where the
answer has no form of its own: a place, a manner, a yes or no.
"""

from collections.abc import Collection
from enum import IntFlag
from typing import Final


class Kind(IntFlag):
    """A kind of answer; what a text holds is their sum and fits into 16 bits."""

    PERSON = 1  # somebody by name, with a role or as a speaker
    DATE = 2
    DURATION = 4
    AMOUNT = 8  # a number with its unit or magnitude
    MONEY = 16
    PERCENT = 32
    LIST = 64  # three items or more
    REASON = 128  # a cause or a purpose
    PLACE = 256  # this and the following are only asked for, never held
    MANNER = 512
    YES_NO = 1024
    LONG_LIST = 2048  # held only: six items or more


_FIGURE = Kind.AMOUNT | Kind.MONEY | Kind.PERCENT
# What a text may hold for each kind, and how far that answers; the best one counts.
_FITS: Final[dict[Kind, tuple[tuple[int, float], ...]]] = {
    Kind.PERSON: ((Kind.PERSON.value, 1.0),),
    Kind.DATE: ((Kind.DATE.value, 1.0),),
    Kind.DURATION: ((Kind.DURATION.value, 1.0),),
    Kind.AMOUNT: ((_FIGURE.value, 1.0),),
    Kind.MONEY: ((Kind.MONEY.value, 1.0),),
    Kind.PERCENT: ((Kind.PERCENT.value, 1.0), (_FIGURE.value, 0.5)),  # "1.5-fold", "by £14"
    Kind.LIST: ((Kind.LONG_LIST.value, 1.0), (Kind.LIST.value, 0.4)),
    Kind.REASON: ((Kind.REASON.value, 1.0),),
}


def satisfies(asked: Collection[Kind], flags: int) -> float | None:
    """Return to what degree (0..1) what a text holds fits what is asked; of several, the mean.

    None: nothing that is asked has a form that could be looked for.
    """
    degrees = [
        max((degree for fitting, degree in _FITS[kind] if flags & fitting), default=0.0)
        for kind in asked
        if kind in _FITS
    ]
    return sum(degrees) / len(degrees) if degrees else None
