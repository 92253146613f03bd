"""Generations on disk: published whole or not at all, verified before they are used."""

from index.storage.checking import CheckedGeneration, check_all, damaged_generations
from index.storage.generation import (
    Generation,
    Opened,
    generations,
    live_number,
    open_live,
    size_on_disk,
)
from index.storage.lock import writing
from index.storage.manifest import FORMAT, Manifest
from index.storage.publishing import Contents, publish, repair, rollback
from index.storage.rows import NewDocument, NewVersion, Rows, pack

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
