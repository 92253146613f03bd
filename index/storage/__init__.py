"""Generations on disk: published whole or not at all, verified before they are used.

What writes and checks them is loaded when it is first used: a question only opens one.
"""

import importlib
from typing import TYPE_CHECKING

from index.storage.generation import (
    Generation,
    Opened,
    generations,
    live_number,
    open_live,
    size_on_disk,
)
from index.storage.manifest import FORMAT, Manifest
from index.storage.rows import NewDocument, NewVersion, Rows, pack

if TYPE_CHECKING:
    from index.storage.checking import CheckedGeneration, check_all, damaged_generations
    from index.storage.lock import writing
    from index.storage.publishing import Contents, publish, repair, rollback

_HOMES = {
    "checking": ("CheckedGeneration", "check_all", "damaged_generations"),
    "lock": ("writing",),
    "publishing": ("Contents", "publish", "repair", "rollback"),
}

__all__ = [
    "FORMAT",
    "CheckedGeneration",
    "Contents",
    "Generation",
    "Manifest",
    "NewDocument",
    "NewVersion",
    "Opened",
    "Rows",
    "check_all",
    "damaged_generations",
    "generations",
    "live_number",
    "open_live",
    "pack",
    "publish",
    "repair",
    "rollback",
    "size_on_disk",
    "writing",
]


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"index.storage.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
