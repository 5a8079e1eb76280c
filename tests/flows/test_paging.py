from itertools import count

import pytest

from zcrm.engine.flows.asking import Asking
from zcrm.engine.flows.effects import Give, Stopped, Tell
from zcrm.engine.flows.paging import Paging, pages
from zcrm.engine.flows.patience import Policy
from zcrm.errors import PageTokenExpired, ZohoError
from zcrm.outcomes import Tally
from zcrm.rules import Rules
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
            flow = pages(Paging(page, 2, 6, 100), Tally())
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
    asking = Asking("get_appointments", lambda starting: Call(None, None, starting), Policy(rules))
    flow = pages(Paging(lambda where: asking, 2, 6, 100), Tally())
    next(flow)
    assert isinstance(flow.send(Answer(204)), Tell)
    with pytest.raises(StopIteration):
        flow.send(None)


FULL = [{"id": "1"}, {"id": "2"}]


def more(token):
    return {"data": FULL, "info": {"more_records": True, "next_page_token": token}}


@pytest.mark.parametrize(
    ("bodies", "given", "said"),
    [
        ([{"data": FULL}, {"data": FULL[:1]}], 3, None),
        ([{"data": FULL, "info": None}, None], 2, None),
        ([{"data": [], "info": {"more_records": True, "next_page_token": "a"}}], 0, "gave none of them"),
        (
            [{"data": FULL, "info": {"more_records": True, "next_page_token": token}} for token in "abcabca"],
            12,
            "no new page token",
        ),
        ([{"data": FULL, "info": {"more_records": True, "next_page_token": {}}}] * 3, 6, "no new page token"),
        ((more(f"token {n}") for n in count()), 102, "more than the 100 records"),
        (({"data": FULL} for _ in count()), 6, "no new page token"),
    ],
)
def test_a_list_ends_only_where_zoho_says_so(rules, bodies, given, said):
    def page(where):
        return Asking("get_appointments", lambda starting: Call(lambda: where, None, starting), Policy(rules))

    flow, answers, found = pages(Paging(page, 2, 6, 100), Tally()), iter(bodies), 0
    raised = None
    try:
        effect = next(flow)
        while True:
            if isinstance(effect, Give):
                found += len(effect.items)
                effect = flow.send(None)
            elif isinstance(effect, Tell):
                effect = flow.send(None)
            else:
                body = next(answers)
                effect = flow.send(Answer(204 if body is None else 200, body))
    except StopIteration:
        pass
    except ZohoError as error:
        raised = error.message
    assert found == given
    assert (raised is None) if said is None else (said in raised)


def read(rules, *answers, given=lambda records: records):
    """What is given, page by page, and what is raised in the end."""

    def page(where):
        return Asking("get_appointments", lambda starting: Call(lambda: where, None, starting), Policy(rules))

    flow, answers, found = pages(Paging(page, 2, 6, 100, given), Tally()), list(answers), []
    effect = next(flow)
    try:
        while True:
            if isinstance(effect, Give):
                found.append(effect.items)
                effect = flow.send(None)
            elif isinstance(effect, Tell):
                effect = flow.send(None)
            else:
                answer = answers.pop(0)
                effect = flow.throw(answer) if isinstance(answer, Exception) else flow.send(answer)
    except StopIteration:
        return found, None
    except ZohoError as error:
        return found, error


def page_of(token=None):
    return Answer(200, {"data": FULL, "info": {"more_records": True, "next_page_token": token}})


def test_a_list_that_is_read_too_slowly_says_how_far_it_got(entry, item):
    rules = Rules([entry("EXPIRED_VALUE", level="request", operations=("get_appointments",))])
    found, error = read(rules, page_of(), page_of(), Answer(400, item("EXPIRED_VALUE")))
    assert found == [FULL, FULL]
    assert isinstance(error, PageTokenExpired)
    assert (error.rows, error.message) == (4, "expired_value, after 4 records were read")
    _, at_once = read(rules, Answer(400, item("EXPIRED_VALUE")))
    assert (at_once.rows, at_once.message) == (0, "expired_value, after 0 records were read")


def test_another_refusal_is_raised_as_it_is(rules, item):
    found, error = read(rules, page_of(), Answer(403, item("NO_PERMISSION")))
    assert (found, error.code, error.message) == ([FULL], "NO_PERMISSION", "no_permission")


def test_a_stop_between_pages_ends_the_list(rules):
    assert read(rules, page_of(), Stopped()) == ([FULL], None)


def test_only_what_is_wanted_of_a_page_is_given(rules):
    last = Answer(200, {"data": FULL, "info": {"more_records": False}})
    first = lambda records: records[:1]  # noqa: E731
    assert read(rules, page_of(), last, given=first) == ([FULL[:1], FULL[:1]], None)
    assert read(rules, page_of(), last, given=lambda records: []) == ([], None)


def test_a_list_without_a_word_on_its_pages_has_no_token(rules):
    found, error = read(rules, *[Answer(200, {"data": FULL})] * 3)
    assert found == [FULL] * 3
    assert error.message == "Zoho has more records, and gave no new page token to read them with"


@pytest.mark.parametrize("token", [None, "", 7, {}])
def test_a_token_that_is_none(rules, token):
    found, error = read(rules, page_of(), page_of(), page_of(token))
    assert found == [FULL] * 3
    assert error.message == "Zoho has more records, and gave no new page token to read them with"


def test_another_page_than_was_asked_for_is_not_taken_for_it(rules):
    first = Answer(200, {"data": FULL, "info": {"more_records": True, "page": 1}})
    found, error = read(rules, first, first)
    assert found == [FULL]
    assert error.message == "Zoho gave page 1 of the list in the place of page 2"


@pytest.mark.parametrize("info", [{}, {"more_records": None}, {"more_records": "yes"}, {"page": None}])
def test_where_zoho_does_not_say_whether_there_are_more_a_full_page_tells(rules, info):
    last = Answer(200, {"data": FULL[:1], "info": info})
    assert read(rules, Answer(200, {"data": FULL, "info": info}), last) == ([FULL, FULL[:1]], None)
