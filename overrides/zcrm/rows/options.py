"""The options of a write, checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Literal, TypedDict, get_args

from ..errors import UsageError
from .values import BadValue, wire_time

BYTES_PER_CALL = 8 * 2**20

Trigger = Literal["workflow", "approval", "blueprint", "pathfinder", "orchestration"]
Row = Mapping[str, object]
Rows = Iterable[Row]
Time = datetime | str


class UpdateOptions(TypedDict, total=False):
    """What an update may be given besides its rows. Every key may be left out.

    triggers: automations to run. None, the default, leaves the choice to Zoho, which runs all of them;
        `()` runs none.
    skip_features: names of features not to run, such as "cadences".
    apply_features: names of features to run that updates over the API skip, such as "layout_rules".
    if_unmodified_since: refuse rows whose record was modified after this time (aware, or ISO 8601 text);
        they come out as `conflict`. One time for all rows fills calls as ever: take that of the export. A
        function gives each row its own; only rows with the same time share a call then, so that rows with
        times of their own cost a credit each instead of a tenth. Either way a record can have one row only;
        ids are remembered to see to it.
    resend_lost: whether a row may be sent again when the answer to it was lost; its workflows may then run
        twice. True by default for records, False for appointments. It holds only for rows that do no more
        when sent twice, and never together with `if_unmodified_since`.
    flush_after: seconds after which the rows of a slow input are sent without waiting for a full call; None,
        the default, waits.
    bytes_per_call: how large a call of several rows may get, 8 MiB by default.
    """

    triggers: Sequence[Trigger] | None
    skip_features: Sequence[str]
    apply_features: Sequence[str]
    if_unmodified_since: Time | Callable[[Row], Time] | None
    resend_lost: bool
    flush_after: float | None
    bytes_per_call: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Options, checked: `keys` of the body, what gives a row its `since`, whether to `resend` lost rows."""

    keys: dict[str, Any] = field(default_factory=dict)
    since: Callable[[Row], str] | None = None
    resend: bool = False
    flush_after: float | None = None
    bytes_per_call: int = BYTES_PER_CALL


def settings(options: UpdateOptions, *, resend_by_default: bool) -> Settings:
    """Check the options; raises UsageError for a bad one, TypeError for one that there is not."""
    check_names(options, UpdateOptions.__annotations__)
    keys: dict[str, Any] = {}
    triggers = options.get("triggers")
    if triggers is not None:
        keys["trigger"] = _names("triggers", triggers, get_args(Trigger))
    if skipped := options.get("skip_features"):
        keys["skip_feature_execution"] = [{"name": name} for name in _names("skip_features", skipped)]
    if applied := options.get("apply_features"):
        keys["apply_feature_execution"] = [{"name": name} for name in _names("apply_features", applied)]
    since = _since(options.get("if_unmodified_since"))
    return Settings(
        keys,
        since,
        options.get("resend_lost", resend_by_default) and since is None,
        _positive(options, "flush_after", None),
        _positive(options, "bytes_per_call", BYTES_PER_CALL),
    )


def check_names(options: Iterable[str], known: Collection[str]) -> None:
    """Raise TypeError for a keyword that is not known, with the nearest one that is."""
    for name in options:
        if name not in known:
            nearest = get_close_matches(name, known, 1)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else f"; there are {', '.join(known)}"
            raise TypeError(f"There is no option {name!r}{hint}")


def check_choice(option: str, given: str | None, known: Collection[str]) -> None:
    """Raise UsageError unless the option was left out, or is one of the words it knows."""
    if given is not None and given not in known:
        raise UsageError(f"{option} knows no {given!r}; there are {', '.join(known)}")


def check_iterable(what: str, given: object) -> None:
    """Raise UsageError for what would be iterated as something else than it is meant for, or not at all."""
    one = isinstance(given, str | bytes | bytearray | Mapping)
    if one or not any(hasattr(given, name) for name in ("__iter__", "__aiter__", "__getitem__")):
        raise UsageError(f"{what}: a list or another iterable of them is needed, not {type(given).__name__}")


def _positive(options: UpdateOptions, name: str, default: float | None) -> Any:
    given: Any = options.get(name, default)
    if given is not None and not (type(given) in (int, float) and given >= 0):
        raise UsageError(f"{name} takes a number, 0 or more, not {given!r}")
    return given


def _names(option: str, names: Sequence[str], known: Sequence[str] = ()) -> list[str]:
    check_iterable(option, names)
    for name in names:
        if not isinstance(name, str):
            raise UsageError(f"{option} takes names, not {name!r}")
        if known:
            check_choice(option, name, known)
    return list(names)


def _since(given: Time | Callable[[Row], Time] | None) -> Callable[[Row], str] | None:
    if given is None:
        return None
    if callable(given):
        return lambda row: _time(given(row))
    time = time_of("if_unmodified_since", given)
    return lambda _: time


def time_of(option: str, given: object) -> str:
    """The time as it is sent; raises UsageError for what is none, or has no zone."""
    try:
        return _time(given)
    except BadValue as error:
        raise UsageError(f"{option}: {error.message}") from None


def _time(given: object) -> str:
    try:
        time = datetime.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        time = None
    if not isinstance(time, datetime):
        raise BadValue(f"{given!r} is no time: give an aware datetime, or ISO 8601 text")
    sent = wire_time(time)
    return given if isinstance(given, str) else sent
