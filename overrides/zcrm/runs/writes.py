"""How a verb is carried out: the stream that sends its rows, and what the rows go through before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from ..client import ZohoCRM
from ..engine.flows.sending import Journal
from ..engine.flows.streaming import Admit
from ..engine.updates import Updates
from ..records import admission
from ..rows.admission import Admission
from ..rows.options import UpdateOptions
from ..table import operation_of
from .feed import Due
from .request import Request

__all__ = ["admit_of", "operation_for", "updates_for"]


def updates_for(
    crm: ZohoCRM, request: Request, lines: Iterator[Due], ledger: Journal, time: Callable[[], str]
) -> Updates:
    """The stream that sends these rows. time: gives the `if_unmodified_since` of the row last taken."""
    if request.verb == "mass-update ids":
        return crm.mass_update.recorded(
            request.module, lines, request.values, ledger, overwrite=request.overwrite
        )
    options: UpdateOptions = {"triggers": request.triggers}
    if not request.resend_lost:
        options["resend_lost"] = False
    if request.metadata is not None:
        options["fields"] = request.metadata
        options["unknown_fields"] = request.unknown_fields
    if request.since is not None:
        options["if_unmodified_since"] = (lambda _: time()) if request.since_column else request.since
    return crm.records.recorded(request.module, lines, ledger, **options)


def admit_of(request: Request, time: Callable[[], str]) -> Admit:
    """What makes a row's outcome as that stream does, without a client."""
    if request.verb == "mass-update ids":
        return partial(Admission().admit, alone=True)
    since = request.since
    times = (lambda _: time() if request.since_column else str(since)) if since else None
    unknown = request.unknown_fields == "send"
    metadata = request.metadata
    refuse = None if metadata is None else metadata.refusing(request.module, unknown=unknown)
    return admission(request.module, times, refuse=refuse).admit


def operation_for(request: Request) -> str:
    """The operation whose errors its answers have."""
    if request.verb == "mass-update ids":
        return "mass_update"
    return operation_of(request.module, "update_records")
