"""Documents in, ranked passages out. Knows nothing of bot, Discord, terminal or environment.

This is the public door: what is named here is what `bot` may use. Names are loaded when they are
first used, so that a command which only prints help does not wait for numpy.
"""

import importlib

TYPE_CHECKING = False  # that of typing costs a process that asks one question six milliseconds
if TYPE_CHECKING:
    from index.analysis import CJK_STOP_CHARACTERS as CJK_STOP_CHARACTERS
    from index.analysis import find as find
    from index.bm25 import VARIANTS as VARIANTS
    from index.bm25 import Bm25 as Bm25
    from index.build import OnProgress as OnProgress
    from index.build import rebuild as rebuild
    from index.confidence import Outcome as Outcome
    from index.confidence import confidence_of as confidence_of
    from index.confidence import outcome_of as outcome_of
    from index.confidence import shares_of as shares_of
    from index.dates import is_date as is_date
    from index.differing import Difference as Difference
    from index.differing import differences as differences
    from index.errors import BuildRefused as BuildRefused
    from index.errors import GlossaryRefused as GlossaryRefused
    from index.errors import IndexBusy as IndexBusy
    from index.errors import IndexDamaged as IndexDamaged
    from index.errors import IndexMissing as IndexMissing
    from index.errors import IndexOutdated as IndexOutdated
    from index.errors import NoDocuments as NoDocuments
    from index.errors import PolicyIndexError as PolicyIndexError
    from index.errors import YamlRefused as YamlRefused
    from index.evaluation import AskedQuestion as AskedQuestion
    from index.evaluation import Comparison as Comparison
    from index.evaluation import Evaluation as Evaluation
    from index.evaluation import compare_runs as compare_runs
    from index.evaluation import evaluate as evaluate
    from index.evaluation import read_collections as read_collections
    from index.evaluation import read_run as read_run
    from index.evaluation import write_run as write_run
    from index.folder import document_id as document_id
    from index.kinds.holding import held as held
    from index.kinds.kind import satisfies as satisfies
    from index.locking import AlreadyLocked as AlreadyLocked
    from index.locking import locked as locked
    from index.opening import IndexStatus as IndexStatus
    from index.opening import OpenedAsOf as OpenedAsOf
    from index.opening import OpenedSearcher as OpenedSearcher
    from index.opening import check as check
    from index.opening import live_generation as live_generation
    from index.opening import open_as_of as open_as_of
    from index.opening import open_searcher as open_searcher
    from index.opening import roll_back as roll_back
    from index.opening import status as status
    from index.readers import SUFFIXES as SUFFIXES
    from index.records import BuildReport as BuildReport
    from index.records import Document as Document
    from index.records import Found as Found
    from index.records import Hit as Hit
    from index.records import IndexState as IndexState
    from index.records import Passage as Passage
    from index.records import Query as Query
    from index.records import QuoteCheck as QuoteCheck
    from index.records import QuoteMatch as QuoteMatch
    from index.records import Refused as Refused
    from index.records import Version as Version
    from index.searcher import Filter as Filter
    from index.searcher import Searcher as Searcher
    from index.sentences import sentence_spans as sentence_spans
    from index.storage.checking import CheckedGeneration as CheckedGeneration
    from index.versions import RETENTION_DAYS as RETENTION_DAYS
    from index.versions import between as between
    from index.versions import starts as starts
    from index.word_diff import Piece as Piece
    from index.yaml_text import YamlMapping as YamlMapping
    from index.yaml_text import YamlValue as YamlValue
    from index.yaml_text import parse_yaml as parse_yaml

_HOMES = {
    "analysis": ("CJK_STOP_CHARACTERS", "find"),
    "bm25": ("VARIANTS", "Bm25"),
    "build": ("OnProgress", "rebuild"),
    "confidence": ("Outcome", "confidence_of", "outcome_of", "shares_of"),
    "dates": ("is_date",),
    "differing": ("Difference", "differences"),
    "errors": (
        "BuildRefused",
        "GlossaryRefused",
        "IndexBusy",
        "IndexDamaged",
        "IndexMissing",
        "IndexOutdated",
        "NoDocuments",
        "PolicyIndexError",
        "YamlRefused",
    ),
    "evaluation": (
        "AskedQuestion",
        "Comparison",
        "Evaluation",
        "compare_runs",
        "evaluate",
        "read_collections",
        "read_run",
        "write_run",
    ),
    "folder": ("document_id",),
    "kinds.holding": ("held",),
    "kinds.kind": ("satisfies",),
    "locking": ("AlreadyLocked", "locked"),
    "opening": (
        "IndexStatus",
        "OpenedAsOf",
        "OpenedSearcher",
        "check",
        "live_generation",
        "open_as_of",
        "open_searcher",
        "roll_back",
        "status",
    ),
    "records": (
        "BuildReport",
        "Document",
        "Found",
        "Hit",
        "IndexState",
        "Passage",
        "Query",
        "QuoteCheck",
        "QuoteMatch",
        "Refused",
        "Version",
    ),
    "readers": ("SUFFIXES",),
    "searcher": ("Filter", "Searcher"),
    "sentences": ("sentence_spans",),
    "storage.checking": ("CheckedGeneration",),
    "versions": ("RETENTION_DAYS", "between", "starts"),
    "word_diff": ("Piece",),
    "yaml_text": ("YamlMapping", "YamlValue", "parse_yaml"),
}

__all__ = sorted(name for names in _HOMES.values() for name in names)


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"index.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
