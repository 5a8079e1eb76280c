"""All records of a list, page by page: by number first, by page token after that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import PageTokenExpired, ZohoError
from ...outcomes import Tally
from .asking import Asking, ask
from .effects import Flow, Give, Stopped
from .reading import Said


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list is read.

    page: how to ask for one page, given `page` or `page_token`. per_page: records on a full page.
    by_number, most: how many records can be had by page number, and in all (get-appointments page: 2,000 and
    100,000). given: what of a page's records is given.
    """

    page: Callable[[Mapping[str, Any]], Asking]
    per_page: int
    by_number: int
    most: int
    given: Callable[[Sequence[Any]], Sequence[Any]] = lambda records: records


def pages(how: Paging, tally: Tally) -> Flow[None]:
    """Give the records of each page.

    Raises ZohoError when Zoho refuses a page; the records of the pages before were given by then.
    """
    number, read, given = 1, 0, 0
    tokens: set[str] = set()
    where: dict[str, Any] = {"page": number}
    while True:
        asking = how.page(where)
        try:
            answer = yield from ask(asking, tally)
        except Stopped:
            return
        if isinstance(answer, Said):
            error = answer.error(asking.policy.rules, asking.operation)
            if isinstance(error, PageTokenExpired):
                error.rows = given
                error.message = f"{error.message}, after {given:,} records were read"
            raise error
        body = answer.body or {}
        records = body.get("data")
        info = info_of(body)
        told = info.get("page")
        if "page" in where and type(told) is int and told != number:
            raise ZohoError(f"Zoho gave page {told} of the list in the place of page {number}")
        read += len(records or ())
        if records and (chosen := how.given(records)):
            given += len(chosen)
            yield Give(chosen)
        more = info.get("more_records")
        if not (more if isinstance(more, bool) else len(records or ()) >= how.per_page):
            return
        if not records:
            raise ZohoError("Zoho has more records, and gave none of them")
        if read > how.most:
            raise ZohoError(f"Zoho gives more than the {how.most:,} records that a list can have")
        number += 1
        if number * how.per_page <= how.by_number:
            where = {"page": number}
            continue
        token = info.get("next_page_token")
        if not isinstance(token, str) or not token or token in tokens:
            raise ZohoError("Zoho has more records, and gave no new page token to read them with")
        tokens.add(token)
        where = {"page_token": token}


def info_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an answer tells of its list; empty where it tells nothing."""
    info = body.get("info")
    return info if isinstance(info, dict) else {}
