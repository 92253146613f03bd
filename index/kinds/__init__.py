"""What kind of answer a question asks for, what kinds a text holds, and whether they fit."""

from index.kinds.asking import asked
from index.kinds.holding import held
from index.kinds.kind import Kind, satisfies

__all__ = ["Kind", "asked", "held", "satisfies"]
