"""How well questions of a test collection are answered, and how honestly they are refused."""

from index.evaluation.asking import AskedQuestion, Evaluation, evaluate
from index.evaluation.collection import (
    Collection,
    Question,
    Unanswerable,
    read_collections,
)
from index.evaluation.comparing import Comparison, Difference, compare_runs
from index.evaluation.in_memory import searcher_over
from index.evaluation.lines import CollectionRefused
from index.evaluation.measures import MEASURES
from index.evaluation.saving import Run, read_run, write_run

__all__ = [
    "MEASURES",
    "AskedQuestion",
    "Collection",
    "CollectionRefused",
    "Comparison",
    "Difference",
    "Evaluation",
    "Question",
    "Run",
    "Unanswerable",
    "compare_runs",
    "evaluate",
    "read_collections",
    "read_run",
    "searcher_over",
    "write_run",
]
