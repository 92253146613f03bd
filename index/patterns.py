"""Regular expressions that are compiled when they are first used.

Compiling all of them takes a tenth of a second, and a question needs few.
"""

import re
from typing import Any, cast


class _Lazily:
    """Stands for a pattern until something of it is asked for."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> Any:
        # What is asked for is kept, so this is not called for it again.
        found = getattr(re.compile(*self._source), name)
        setattr(self, name, found)
        return found


def lazily(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern that is compiled when it is first used. Raises re.error then."""
    return cast("re.Pattern[str]", _Lazily(pattern, flags))
