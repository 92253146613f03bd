"""Postings on disk hold what they were packed from, whatever the size, in blocks and rows."""

import contextlib
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy
from naive_postings import naive_postings

from index import arrays
from index.bm25 import Bm25
from index.inverting import Inverter
from index.light_ranking import BLOCK, LightPostings, LightRanker
from index.packed import PackedPostings, array_of, packed, unpacked, view_of
from index.postings import Postings, joined
from index.ranking import Ranker, mean_of, norms_of
from index.scratch import Scratch

MODEL = Bm25("plus", 1.2, 0.75)


def assert_same(one: Postings, other: Postings) -> None:
    assert one.starts.tolist() == other.starts.tolist()
    assert one.passages.tolist() == other.passages.tolist()
    assert one.frequencies.tolist() == other.frequencies.tolist()
    assert one.lengths.tolist() == other.lengths.tolist()


def many(passages: int, seed: int) -> Postings:
    """Postings over several blocks: of terms in most passages, in some, and in hardly any."""
    rng = np.random.default_rng(seed)
    shares = [0.9, 0.2, 0.1, 0.02, 0.001, 0.0002, 0.00005]
    holders = [np.flatnonzero(rng.random(passages) < share) for share in shares]
    holders += [np.array([0]), np.sort([passages // 3, BLOCK - 9]), np.array([passages - 1])]
    counts = [rng.integers(1, 5, len(one)) for one in holders]
    for one in counts:
        one[rng.integers(len(one))] = rng.choice([254, 255, 256, 70_000])
    starts = np.concatenate(([0], np.cumsum([len(one) for one in holders])))
    lengths = np.zeros(passages, dtype=np.int64)
    for one, times in zip(holders, counts, strict=True):
        lengths[one] += times
    return Postings(starts, np.concatenate(holders), np.concatenate(counts), lengths)


def views_of(postings: PackedPostings, folder: Path) -> dict[str, arrays.View]:
    """The arrays as they are mapped from disk."""
    (folder / "some.arrays").write_bytes(b"".join(arrays.stored(postings.views())))
    return arrays.mapped(folder / "some.arrays")


small = st.lists(
    st.lists(st.sampled_from([*range(6), *[0] * 9]), max_size=300), min_size=1, max_size=12
)


@settings(deadline=None)
@given(small)
def test_what_is_packed_can_be_had_again(passages: list[list[int]]) -> None:
    numbers = {term: n for n, term in enumerate(sorted({t for p in passages for t in p}))}
    renumbered = [[numbers[term] for term in passage] for passage in passages]
    flat = naive_postings(renumbered, len(numbers))
    assert_same(unpacked(packed(flat, norms_of(flat.lengths, MODEL))), flat)


@pytest.mark.parametrize("passages", [BLOCK, BLOCK + 1, 3 * BLOCK + 17])
def test_several_blocks_are_read_alike_with_numpy_and_without(
    passages: int, tmp_path: Path
) -> None:
    flat = many(passages, seed=passages)
    views = views_of(packed(flat, norms_of(flat.lengths, MODEL)), tmp_path)
    postings, light = PackedPostings.of_views(views), LightPostings(views)
    assert_same(unpacked(postings), flat)
    assert len(postings.rows_of) == 2
    some = np.unique(np.random.default_rng(1).integers(0, passages, 500))
    for term in range(postings.terms):
        place = slice(flat.starts[term], flat.starts[term + 1])
        expected = flat.passages[place].tolist(), flat.frequencies[place].tolist()
        holders, counts = postings.listed(term)
        assert (holders.tolist(), counts.tolist()) == expected
        assert tuple(map(list, light.listed(term))) == expected
        times = dict(zip(*expected, strict=True))
        of_some = [times.get(number, 0) for number in some.tolist()]
        assert postings.frequencies(term, some).tolist() == of_some
        assert light.frequencies(term, some.tolist()) == of_some
        assert light.document_frequency(term) == len(holders)
        assert postings.document_frequencies[term] == len(holders)


@pytest.mark.parametrize("passages", [BLOCK - 5, 2 * BLOCK + 100])
def test_pruning_loses_none_of_the_best(passages: int, tmp_path: Path) -> None:
    flat = many(passages, seed=7)
    views = views_of(packed(flat, norms_of(flat.lengths, MODEL)), tmp_path)
    postings = PackedPostings.of_views(views)
    rarity = np.log((passages + 1) / postings.document_frequencies)
    average = mean_of(postings.lengths)
    rankers: list[Ranker | LightRanker] = [
        Ranker(postings, MODEL, few=1 << 30),  # scores every posting
        Ranker(postings, MODEL, few=0),
        Ranker(postings, MODEL, few=0, remembered_bytes=0),
        LightRanker(LightPostings(views), MODEL, average),
    ]
    rng = np.random.default_rng(passages)
    allowed: npt.NDArray[np.bool_] = rng.random(passages) < 0.5
    for _ in range(12):
        terms = rng.choice(postings.terms, rng.integers(1, 7), replace=False).tolist()
        weights = rng.choice([1.0, 2.0, 0.4], len(terms)).tolist()
        for may in (None, allowed):
            first, *others = (
                ranker.rank(terms, weights, rarity[terms].tolist(), 10, may).pairs()  # type: ignore[arg-type]
                for ranker in rankers
            )
            for other in others:
                assert other == first


def test_a_question_that_is_broken_off_leaves_nothing_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flat = many(BLOCK - 5, seed=5)
    postings = packed(flat, norms_of(flat.lengths, MODEL))
    rarity = np.log((postings.passages + 1) / postings.document_frequencies)
    ranker = Ranker(postings, MODEL, few=0)

    def asked(*terms: int) -> tuple[list[int], list[float], list[float], int]:
        return list(terms), [1.0] * len(terms), rarity[list(terms)].tolist(), 10

    for term, other in ((3, 5), (2, 4), (4, 6), (2, 3)):
        with monkeypatch.context() as broken:
            broken.setattr("index.pruning._raised", Mock(side_effect=KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                ranker.rank(*asked(term))
        expected = Ranker(postings, MODEL, few=0).rank(*asked(other, term)).pairs()
        assert ranker.rank(*asked(other, term)).pairs() == expected


def test_scratch_is_lent_again_only_if_it_was_left_as_zeros() -> None:
    scratch = Scratch(3, np.int16)
    with scratch.lent() as first, scratch.lent() as other:
        assert first is not other
    with contextlib.suppress(ValueError), scratch.lent() as zeros:
        zeros[1] = 5
        raise ValueError
    with scratch.lent() as zeros:
        assert zeros.tolist() == [0, 0, 0]
        kept = zeros
    with scratch.lent() as zeros:
        assert zeros is kept


@settings(deadline=None)
@given(small, st.integers(1, 5))
def test_parts_are_inverted_as_the_whole_is(passages: list[list[int]], at_once: int) -> None:
    inverter = Inverter()
    for first in range(0, len(passages), at_once):
        some = passages[first : first + at_once]
        flat = np.array([term for passage in some for term in passage], dtype=np.int64)
        inverter.add(flat, np.array([len(passage) for passage in some]))
    names = inverter.names()
    backwards = np.arange(len(names))[::-1]
    numbers = dict(zip(names.tolist(), backwards.tolist(), strict=True))
    renumbered = [[numbers[term] for term in passage] for passage in passages]
    assert_same(inverter.postings(names, backwards), naive_postings(renumbered, len(names)))


@settings(deadline=None)
@given(small, small)
def test_joined_postings_are_those_of_all_passages(
    ones: list[list[int]], others: list[list[int]]
) -> None:
    parts = []
    for passages in (ones, others):
        known = sorted({term for passage in passages for term in passage})
        numbered = [[known.index(term) for term in passage] for passage in passages]
        parts.append((naive_postings(numbered, len(known)), np.array(known, dtype=np.int64)))
    assert_same(joined(parts, 6), naive_postings([*ones, *others], 6))


def test_names_of_52_bits_are_inverted_too() -> None:
    inverter, name = Inverter(), (1 << 52) - 1
    inverter.add(np.array([name, 3, 3, name], dtype=np.uint64), np.array([3, 1]))
    inverter.add(np.array([3], dtype=np.uint64), np.array([1]))
    assert inverter.names().tolist() == [3, name]
    found = inverter.postings(inverter.names(), np.arange(2))
    assert found.passages.tolist() == [0, 2, 0, 1]
    assert found.frequencies.tolist() == [2, 1, 1, 1]


@pytest.mark.parametrize(
    "content",
    [
        *(b"policybot arrays 2\n\n", b"PK\x03\x04" * 40, b"policybot arrays 1\na I 9\n\n"),
        *(b"policybot arrays 1\na x 0\n\n", b"policybot arrays 1\na I -1\n\n"),
    ],
)
def test_what_holds_no_arrays_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ValueError, match=r"a (holds|is)"):
        arrays.mapped(tmp_path / "a")


@given(
    st.dictionaries(
        st.text("abc_", min_size=1, max_size=9),
        hypothesis_numpy.arrays(
            st.sampled_from("u1 u2 u4 u8 i4 i8 f8".split()),
            hypothesis_numpy.array_shapes(min_side=0, max_dims=2),
        ),
        max_size=4,
    )
)
def test_arrays_are_mapped_as_they_were_stored(
    tmp_path_factory: pytest.TempPathFactory, some: dict[str, npt.NDArray[np.generic]]
) -> None:
    file = tmp_path_factory.getbasetemp() / "some.arrays"
    file.write_bytes(
        b"".join(arrays.stored({name: view_of(array) for name, array in some.items()}))
    )
    found = arrays.mapped(file)
    assert list(found) == list(some)
    for name, array in some.items():
        again = array_of(found[name])
        assert again.dtype == array.dtype
        assert again.flags.aligned
        np.testing.assert_array_equal(again, array)
    whole = file.read_bytes()
    for other in (whole[:-1], whole + b"x"):
        file.write_bytes(other)
        with pytest.raises(ValueError, match=r"some\.arrays"):
            arrays.mapped(file)
