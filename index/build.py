"""Documents to a published generation.

Files -> readers -> passages -> terms -> postings -> ranking -> storage. Only documents whose
bytes changed are read and analysed again; what the parent generation holds of the others is
copied, and the statistics are computed anew over all, so the result is the same either way.
"""

import datetime
import hashlib
import importlib.metadata
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from index import folder, history, readers, storage, superseding
from index import glossary as glossaries
from index.abbreviations import defined
from index.bm25 import Bm25
from index.counting import TermCounter
from index.errors import (
    BuildRefused,
    DocumentRefused,
    GlossaryRefused,
    IndexDamaged,
    IndexMissing,
    IndexOutdated,
    NoDocuments,
)
from index.fingerprint import FINGERPRINT
from index.guarded.outcomes import ReadDocument, Task
from index.guarded.reader import Guard
from index.guarded.spreading import read_all
from index.merging import Merged, merged
from index.records import BuildReport, Document, Refused, Version
from index.versions import RETENTION_DAYS

_NAMED = 5  # documents in a message
_STAYS = "; its earlier version stays in the index"
_GUARD = Guard()

OnProgress = Callable[[int, int, str], None]  # files done, files in all, the file just done


@dataclass(frozen=True, slots=True)
class _Parent:
    """The generation that a rebuild starts from."""

    generation: storage.Generation | None
    damaged: tuple[tuple[str, str], ...]
    documents: dict[str, tuple[Document, range]]  # by id
    versions: tuple[Version, ...] = ()  # these documents and earlier ones, by id and number

    @property
    def has_same_analysis(self) -> bool:
        return self.generation is not None and self.generation.manifest.fingerprint == FINGERPRINT

    def is_outdated(self, model: Bm25) -> bool:
        """Say whether the same documents would now give another index."""
        return (
            self.generation is None
            or not self.has_same_analysis
            or self.generation.manifest.model != model
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a rebuild would publish, and how it differs from what is live."""

    documents: list[storage.NewDocument]  # by id
    added: list[str]
    changed: list[str]
    unchanged: list[str]
    removed: list[str]
    refused: list[Refused]
    notes: list[str]  # on how documents were read

    @property
    def passages(self) -> int:
        return sum(document.size for document in self.documents)


@dataclass(frozen=True, slots=True)
class _Glossary:
    """The glossary as it is stored."""

    sha256: str  # of the file; empty where there is none
    rows: str  # JSON, as index.glossary compiles it


@dataclass(frozen=True, slots=True)
class _Seen:
    """A source that was looked at."""

    source: folder.SourceFile
    is_same: bool  # as in the parent, byte for byte
    problem: DocumentRefused | None = None  # why it cannot even be opened


def rebuild(
    places: Sequence[Path],
    index: Path,
    model: Bm25,
    *,
    home: Path | None = None,
    full: bool = False,
    force: bool = False,
    dry_run: bool = False,
    retention_days: int = RETENTION_DAYS,
    glossary: Path | None = None,
    now: datetime.datetime | None = None,
    on_progress: OnProgress = lambda *_: None,
    guard: Guard = _GUARD,
) -> BuildReport:
    """Bring the index in line with the documents at `places` and report what was done.

    Ids of documents below `home` are relative to it, others to the place they were found at.
    `full` reads every document again, `force` accepts a large loss, `dry_run` changes nothing.
    Documents are read within the limits of `guard`; `glossary` is the file of other wordings that
    questions are widened by. Earlier versions are kept for `retention_days`; `now` is when this
    happens, if not now. Raises NoDocuments, BuildRefused, GlossaryRefused, IndexBusy, IndexTooNew,
    ReadingFailed and StorageFailed; each leaves the live generation as it was.
    """
    started = time.perf_counter()
    for place in places:
        folder.require(place)  # before a folder for the index is made
    with nullcontext() if dry_run else storage.writing(index):
        parent = _open_parent(index)
        words = _glossary(glossary, parent)
        known = {id_: document.path for id_, (document, _) in parent.documents.items()}
        sources, odd = folder.find(places, readers.SUFFIXES, home, known)
        plan = _plan(sources, odd, parent, guard, full=full, on_progress=on_progress)
        if not force:
            _refuse_a_loss(places, plan, parent)
        now = now or datetime.datetime.now(datetime.UTC)
        kept = history.continued(plan.documents, parent.versions, now, retention_days)
        live = parent.generation
        changes = bool(plan.added or plan.changed or plan.removed or full or kept.dropped)
        other_words = live is not None and live.manifest.glossary != words.sha256
        changes = changes or other_words or parent.is_outdated(model)
        number = live.number if live else 0
        damaged = dict(parent.damaged)
        if full and not dry_run:
            damaged.update(storage.damaged_generations(index))
        notes = [f"{name} was damaged ({reason})" for name, reason in damaged.items()]
        notes += plan.notes
        notes += superseding.notes_on(
            {new.document.id: new.document.supersedes for new in plan.documents},
            {version.new.document.id for version in kept.versions},
        )
        if not dry_run:
            storage.repair(index, number or None, damaged if live else {})
            if changes:
                contents = _contents(plan, kept, parent, model, places, words, now)
                number = storage.publish(index, contents)
            if live is None and damaged:
                # Not before: with nothing sound beside it, it may only have been unreadable.
                storage.repair(index, number, damaged)
        return BuildReport(
            generation=number,
            published=changes and not dry_run,
            added=tuple(plan.added),
            changed=tuple(plan.changed),
            unchanged=len(plan.unchanged),
            removed=tuple(plan.removed),
            refused=tuple(sorted(plan.refused, key=lambda refused: refused.path)),
            documents=len(plan.documents),
            passages=plan.passages,
            seconds=time.perf_counter() - started,
            notes=tuple(notes),
            has_other_glossary=other_words,
        )


def _glossary(file: Path | None, parent: _Parent) -> _Glossary:
    """Read the glossary, unless the parent has the same one. Raises GlossaryRefused."""
    if file is None:
        return _Glossary("", glossaries.NOTHING)
    try:
        content = file.read_bytes()
    except OSError as exc:
        raise GlossaryRefused(f"{file} cannot be read: {exc.strerror}.") from exc
    sha256 = hashlib.sha256(content).hexdigest()
    live = parent.generation
    if live is not None and parent.has_same_analysis and live.manifest.glossary == sha256:
        return _Glossary(sha256, live.rows.glossary())
    return _Glossary(sha256, glossaries.as_json(content, str(file)))


def _open_parent(index: Path) -> _Parent:
    try:
        opened = storage.open_live(index)
    except (IndexMissing, IndexOutdated):
        return _Parent(None, (), {})
    except IndexDamaged as exc:
        return _Parent(None, exc.damaged, {})
    versions = opened.generation.rows.versions()
    documents = {v.document.id: (v.document, v.passages) for v in versions if v.last_seen is None}
    return _Parent(opened.generation, opened.damaged, documents, tuple(versions))


def _plan(
    sources: Sequence[folder.SourceFile],
    odd: Sequence[Refused],
    parent: _Parent,
    guard: Guard,
    *,
    full: bool,
    on_progress: OnProgress,
) -> _Plan:
    """Read what changed, and keep of the parent what did not or cannot be read any more."""
    plan = _Plan([], [], [], [], [], list(odd), [])
    keeps_same = parent.has_same_analysis and not full
    looked_at = (_look(source, parent, keeps_same=keeps_same) for source in sources)
    with closing(read_all(looked_at, guard)) as outcomes:
        for done, (seen, outcome) in enumerate(outcomes, start=1):
            source, earlier = seen.source, parent.documents.get(seen.source.id)
            problem = outcome if isinstance(outcome, DocumentRefused) else seen.problem
            if problem is not None:
                if earlier is not None:
                    _keep(earlier, plan, parent)
                stays = _STAYS if earlier is not None else ""
                plan.refused.append(Refused(source.path, f"{problem}{stays}"))
            elif isinstance(outcome, ReadDocument):
                new = earlier is None
                kind = plan.added if new else plan.unchanged if seen.is_same else plan.changed
                kind.append(source.id)
                plan.documents.append(
                    storage.NewDocument(
                        outcome.document, outcome.passages, outcome.chunks, outcome.abbreviations
                    )
                )
                plan.notes.extend(f"{source.path}: {note}" for note in outcome.notes)
            elif earlier is not None:
                plan.unchanged.append(source.id)
                plan.documents.append(storage.NewDocument(*earlier))
            on_progress(done, len(sources), source.path)
    found = {source.id for source in sources}
    places = {refused.path: number for number, refused in enumerate(plan.refused)}
    for id_, earlier in parent.documents.items():
        if id_ in found:
            continue
        path = PurePosixPath(earlier[0].path)
        blocked = next((places[str(p)] for p in (path, *path.parents) if str(p) in places), None)
        if blocked is None:
            plan.removed.append(id_)
        else:  # the file is there, only not to be read now
            _keep(earlier, plan, parent)
            refused = plan.refused[blocked]
            if not refused.reason.endswith(_STAYS):
                plan.refused[blocked] = Refused(refused.path, refused.reason + _STAYS)
    plan.documents.sort(key=lambda new: new.document.id)
    return plan


def _look(
    source: folder.SourceFile, parent: _Parent, *, keeps_same: bool
) -> tuple[_Seen, Task | None]:
    """Return what became of a source, and what is to be read of it if anything is."""
    try:
        content = folder.read(source)
    except DocumentRefused as exc:
        return _Seen(source, is_same=False, problem=exc), None
    sha256 = content.sha256
    document, _ = parent.documents.get(source.id, (None, None))
    # A file renamed to another spelling of its id may have another reader or title.
    same = document is not None and (document.sha256, document.path) == (sha256, source.path)
    must_read = not (same and keeps_same)
    return _Seen(source, same), Task(source, content, sha256) if must_read else None


def _keep(earlier: tuple[Document, range], plan: _Plan, parent: _Parent) -> None:
    """Keep the earlier version of a document in the plan."""
    document, numbers = earlier
    if parent.has_same_analysis or parent.generation is None:
        kept = storage.NewDocument(document, numbers)
    else:
        found = tuple(parent.generation.rows.passages(numbers))
        short = defined(passage.text for passage in found)
        kept = storage.NewDocument(document, found, abbreviations=short)
    plan.documents.append(kept)
    plan.unchanged.append(document.id)


def _refuse_a_loss(places: Sequence[Path], plan: _Plan, parent: _Parent) -> None:
    """Raise unless the plan keeps at least half of what is live."""
    where = ", ".join(map(str, places))
    if not plan.documents:
        reasons = "; ".join(f"{refused.path}: {refused.reason}" for refused in plan.refused)
        stays = "The index stays as it is. " if parent.generation else ""
        raise NoDocuments(
            f"No document at {where} can be read{f' ({reasons})' if reasons else ''}. {stays}"
            f"Put files there that end in one of {', '.join(sorted(readers.SUFFIXES))}, then run: "
            "policybot index build"
        )
    before = parent.generation.manifest.passages if parent.generation else 0
    sizes = {id_: len(numbers) for id_, (_, numbers) in parent.documents.items()}
    left = sum(min(new.size, sizes.get(new.document.id, 0)) for new in plan.documents)
    if left * 2 < before:
        gone = ", ".join(plan.removed[:_NAMED])
        more = len(plan.removed) - _NAMED
        removed = f"; removed: {gone}{f' and {more} more' if more > 0 else ''}" if gone else ""
        raise BuildRefused(
            f"Only {left} of {before} passages would be left{removed}. The index stays as it is. "
            "Check the documents folder, or accept the loss with --force."
        )


def _contents(
    plan: _Plan,
    kept: history.History,
    parent: _Parent,
    model: Bm25,
    places: Sequence[Path],
    glossary: _Glossary,
    now: datetime.datetime,
) -> storage.Contents:
    """Analyse what is new, copy what is not, and count both together."""
    old = parent.generation if any(isinstance(d.passages, range) for d in plan.documents) else None
    # SQLite and numpy work for themselves most of the time, so one need not wait for the other.
    with ThreadPoolExecutor(max_workers=1) as beside:
        source = parent.generation.rows.path if parent.generation else None
        rows = beside.submit(storage.pack, kept.versions, source, glossary.rows)
        found = _merged(plan, old, model)
    earlier = kept.versions[len(plan.documents) :]
    manifest = storage.Manifest(
        format=storage.FORMAT,
        version=importlib.metadata.version("policybot"),
        number=0,
        parent=parent.generation.number if parent.generation else None,
        built_at=history.instant(now),
        fingerprint=FINGERPRINT,
        model=model,
        glossary=glossary.sha256,
        places=tuple(str(place.absolute()) for place in places),
        documents=len(plan.documents),
        passages=plan.passages,
        earlier_documents=len(earlier),
        earlier_passages=sum(version.new.size for version in earlier),
        terms=len(found.spellings),
        postings=int(found.postings.document_frequencies.sum()),
        tokens=len(found.sequences.terms),
        files={},
    )
    return storage.Contents(manifest, found.views(), rows.result())


def _merged(plan: _Plan, old: storage.Generation | None, model: Bm25) -> Merged:
    """Count the passages of a plan anew or over from the parent."""
    counter = TermCounter(old.vocabulary.terms(range(len(old.vocabulary))) if old else ())
    new_numbers = np.full(old.manifest.passages if old else 0, -1, dtype=np.int64)
    first = 0
    for new in plan.documents:
        numbers = range(first, first + new.size)
        first += new.size
        if isinstance(new.passages, range):
            new_numbers[new.passages.start : new.passages.stop] = numbers
        elif new.chunks is not None:
            counter.add_chunks(new.chunks, numbers)
        else:  # kept of the parent, whose analysis was another
            counter.add(new.passages, numbers)
    fresh = counter.counted()
    taken = (old.sequences, new_numbers) if old else None
    return merged(counter.spellings, fresh, [new.size for new in plan.documents], taken, model)
