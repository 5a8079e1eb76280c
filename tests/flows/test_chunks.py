import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm.engine.flows.chunks import Chunker
from zcrm.outcomes import STATES, Outcome, settle


def outcomes(ids):
    return [Outcome(n, None, id=row_id) for n, row_id in enumerate(ids)]


def test_full_chunks_come_out_and_a_partial_one_only_when_asked_for():
    chunker = Chunker(2, 1000)
    chunker.add(outcomes("abc"))
    assert chunker.has_full
    assert [o.id for o in chunker.take()] == ["a", "b"]
    assert chunker.take() is None
    assert [o.id for o in chunker.take(partial=True)] == ["c"]
    assert chunker.take(partial=True) is None


def test_a_record_is_not_taken_twice_until_its_chunk_is_finished():
    chunker = Chunker(2, 1000)
    rows = outcomes("aab")
    chunker.add(rows)
    first = chunker.take()
    assert [o.row for o in first] == [0, 2]
    assert chunker.take(partial=True) is None
    assert chunker.finished(first) == []
    assert [o.row for o in chunker.take(partial=True)] == [1]


def sized(*sizes, groups=()):
    made = outcomes(map(str, range(len(sizes))))
    for outcome, size in zip(made, sizes, strict=True):
        outcome._wire = b"x" * size
    for outcome, group in zip(made, groups, strict=False):
        outcome._group = group
    return made


def cut(chunker):
    chunks = []
    while chunk := chunker.take(partial=True):
        chunks.append([outcome.row for outcome in chunk])
    return chunks


@pytest.mark.parametrize(
    ("sizes", "chunks"),
    [
        ((5, 5, 1), [[0, 1], [2]]),
        ((5, 4, 2), [[0, 1], [2]]),
        ((5, 4, 1, 1), [[0, 1, 2], [3]]),
        ((10, 1), [[0], [1]]),
        ((11, 11), [[0], [1]]),
        ((9, 2, 9), [[0], [1], [2]]),
        ((3, 3, 3, 3, 3), [[0, 1, 2], [3, 4]]),
        ((0, 0, 0, 0, 0), [[0, 1, 2, 3], [4]]),
    ],
)
def test_chunks_have_no_more_bytes_than_they_may(sizes, chunks):
    chunker = Chunker(4, 10)
    chunker.add(sized(*sizes))
    assert cut(chunker) == chunks


def test_each_group_has_chunks_and_bytes_of_its_own():
    chunker = Chunker(2, 10)
    chunker.add(sized(6, 6, 4, 5, 1, groups="abaab"))
    assert [outcome.row for outcome in chunker.take()] == [0, 2]
    assert [outcome.row for outcome in chunker.take()] == [1, 4]
    assert chunker.take() is None
    assert cut(chunker) == [[3]]


@given(st.lists(st.sampled_from("abcdefg"), max_size=60), st.integers(1, 5), st.randoms())
def test_every_row_goes_out_once_in_order_of_its_record_and_never_beside_it(ids, size, random):
    chunker = Chunker(size, 1000)
    chunker.add(outcomes(ids))
    flying, gone = [], []
    while True:
        chunk = chunker.take(partial=True)
        if chunk:
            beside = [o.id for c in flying for o in c] + [o.id for o in chunk]
            assert len(beside) == len(set(beside))
            assert len(chunk) <= size
            flying.append(chunk)
        elif flying:
            over = flying.pop(random.randrange(len(flying)))
            gone += over
            chunker.finished(over)
        else:
            break
    assert sorted(o.row for o in gone) == list(range(len(ids)))
    for row_id in set(ids):
        rows = [o.row for o in gone if o.id == row_id]
        assert rows == sorted(rows)


def test_draining_leaves_nothing_behind():
    chunker = Chunker(2, 1000)
    chunker.add(outcomes("aabcd"))
    started = chunker.take()
    left = chunker.drain()
    assert sorted(o.row for o in started + left) == [0, 1, 2, 3, 4]
    assert chunker.drain() == []
    assert not chunker.has_full


def test_draining_takes_repeats_along_and_frees_their_records():
    chunker, rows = Chunker(2, 1000), outcomes("abac")
    repeats_of(rows)
    chunker.add(rows)
    assert sorted(outcome.row for outcome in chunker.drain()) == [0, 1, 2, 3]
    chunker.add(outcomes("ab"))
    assert [outcome.id for outcome in chunker.take()] == ["a", "b"]


def repeats_of(rows):
    """The first row of each record, and the others told to repeat it."""
    firsts = {}
    for row in rows:
        first = firsts.setdefault(row.id, row)
        row._first = None if first is row else first
    return firsts


@given(st.lists(st.sampled_from("abcdefg"), max_size=60), st.integers(1, 5), st.randoms(), st.booleans())
def test_a_repeat_is_in_no_chunk_and_settled_as_the_row_it_repeats(ids, size, random, drains):
    rows = outcomes(ids)
    firsts = repeats_of(rows)
    chunker = Chunker(size, 1000)
    chunker.add(rows)
    flying, gone, answered, drained = [], [], [], []
    while True:
        chunk = chunker.take(partial=True)
        if chunk:
            flying.append(chunk)
        if drains and random.random() < 0.2:
            drained += chunker.drain()
        if flying and (not chunk or random.random() < 0.3):
            over = flying.pop(random.randrange(len(flying)))
            for row in over:
                settle(row, random.choice(STATES), message=f"of {row.id}")
            gone += over
            answered += chunker.finished(over)
        elif not chunk:
            break
    assert sorted(o.row for o in gone + answered + drained) == list(range(len(ids)))
    assert all(firsts[row.id] is row for row in gone)
    for row in answered:
        first = firsts[row.id]
        assert (row.state, row.message) == (first.state, first.message)
    assert {row.id for row in drained}.isdisjoint(row.id for row in gone)
