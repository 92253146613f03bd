"""Which documents supersede which.

Where documents supersede each other in a circle, none of them is older than the others, so what
the circle says is left out: it would take all of them away.
"""

from collections.abc import Container, Iterable, Mapping, Sequence

Graph = Mapping[str, Sequence[str]]  # document id -> the ids that it names


def superseders(named: Graph) -> dict[str, tuple[str, ...]]:
    """Return for each superseded document those that supersede it, by id.

    `named` holds the ids that each document names as superseded; ids of no document in it count
    for nothing.
    """
    circle = _circles(named)
    found: dict[str, list[str]] = {}
    for later in sorted(named):
        for earlier in dict.fromkeys(named[later]):
            if earlier in named and circle[earlier] != circle[later]:
                found.setdefault(earlier, []).append(later)
    return {earlier: tuple(later) for earlier, later in sorted(found.items())}


def notes_on(named: Graph, known: Container[str]) -> list[str]:
    """Say what of the metadata is left out: ids that nothing is called, and circles."""
    notes = [
        f"{later} supersedes {earlier}, but no document is called that"
        for later in sorted(named)
        for earlier in dict.fromkeys(named[later])
        if earlier not in known
    ]
    members: dict[int, list[str]] = {}
    for id_, number in _circles(named).items():
        members.setdefault(number, []).append(id_)
    for ids in sorted(map(sorted, members.values())):
        if len(ids) > 1:
            notes.append(f"{', '.join(ids)} supersede each other; that is left out")
        elif ids[0] in named[ids[0]]:
            notes.append(f"{ids[0]} supersedes itself; that is left out")
    return notes


def _circles(named: Graph) -> dict[str, int]:
    """Return a number for each document, the same for those that are in a circle together.

    Kosaraju's algorithm: what is reached against the arrows, starting with what finished last.
    """
    arrows = {later: [e for e in named[later] if e in named] for later in named}
    against: dict[str, list[str]] = {id_: [] for id_ in named}
    for later, targets in arrows.items():
        for earlier in targets:
            against[earlier].append(later)
    finished = [id_ for tree in _trees(arrows, named) for id_ in tree]
    trees = _trees(against, reversed(finished))
    return {id_: number for number, tree in enumerate(trees) for id_ in tree}


def _trees(graph: Graph, starts: Iterable[str]) -> list[list[str]]:
    """Return what is reached from each start and was not before, in the order it is finished."""
    trees: list[list[str]] = []
    seen: set[str] = set()
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        tree: list[str] = []
        path = [(start, iter(graph[start]))]
        while path:
            id_, targets = path[-1]
            target = next((t for t in targets if t not in seen), None)
            if target is None:
                tree.append(id_)
                path.pop()
            else:
                seen.add(target)
                path.append((target, iter(graph[target])))
        trees.append(tree)
    return trees
