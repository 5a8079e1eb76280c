import pytest

from zcrm.engine.flows.asking import Asking
from zcrm.engine.flows.effects import Give, Tell
from zcrm.engine.flows.paging import Paging, pages
from zcrm.engine.flows.patience import Policy
from zcrm.errors import ZohoError
from zcrm.outcomes import Tally
from zcrm.wire.calls import Answer, Call


@pytest.fixture
def listing(rules):
    """Lists records 0…n-1, 2 to a page, 6 by number; notes what it was asked for."""

    def build(count, *, token=lambda page: f"token {page}"):
        asked = []

        def page(where):
            return Asking(
                "get_appointments", lambda starting: Call(lambda: where, None, starting), Policy(rules)
            )

        def answer(where):
            asked.append(dict(where))
            start = (len(asked) - 1) * 2
            records = [{"id": str(n)} for n in range(start, min(start + 2, count))]
            more = start + 2 < count
            return Answer(
                200, {"data": records, "info": {"more_records": more, "next_page_token": token(len(asked))}}
            )

        def run():
            flow = pages(Paging(page, 2, 6), Tally())
            given, effect = [], next(flow)
            try:
                while True:
                    if isinstance(effect, Give):
                        given += effect.items
                        effect = flow.send(None)
                    elif isinstance(effect, Tell):
                        effect = flow.send(None)
                    else:
                        effect = flow.send(answer(effect.sync()))
            except StopIteration:
                return [record["id"] for record in given], asked

        return run

    return build


def test_pages_go_by_number_first_and_by_token_after_that(listing):
    given, asked = listing(9)()
    assert given == [str(n) for n in range(9)]
    assert asked == [
        {"page": 1},
        {"page": 2},
        {"page": 3},
        {"page_token": "token 3"},
        {"page_token": "token 4"},
    ]


def test_a_list_that_ends_with_a_full_page_takes_no_further_call(listing):
    assert listing(4)() == (["0", "1", "2", "3"], [{"page": 1}, {"page": 2}])


def test_more_records_and_no_token_is_an_error_not_a_silent_end(listing):
    for token in (None, "again"):
        with pytest.raises(ZohoError, match="no new page token"):
            listing(9, token=lambda page, token=token: token)()


def test_nothing_at_all(rules):
    flow = pages(
        Paging(lambda where: Asking("get_appointments", lambda s: Call(None, None, s), Policy(rules)), 2, 6),
        Tally(),
    )
    next(flow)
    assert isinstance(flow.send(Answer(204)), Tell)
    with pytest.raises(StopIteration):
        flow.send(None)
