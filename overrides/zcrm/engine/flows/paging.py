"""All records of a list, page by page: by number first, by page token after that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import ZohoError
from ...outcomes import Tally
from .asking import Asking, ask
from .effects import Flow, Give, Stopped
from .reading import Said


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list is read.

    page: how to ask for one page, given `page` or `page_token`. per_page: records on a full page.
    by_number: how many records can be had by page number (get-appointments page: 2,000).
    """

    page: Callable[[Mapping[str, Any]], Asking]
    per_page: int
    by_number: int


def pages(how: Paging, tally: Tally) -> Flow[None]:
    """Give the records of each page.

    Raises ZohoError when Zoho refuses a page; the records of the pages before were given by then.
    """
    number = 1
    where: dict[str, Any] = {"page": number}
    while True:
        asking = how.page(where)
        try:
            answer = yield from ask(asking, tally)
        except Stopped:
            return
        if isinstance(answer, Said):
            raise answer.error(asking.policy.rules, asking.operation)
        body = answer.body or {}
        if records := body.get("data"):
            yield Give(records)
        info = body.get("info")
        if not records or not isinstance(info, dict) or not info.get("more_records"):
            return
        number += 1
        if number * how.per_page <= how.by_number:
            where = {"page": number}
        elif token := info.get("next_page_token"):
            where = {"page_token": token}
        else:
            raise ZohoError("Zoho has more records, and gave no page token to read them with")
