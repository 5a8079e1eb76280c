"""What writing records and writing appointments share: options, the single row, its outcome as an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypedDict, get_args

from zcrm_api.types import UNSET, Unset

from .errors import AnswerLost, Conflict, UsageError, ZohoError, error_class
from .flows.credits import for_rows
from .flows.effects import Flow
from .flows.sending import Sending, send
from .http import UnsentCall
from .outcomes import Outcome
from .rows import BadValue, admit, wire_time
from .runtime import AnyRuntime
from .table import rules

Trigger = Literal["workflow", "approval", "blueprint", "pathfinder", "orchestration"]
Rows = Iterable[Mapping[str, object]]


class UpdateOptions(TypedDict, total=False):
    """What an update may be given besides its rows. Every key may be left out.

    triggers: automations to run. None, the default, leaves the choice to Zoho, which runs all of them;
        `()` runs none.
    skip_features: names of features not to run, such as "cadences".
    apply_features: names of features to run that updates over the API skip, such as "layout_rules".
    if_unmodified_since: refuse rows whose record was modified after this time (aware, or ISO 8601 text);
        they come out as `conflict`.
    resend_lost: whether a row may be sent again when the answer to it was lost; its workflows may then run
        twice. True by default for records, False for appointments. It holds only for rows that do no more
        when sent twice, and never together with `if_unmodified_since`.
    """

    triggers: Sequence[Trigger] | None
    skip_features: Sequence[str]
    apply_features: Sequence[str]
    if_unmodified_since: datetime | str | None
    resend_lost: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """Options, checked: `keys` of the body, `since` for the header, whether to `resend` lost rows."""

    keys: dict[str, Any] = field(default_factory=dict)
    since: str | Unset = UNSET
    resend: bool = False


def settings(options: UpdateOptions, *, resend_by_default: bool) -> Settings:
    """Check the options; raises UsageError for a bad one."""
    keys: dict[str, Any] = {}
    triggers = options.get("triggers")
    if triggers is not None:
        keys["trigger"] = _names("triggers", triggers, get_args(Trigger))
    if skipped := options.get("skip_features"):
        keys["skip_feature_execution"] = [{"name": name} for name in _names("skip_features", skipped)]
    if applied := options.get("apply_features"):
        keys["apply_feature_execution"] = [{"name": name} for name in _names("apply_features", applied)]
    since = _since(options.get("if_unmodified_since"))
    resend = options.get("resend_lost", resend_by_default) and since is UNSET
    return Settings(keys, since, resend)


def _names(option: str, names: Sequence[str], known: Sequence[str] = ()) -> list[str]:
    if isinstance(names, str):
        raise UsageError(f"{option} takes a list of names, not one text")
    for name in names:
        if known and name not in known:
            raise UsageError(f"{option} knows no {name!r}; there are {', '.join(known)}")
    return list(names)


def _since(when: datetime | str | None) -> str | Unset:
    if not isinstance(when, datetime):
        return when or UNSET
    try:
        return wire_time(when)
    except BadValue as error:
        raise UsageError(f"if_unmodified_since: {error.message}") from None


def sending(
    runtime: AnyRuntime,
    operation: str,
    call: Callable[[Sequence[Outcome]], UnsentCall],
    *,
    resend: bool,
) -> Sending:
    """How chunks are sent: by this operation, under the client's retry policy."""
    return Sending(
        operation=operation,
        call=lambda rows, starting: call(rows)(starting),
        rules=rules(),
        resend=lambda outcome: resend and outcome._plain,
        credits=for_rows,
        retry=runtime.retry,
        random=runtime.random,
    )


def admit_one(record_id: str | int, fields: Mapping[str, object]) -> Outcome:
    """The outcome of a single row; raises UsageError when it cannot be sent."""
    if "id" in fields and str(fields["id"]) != str(record_id):
        raise UsageError(f"The fields name record {fields['id']}, the call names record {record_id}")
    outcome = admit(0, {**fields, "id": record_id})
    if outcome.state == "rejected":
        raise UsageError(outcome.message, code=outcome.code, details=outcome.details)
    outcome.input = fields
    return outcome


def send_one(outcome: Outcome, how: Sending) -> Flow[Outcome]:
    """Send a single row; returns its outcome, raises a ZohoError when it was not updated."""
    sent = yield from send([outcome], how)
    if outcome.state == "updated":
        return outcome
    raise sent.fatal or _error(outcome)


def _error(outcome: Outcome) -> ZohoError:
    if outcome.state == "unknown":
        kind: type[ZohoError] = AnswerLost
    elif outcome.state == "conflict":
        kind = Conflict
    else:
        kind = error_class(outcome.code, outcome.http_status)
    return kind(
        outcome.message,
        code=outcome.code,
        details=outcome.details,
        http_status=outcome.http_status,
        fix=outcome.fix,
    )
