"""Zeros that a question writes into and leaves as zeros, so that none makes them anew."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

_Kind = TypeVar("_Kind", bound=np.generic)


class Scratch(Generic[_Kind]):
    """Lends each thread zeros of its own."""

    def __init__(self, size: int, kind: type[_Kind]) -> None:
        """Take how many zeros there shall be."""
        self._size = size
        self._kind = kind
        self._own = threading.local()

    @contextmanager
    def lent(self) -> Iterator[npt.NDArray[_Kind]]:
        """Lend zeros, (size,), which have to be zeros again at the end.

        A question that is broken off does not give them back, so what it wrote is in no other's
        way.
        """
        known: npt.NDArray[Any] | None = self._own.__dict__.pop("zeros", None)
        zeros = np.zeros(self._size, dtype=self._kind) if known is None else known
        yield zeros
        self._own.zeros = zeros
