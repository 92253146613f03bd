"""Answers, sources and build reports to the JSON that scripts rely on."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.answering import Answer, Quote, Span
    from bot.differences import DatedVersion
    from bot.evaluating import EvaluationReport
    from index import (
        AskedQuestion,
        BuildReport,
        Comparison,
        Difference,
        Document,
        Passage,
        QuoteCheck,
    )


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return the object that `ask --json` prints."""
    return {
        "question": answer.question,
        "outcome": answer.outcome,
        "confidence": round(answer.confidence, 4),
        "missing_terms": list(answer.query.missing),
        "expansions": {word: list(others) for word, others in answer.query.expansions.items()},
        "suggestions": list(answer.suggestions),
        "passages": [_quote_json(quote) for quote in answer.quotes],
        "index": {
            "generation": answer.state.generation,
            "documents": answer.state.documents,
            "passages": answer.state.passages,
            "built_at": answer.state.built_at,
        },
        "elapsed_ms": round(answer.elapsed_ms, 3),
        "as_of": answer.state.as_of,
    }


def _quote_json(quote: Quote) -> dict[str, Any]:
    passage = quote.passage

    def listed(spans: Sequence[Span]) -> list[list[int]]:
        return [list(span) for span in spans]

    return {
        "rank": quote.rank,
        "score": quote.score,
        "id": passage.id,
        "digest": passage.digest,
        "introduction": list(passage.introduction),
        "text": passage.text,
        "highlights": listed(quote.highlights),
        "best_sentence": list(quote.best_sentence),
        "matched_terms": list(quote.matched_terms),
        "superseded_by": list(quote.superseded_by),
        "citation": _citation_json(passage),
    }


def _citation_json(passage: Passage) -> dict[str, Any]:
    return {
        "document": passage.document.id,
        "title": passage.document.title,
        "publisher": passage.document.publisher,
        "date": passage.document.date,
        "heading": list(passage.heading),
        "paragraph": passage.paragraph,
        "page": passage.page,
        "path": passage.document.path,
        "url": passage.document.url,
    }


def quote_check_json(check: QuoteCheck) -> dict[str, Any]:
    """Return the object that `quote --json` prints; places in `text` are code points."""
    return {
        "text": check.text,
        "outcome": check.outcome,
        "runs_on": check.runs_on,
        "gaps": [list(gap) for gap in check.gaps],
        "matches": [
            {
                "id": match.passage.id,
                "digest": match.passage.digest,
                "part": match.part,
                "text": match.text,
                "asked": [match.asked_start, match.asked_end],
                "diff": [piece._asdict() for piece in match.diff],
                "citation": _citation_json(match.passage),
            }
            for match in check.matches
        ],
    }


def sources_json(
    documents: Sequence[tuple[Document, int]], superseded_by: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """Return the list that `sources --json` prints."""
    return [
        {
            "id": document.id,
            "title": document.title,
            "date": document.date,
            "paragraphs": paragraphs,
            "path": document.path,
            "url": document.url,
            "superseded_by": list(superseded_by.get(document.id, ())),
        }
        for document, paragraphs in documents
    ]


def difference_json(
    document_id: str,
    old: DatedVersion | None,
    new: DatedVersion | None,
    difference: Difference | None,
) -> dict[str, Any]:
    """Return the object that `diff --json` prints."""
    return {
        "document": document_id,
        "from": _version_json(old),
        "to": _version_json(new),
        "metadata": [asdict(change) for change in difference.metadata] if difference else [],
        "headings": [list(change) for change in difference.headings] if difference else [],
        "paragraphs": [
            {
                "kind": change.kind,
                "from": change.old,
                "to": change.new,
                "pieces": [piece._asdict() for piece in change.pieces],
            }
            for change in (difference.paragraphs if difference else ())
        ],
    }


def _version_json(dated: DatedVersion | None) -> dict[str, Any] | None:
    if dated is None:
        return None
    return {
        "version": dated.version.number,
        "in_force_from": dated.start,
        "first_seen": dated.version.first_seen,
        "last_seen": dated.version.last_seen,
    }


def report_json(report: BuildReport) -> dict[str, Any]:
    """Return the object that `index build --json` prints."""
    return {
        "generation": report.generation,
        "added": list(report.added),
        "changed": list(report.changed),
        "unchanged": report.unchanged,
        "removed": list(report.removed),
        "refused": [refused._asdict() for refused in report.refused],
        "documents": report.documents,
        "passages": report.passages,
        "seconds": round(report.seconds, 3),
        "notes": list(report.notes),
    }


def evaluation_json(report: EvaluationReport) -> dict[str, Any]:
    """Return the object that `eval --json` prints for a collection."""
    evaluation, comparison = report.evaluation, report.comparison
    reliability = evaluation.reliability
    return {
        "collection": evaluation.collection,
        "passages": evaluation.passages,
        "questions": len(evaluation.asked),
        **_rounded(evaluation.measures),
        "refusal": {
            kind: {
                "questions": refusal.questions,
                "auroc": round(refusal.auroc, 6),
                "refused_at_95": round(refusal.refused_at_95, 6),
            }
            for kind, refusal in evaluation.refusal.items()
        },
        "ms_p50": round(evaluation.ms_p50, 3),
        "ms_p99": round(evaluation.ms_p99, 3),
        "outcomes": evaluation.outcomes,
        "calibration": {
            "error": round(reliability.error, 6),
            "bins": [_rounded(asdict(bin_)) for bin_ in reliability.bins],
        },
        "plain": None if evaluation.plain is None else _rounded(evaluation.plain),
        "comparison": _comparison_json(comparison) if comparison else None,
        "failures": [
            _failure_json(failure, evaluation.relevant_texts) for failure in report.failures
        ],
    }


def _comparison_json(comparison: Comparison) -> dict[str, Any]:
    differences = {name: _rounded(asdict(one)) for name, one in comparison.differences.items()}
    return {"questions": comparison.questions, **differences}


def _failure_json(failure: AskedQuestion, texts: Mapping[str, str]) -> dict[str, Any]:
    question = failure.question
    expected = (id_ for id_, relevance in question.relevance.items() if relevance > 0)
    return {
        "id": question.id,
        "question": question.text,
        **_rounded(failure.measures),
        "confidence": round(failure.sureness.confidence, 4),
        "outcome": failure.sureness.outcome,
        "expected": [{"id": id_, "text": texts[id_]} for id_ in expected],
        "found": [asdict(found) for found in failure.first],
    }


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(figure, 6) for name, figure in figures.items()}
