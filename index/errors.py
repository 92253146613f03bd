"""Errors of the index, sorted by who must act.

Every message says what is wrong, where, and what to do next; the command line prints it as it is.
"Nothing found" is an answer and therefore not here.
"""


class PolicyIndexError(Exception):
    """Base of everything that `index` raises on purpose."""


class DocumentRefused(PolicyIndexError):
    """A file cannot become a document; the message is its reason. The person with the file acts."""


class YamlRefused(PolicyIndexError):
    """YAML is not what it should be; the message starts with the line. Its author acts."""


class GlossaryRefused(PolicyIndexError):
    """The glossary is not what it should be; the message names file and line. Its author acts."""


class NoDocuments(PolicyIndexError):
    """There is nothing to build an index from. The person who named the folder acts."""


class BuildRefused(PolicyIndexError):
    """The rebuild would lose too much; nothing was changed. The person repeats it with --force."""


class ReadingFailed(PolicyIndexError):
    """No process can be started to read documents in. Whoever runs the machine acts."""


class IndexMissing(PolicyIndexError):
    """No index stands at the given place. Build one."""


class IndexOutdated(PolicyIndexError):
    """The index was made by an older format, analysis or ranking. Build it again."""

    def __init__(self, message: str, places: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.places = places  # what it was built from, where that is known


class IndexTooNew(PolicyIndexError):
    """The index was made by a newer version. Upgrade, or choose another folder."""


class IndexDamaged(PolicyIndexError):
    """A published file is not what was published. An earlier generation or a rebuild takes over."""

    def __init__(self, message: str, damaged: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.damaged = damaged  # file or folder name in the index -> what is wrong with it


class IndexBusy(PolicyIndexError):
    """Another rebuild holds the lock. Wait for it."""


class StorageFailed(PolicyIndexError):
    """The file system refused a write (full, read-only, no permission). Make room or rights."""
