"""Metadata: what an org's fields are, fetched to be kept as files.

https://www.zoho.com/crm/developer/docs/api/v7/field-meta.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches
from typing import Any, get_args
from zoneinfo import ZoneInfo

from zcrm_api.servers import Environment

from .engine.drivers import AsyncDriver, Driver
from .engine.flows.effects import Flow
from .engine.runtime import AnyRuntime, Runtime
from .errors import AnswerLost, NotFound, UsageError, ZohoError
from .fields import Fields
from .reading import fields_of, organization

_STANDARD = (
    "Leads", "Accounts", "Contacts", "Deals", "Campaigns", "Tasks", "Cases", "Events", "Calls", "Solutions",
    "Products", "Vendors", "Price_Books", "Quotes", "Sales_Orders", "Purchase_Orders", "Invoices",
    "Appointments__s", "Services__s", "Notes",
)  # fmt: skip
_MODULE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_UNKNOWN = "INVALID_MODULE"
_ENVIRONMENTS = get_args(Environment)


class Metadata:
    """`ZohoCRM.fields`."""

    def __init__(self, runtime: Runtime[Driver]) -> None:
        self._runtime = runtime

    def pull(self, *modules: str, at_hand: Iterable[str] = ()) -> Fields:
        """The fields of modules, with the org they are of: a call for each module and one for the org.

        modules: API names. at_hand: names of further modules to suggest for one that there is not.
        What is pulled is what the user sees who is signed in, in that user's language. `Fields.save` keeps
        it. Takes the scopes ZohoCRM.settings.fields.READ and ZohoCRM.org.READ.
        Raises UsageError for a name that can be none, ZohoError with INVALID_MODULE for a module that the org
        does not have, NotFound where it tells of no fields, ScopeMissing.
        """
        return self._runtime.driver.run(_pull(self._runtime, modules, at_hand))

    def check(self, fields: Fields) -> None:
        """See that fields are those of this org and environment: a call.

        Raises UsageError where they are of another, ScopeMissing without ZohoCRM.org.READ.
        """
        self._runtime.driver.run(_check(self._runtime, fields))


class AsyncMetadata:
    """`AsyncZohoCRM.fields`."""

    def __init__(self, runtime: Runtime[AsyncDriver]) -> None:
        self._runtime = runtime

    async def pull(self, *modules: str, at_hand: Iterable[str] = ()) -> Fields:
        """`Metadata.pull` for tasks."""
        return await self._runtime.driver.run(_pull(self._runtime, modules, at_hand))

    async def check(self, fields: Fields) -> None:
        """`Metadata.check` for tasks."""
        await self._runtime.driver.run(_check(self._runtime, fields))


def _pull(runtime: AnyRuntime, modules: tuple[str, ...], at_hand: Iterable[str]) -> Flow[Fields]:
    if not modules:
        raise UsageError("Name a module whose fields to pull")
    for module in modules:
        if not (isinstance(module, str) and _MODULE.fullmatch(module)):
            raise UsageError(f"{module!r} is no API name of a module")
    org = yield from organization(runtime)
    found = Fields()
    for module in dict.fromkeys(modules):
        try:
            raw = yield from fields_of(runtime, module)
        except ZohoError as error:
            raise _named(error, module, at_hand) if error.code == _UNKNOWN else error from None
        if not raw:
            raise NotFound(
                f"Zoho tells of no fields of {module}", fix="Sign in as somebody who may see the module."
            )
        try:
            found |= Fields.from_api(module, raw, **_place(org))
        except ValueError as error:
            raise AnswerLost(f"Zoho's answer is not one that zcrm understands: {error}") from error
    return found


def _check(runtime: AnyRuntime, fields: Fields) -> Flow[None]:
    place = _place((yield from organization(runtime)))
    for module in fields:
        fields.check_place(module, place["environment"] or runtime.environment, place["org"])


def _named(error: ZohoError, module: str, at_hand: Iterable[str]) -> ZohoError:
    """The refusal of a module in the words of a person who has mistyped it."""
    near = get_close_matches(module, {*_STANDARD, *at_hand}, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return error.as_a(ZohoError, f"There is no module {module} in this org{hint}")


def _place(org: dict[str, Any]) -> dict[str, str | None]:
    """Of which org the fields are, as far as it says so in a way that a document can keep."""
    environment = str(org.get("type") or "").lower()
    zone = str(org.get("time_zone") or "")
    known = None
    with suppress(ValueError, KeyError, OSError):
        known = ZoneInfo(zone).key
    return {
        "org": str(org["zgid"]) if org.get("zgid") else None,
        "environment": environment if environment in _ENVIRONMENTS else None,
        "time_zone": known,
    }
