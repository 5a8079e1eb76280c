"""The options of a write, checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Literal, Protocol, TypedDict, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..errors import UsageError
from . import checks
from .scalars import AS_THEY_ARE, Missing, Values
from .values import aware_time, foreign

BYTES_PER_CALL = 8 * 2**20

Trigger = Literal["workflow", "approval", "blueprint", "pathfinder", "orchestration"]
Nulls = Literal["skip", "send"]
UnknownFields = Literal["refuse", "send"]
Row = Mapping[str, object]
Time = datetime | str


class ArrowStream(Protocol):
    """A table of rows that speaks Arrow: of polars, pandas, pyarrow, DuckDB and others."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class Cursor(Protocol):
    """A cursor of a database (DB-API) on which a query has run."""

    @property
    def description(self) -> Any: ...

    def fetchmany(self, size: int = ..., /) -> Any: ...


Rows = Iterable[Row] | ArrowStream | Cursor


class FieldChecks(Protocol):
    """What knows the fields of modules: `zcrm.fields.Fields`, or the fields of one module."""

    def refusing(self, module: str, *, unknown: bool = False) -> Callable[[Row], None]: ...

    def check_mass_update(self, module: str, names: Iterable[str]) -> None: ...

    def check_place(self, module: str, environment: str | None, org: str | None = None) -> None: ...


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
    nulls: what a null does: "skip" leaves its field alone, "send" clears it. By default those of frames and
        cursors are skipped, because pandas' NaN is one of them, and None in a mapping is sent.
    missing: what NaN, NaT and pandas' NA do in a row: "error", the default, rejects it, "skip" leaves the
        field alone, "clear" clears it.
    timezone: the zone of times without one, as "Europe/Berlin" or a `tzinfo`; by default they are refused.
    fields: the module's metadata, a `zcrm.fields.Fields`; rows that Zoho surely refuses by it are `rejected`
        before they are sent. That of another environment is refused.
    unknown_fields: what becomes of fields that the metadata doesn't know: "refuse", the default, or "send",
        for those that are newer.
    """

    triggers: Sequence[Trigger] | None
    skip_features: Sequence[str]
    apply_features: Sequence[str]
    if_unmodified_since: Time | Callable[[Row], Time] | None
    resend_lost: bool
    flush_after: float | None
    bytes_per_call: int
    nulls: Nulls
    missing: Missing
    timezone: str | tzinfo
    fields: FieldChecks | None
    unknown_fields: UnknownFields


@dataclass(frozen=True, slots=True)
class Settings:
    """Options, checked: `keys` of the body, what gives a row its `since`, whether to `resend` lost rows.

    fields: what knows the fields. unknown: whether those that it doesn't know are sent.
    """

    keys: dict[str, Any] = field(default_factory=dict)
    since: Callable[[Row], str] | None = None
    resend: bool = False
    flush_after: float | None = None
    bytes_per_call: int = BYTES_PER_CALL
    values: Values = AS_THEY_ARE
    fields: FieldChecks | None = None
    unknown: bool = False


def settings(options: UpdateOptions, *, resend_by_default: bool) -> Settings:
    """Check the options; raises UsageError for a bad one, TypeError for one that there is not."""
    checks.known_options(options, UpdateOptions.__annotations__)
    keys: dict[str, Any] = {}
    triggers = options.get("triggers")
    if triggers is not None:
        keys["trigger"] = checks.names("triggers", triggers, get_args(Trigger))
    for option, key in (
        ("skip_features", "skip_feature_execution"),
        ("apply_features", "apply_feature_execution"),
    ):
        given = options.get(option)
        if given is not None and (names := checks.names(option, given)):
            keys[key] = [{"name": name} for name in names]
    size = options.get("bytes_per_call", BYTES_PER_CALL)
    if not isinstance(size, int) or size < 1:
        raise UsageError(f"bytes_per_call is 1 or more, not {size!r}")
    since = _since(options.get("if_unmodified_since"))
    resend = checks.flag("resend_lost", options.get("resend_lost", resend_by_default))
    flush_after = checks.seconds("flush_after", options.get("flush_after"))
    checks.one_of("unknown_fields", options.get("unknown_fields"), get_args(UnknownFields))
    return Settings(
        keys,
        since,
        resend and since is None,
        flush_after,
        size,
        values(options),
        known_fields(options.get("fields")),
        options.get("unknown_fields") == "send",
    )


def known_fields(given: FieldChecks | None) -> FieldChecks | None:
    """What knows the fields; raises UsageError for anything else."""
    if given is not None and not hasattr(given, "refusing"):
        raise UsageError(
            f"fields takes the fields of a module, not {type(given).__name__}",
            fix='Read them: zcrm.fields.Fields.load("zcrm-fields").',
        )
    return given


def values(options: UpdateOptions) -> Values:
    """How values are taken; raises UsageError for a word or a zone that there is not."""
    checks.one_of("nulls", options.get("nulls"), get_args(Nulls))
    missing = options.get("missing", "error")
    checks.one_of("missing", missing, get_args(Missing))
    zone = options.get("timezone")
    if isinstance(zone, str):
        try:
            zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise UsageError(f"There is no time zone {zone!r}") from error
    if zone is not None and not isinstance(zone, tzinfo):
        raise UsageError(f"timezone takes a name such as 'Europe/Berlin' or a tzinfo, not {zone!r}")
    return Values(missing, zone, options.get("nulls") == "skip")


def _since(given: Time | Callable[[Row], Time] | None) -> Callable[[Row], str] | None:
    if given is None:
        return None
    if callable(given):
        return lambda row: aware_time(foreign(lambda: given(row)))
    time = checks.time("if_unmodified_since", given)
    return lambda _: time
