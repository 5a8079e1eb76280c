"""What a leave says of its call when it is returned."""

import pytest

from zcrm.engine.flows.effects import Stopped
from zcrm.errors import AuthError
from zcrm.shared.budget import Returned
from zcrm.shared.leaves import SharedLeave
from zcrm.wire.calls import Lost, NotSent


@pytest.fixture
def given():
    """A leave, and what was returned."""
    returned = []
    return SharedLeave(Returned(7), returned.append), returned


@pytest.mark.parametrize("throttled", [False, True])
def test_an_answered_call_says_what_the_answer_told(given, throttled):
    leave, returned = given
    assert (leave.fence, leave.throttled, leave.left) == (7, False, None)
    with leave as entered:
        assert entered is leave
        assert returned == []
        leave.throttled, leave.left = throttled, 12.0
    assert returned == [Returned(7, "throttled" if throttled else "answered", 12.0)]


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (NotSent("x"), "unsent"),
        (Stopped(), "unsent"),
        (AuthError("x"), "unsent"),
        (Lost("x"), "lost"),
        (KeyboardInterrupt(), "lost"),
        (ValueError("x"), "lost"),
    ],
    ids=repr,
)
def test_a_call_without_an_answer_is_unsent_only_where_that_is_known(given, error, fate):
    leave, returned = given
    with pytest.raises(type(error)), leave:
        raise error
    assert returned == [Returned(7, fate, None)]


def test_a_leave_that_no_call_used_is_returned_once(given):
    leave, returned = given
    leave.release()
    leave.release()
    assert returned == [Returned(7, "unsent", None)]


def test_a_leave_whose_return_was_cut_short_can_be_returned_again():
    returned = []

    def release(what):
        returned.append(what)
        if len(returned) == 1:
            raise KeyboardInterrupt

    leave = SharedLeave(Returned(7), release)
    with pytest.raises(KeyboardInterrupt):
        leave.release()
    leave.release()
    leave.release()
    assert len(returned) == 2
