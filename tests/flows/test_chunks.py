from hypothesis import given
from hypothesis import strategies as st

from zcrm.engine.flows.chunks import Chunker
from zcrm.outcomes import Outcome


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
    chunker.finished(first)
    assert [o.row for o in chunker.take(partial=True)] == [1]


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
