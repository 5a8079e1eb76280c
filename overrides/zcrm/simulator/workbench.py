"""What a test does to a simulator besides calling it: load, look, arrange conditions and faults."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Unpack

from zcrm.simulator.answers.ledger import Ledger
from zcrm.simulator.mishaps.faults import Faults
from zcrm.simulator.operations.appointments import settle
from zcrm.simulator.org.fields import Field, FieldOptions
from zcrm.simulator.org.loading import read_rows
from zcrm.simulator.org.metadata import read_fields
from zcrm.simulator.org.org import APPOINTMENTS, Record, User
from zcrm.simulator.org.preferences import Preferences, Service
from zcrm.simulator.rows.conditions import CONDITIONS
from zcrm.simulator.site.meters import Meters
from zcrm.simulator.site.oauth import ALL_SCOPES
from zcrm.simulator.site.site import Site

RIGHTS = frozenset({"api", "edit", "read", "mass_update", "reschedule", "cancel", "complete"})


class Workbench:
    """The state of one simulator, to be arranged and looked at from any thread, running or not."""

    def __init__(self, site: Site, faults: Faults) -> None:
        self._site = site
        self._faults = faults

    @property
    def ledger(self) -> Ledger:
        """What was asked, answered and applied."""
        return self._site.ledger

    @property
    def meters(self) -> Meters:
        """Credits used and left."""
        return self._site.meters

    @property
    def preferences(self) -> Preferences:
        """How the org wants appointments handled; change its attributes."""
        return self._site.preferences

    @property
    def now(self) -> datetime:
        """The simulator's time. Setting it stops the clock there; setting None lets it run again.

        Access tokens age with it: after an hour's jump `issue_token()` or the refresh token gives a new one.
        """
        return self._site.clock.now()

    @now.setter
    def now(self, value: datetime | None) -> None:
        with self._site.lock:
            self._site.clock.set(value)

    def advance(self, by: timedelta) -> None:
        """Move the clock on and stop it there."""
        with self._site.lock:
            self._site.clock.advance(by)

    def load(self, module: str, rows: Iterable[Mapping[str, Any]] | int | str | Path) -> list[str]:
        """Put records into a module, creating it if need be, and give their ids.

        `rows` are mappings, the path of a CSV or JSON Lines file, or how many empty records to make. A row
        without `id` gets one; `Created_Time` and `Modified_Time` (ISO 8601) are kept. No automation fires.
        """
        source = [{} for _ in range(rows)] if isinstance(rows, int) else read_rows(rows)
        with self._site.lock:
            return self._site.org.load(module, source)

    def records(self, module: str) -> dict[str, dict[str, Any]]:
        """A copy of a module's records: fields by id, without the times and users the system keeps."""
        with self._site.lock:
            found = self._site.org.modules[module].records
            if module == APPOINTMENTS:
                for record in found.values():
                    settle(self._site, record)
            return {id_: {"id": id_, **record.fields} for id_, record in found.items()}

    def record(self, module: str, record_id: str) -> dict[str, Any]:
        """A copy of one record with all its fields."""
        with self._site.lock:
            record = self._record(module, record_id)
            if module == APPOINTMENTS:
                settle(self._site, record)
            return record.whole()

    def dump(self) -> dict[str, dict[str, dict[str, Any]]]:
        """A copy of all records, by module and id."""
        with self._site.lock:
            return {name: self.records(name) for name, m in self._site.org.modules.items() if m.records}

    def add_field(self, module: str, name: str, **properties: Unpack[FieldOptions]) -> None:
        """Declare a field; `properties` are those of `zcrm.simulator.org.fields.Field`."""
        with self._site.lock:
            self._site.org.module(module).fields[name] = Field(**properties)

    def load_fields(
        self,
        module: str,
        fields: Mapping[str, Any] | Iterable[Mapping[str, Any]] | str | Path,
        *,
        strict: bool | None = None,
    ) -> None:
        """Have `GET /settings/fields` answer these field objects for a module, creating it if need be.

        `fields` are such an answer, its list, or the path of a JSON file of either. `strict`, by default the
        simulator's `strict_fields`, refuses updates by them: values of a wrong type or too long, fields that
        there are not or that can not be written, null in a mandatory one. What depends on layouts, profiles
        or rules is not looked at, options of picklists if the choice `unknown_option` says so.
        Raises ValueError for what is no field metadata, OSError for a file that can not be read.
        """
        described = read_fields(fields)
        with self._site.lock:
            org = self._site.org
            govern = org.strict_fields if strict is None else strict
            known_options = self._site.choices.unknown_option == "refuse"
            org.describe(module, described, govern=govern, known_options=known_options)

    @property
    def time_zone(self) -> str:
        """The org's time zone, as `GET /org` gives it; UTC unless set."""
        return self._site.org.time_zone

    @time_zone.setter
    def time_zone(self, name: str) -> None:
        with self._site.lock:
            self._site.org.time_zone = name

    def add_layout(self, module: str, mandatory: Collection[str]) -> str:
        """A layout with these mandatory fields, minded when a row names it; gives its id."""
        with self._site.lock:
            layout_id = self._site.org.new_id()
            self._site.org.module(module).layouts[layout_id] = frozenset(mandatory)
            return layout_id

    def add_layout_rule(self, module: str, mandatory: Collection[str]) -> str:
        """A layout rule that makes these fields mandatory in writes that apply layout rules; gives its id."""
        with self._site.lock:
            rule_id = self._site.org.new_id()
            self._site.org.module(module).layout_rules[rule_id] = frozenset(mandatory)
            return rule_id

    def add_cadence(self, module: str) -> None:
        """Configure a cadence for a module: its writes run it unless they skip it, and the ledger counts."""
        with self._site.lock:
            self._site.org.module(module).cadence = True

    def add_pipeline(self, module: str, name: str, stages: Collection[str]) -> None:
        """A pipeline and the stages it has."""
        with self._site.lock:
            self._site.org.module(module).pipelines[name] = frozenset(stages)

    def remove_module(self, module: str) -> None:
        """Take a module out of the org, with its records."""
        with self._site.lock:
            del self._site.org.modules[module]

    def mark(self, module: str, record_id: str, condition: str) -> None:
        """Put a record into a condition, one of `zcrm.simulator.rows.conditions.CONDITIONS`."""
        if condition not in CONDITIONS:
            raise ValueError(f"unknown condition {condition!r}; there are {', '.join(sorted(CONDITIONS))}")
        with self._site.lock:
            self._record(module, record_id).conditions.add(condition)

    def unmark(self, module: str, record_id: str, condition: str) -> None:
        """Take a record out of a condition."""
        with self._site.lock:
            self._record(module, record_id).conditions.discard(condition)

    def lock(self, module: str, record_id: str) -> None:
        """Lock a record."""
        self.mark(module, record_id, "locked")

    def unlock(self, module: str, record_id: str) -> None:
        """Unlock a record."""
        self.unmark(module, record_id, "locked")

    def edit(self, module: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Write to a record as somebody else would, by another door: no automation, no ledger."""
        with self._site.lock:
            record = self._record(module, record_id)
            self._site.org.edit(module, record, fields)

    def add_view(
        self,
        module: str,
        ids: Collection[object] | None = None,
        *,
        accessible: bool = True,
        view_id: str | None = None,
    ) -> str:
        """A custom view of these records, or of all the module's; gives its id: `view_id` or a new one."""
        with self._site.lock:
            return self._site.org.add_view(module, ids, accessible=accessible, view_id=view_id).id

    def add_territory(
        self,
        ids: Collection[object] = (),
        *,
        parent: str | None = None,
        territory_id: str | None = None,
    ) -> str:
        """A territory with these records, of whatever module, below another one.

        Gives its id: `territory_id` or a new one.
        """
        with self._site.lock:
            return self._site.org.add_territory(ids, parent, territory_id).id

    def add_service(
        self, *, hours: tuple[time, time] | None = None, members: Collection[str] | None = None
    ) -> str:
        """A service that appointments can be for; gives the id its `Service_Name` has."""
        with self._site.lock:
            (service_id,) = self._site.org.load("Services__s", [{}])
            service = Service(hours, None if members is None else frozenset(members))
            self._site.preferences.services[service_id] = service
            return service_id

    def add_user(self, name: str, email: str) -> str:
        """One more user; gives the id."""
        with self._site.lock:
            return self._site.org.add_user(name, email).id

    def deny(self, right: str, module: str | None = None, *, user: str | None = None) -> None:
        """Take a right away: `api`, `edit`, `read`, `mass_update`, `reschedule`, `cancel` or `complete`.

        Of one module or all; of the user with this id, or the one the simulator's own tokens belong to.
        """
        if right not in RIGHTS:
            raise ValueError(f"unknown right {right!r}; there are {', '.join(sorted(RIGHTS))}")
        with self._site.lock:
            self._user(user).denied.add((right, module))

    def allow(self, right: str, module: str | None = None, *, user: str | None = None) -> None:
        """Give a right back that was taken by the same words."""
        with self._site.lock:
            self._user(user).denied.discard((right, module))

    def issue_token(self, scopes: Iterable[str] = ALL_SCOPES, *, user: str | None = None) -> str:
        """A new access token for these scopes."""
        with self._site.lock:
            return self._site.accounts.issue(" ".join(scopes), self._user(user)).text

    def issue_code(self, scopes: Iterable[str] = ALL_SCOPES, *, user: str | None = None) -> str:
        """A grant code for these scopes, good for one exchange within three minutes."""
        with self._site.lock:
            accounts = self._site.accounts
            return accounts.new_code(accounts.new_grant(tuple(scopes), self._user(user)))

    def revoke_tokens(self) -> None:
        """Make all access tokens unknown; the refresh token still works."""
        with self._site.lock:
            self._site.accounts.tokens.clear()

    def expire_tokens(self) -> None:
        """End the life of all access tokens now; the refresh token still works."""
        with self._site.lock:
            self._site.accounts.expire_all()

    def pace_jobs(
        self, states: Sequence[str] = ("SCHEDULED", "RUNNING", "COMPLETED"), *, seconds: float | None = None
    ) -> None:
        """How jobs scheduled from now on move: each poll shows the next of `states`, the last for ever.

        With `seconds`, the clock moves them through all states in that time, whoever polls.
        """
        with self._site.lock:
            self._site.jobs.states, self._site.jobs.seconds = tuple(states), seconds

    def jobs(self) -> dict[str, dict[str, Any]]:
        """What a poll of each job would show now, by job id, without counting as one."""
        with self._site.lock:
            self._site.ledger.carry_out(None)
            for job in self._site.jobs.by_id.values():
                job.advance(self._site.clock.now())
            return {job.id: job.report() for job in self._site.jobs.by_id.values()}

    def finish_jobs(self) -> None:
        """Bring all jobs to their end."""
        with self._site.lock:
            self._site.ledger.carry_out(None)
            for job in self._site.jobs.by_id.values():
                job.finish()

    def fault(
        self,
        name: str,
        *,
        route: str | None = None,
        rate: float | None = None,
        times: Collection[int] | None = None,
        attempts: Collection[int] | None = None,
        limit: int | None = None,
        **options: Any,
    ) -> None:
        """Arrange that something goes wrong; without `rate`, `times` or `attempts`, on every call.

        `route` is an operation, e.g. `update_records`; without it, all CRM operations. `rate` is a share of
        the calls. `times` are numbers of calls of the route from now on, 1 the next. `attempts` are numbers
        of calls with the same first id. `limit` is how often it strikes at most.

        `throttle` answers 429 (`retry_after` in seconds, as a header, or with `in_details=True` in the body).
        `server_error` answers 500, `bad_gateway` 502 with a page of HTML; `after=True`: having carried the
        request out. `drop_before` and `drop_after` close the connection without an answer, before or after
        carrying the request out. `slow` waits `seconds` first, `hold` until `release()`. `revoke_token` makes
        all access tokens unknown. `edit` writes `fields` to the rows first, as somebody else. `job` takes
        `states`, `seconds` and `stop_after` for the job scheduled.

        On the wire: `cut_body` ends in the middle of the answer; `cut_json` sends half of the JSON as if it
        were all; `slow_body` takes `seconds` for the answer; `trickle_head` and `trickle_body` send byte by
        byte, with a `pause` of so many seconds; `interim` sends answers of `status` 100 with a `pause`
        between, for ever or `count` of them before the answer; `double_answer` sends it once more on the same
        connection, at once or `seconds` later; `close_after` closes the connection behind the answer, which
        says so unless `announced=False`.

        Answers that lie, about rows that were written, or with `applied=False` were not: `stale_answer` is
        that to an earlier call; `wrong_count` leaves an item out; `one_item` is all there is, an error `code`
        under `status`; `foreign_id` and `missing_id` spoil the id of the first item, or with `every=True` of
        all; `duplicate_id` names the first record twice, `permuted_ids` each in another's place;
        `success_as_error` is SUCCESS with the status error, `error_as_success` a `code` with that of success.
        """
        with self._site.lock:
            self._faults.arrange(
                name, route=route, rate=rate, times=times, attempts=attempts, limit=limit, **options
            )

    def release(self) -> None:
        """Let the requests go on that the fault `hold` holds, and take it away."""
        with self._site.lock:
            self._faults.release()

    def script(self, names: Sequence[str | None], *, route: str | None = None) -> None:
        """Arrange the next calls of a route one by one: a fault's name, or None for a call that goes well."""
        for number, name in enumerate(names, start=1):
            if name is not None:
                self.fault(name, route=route, times=[number])

    def clear_faults(self) -> None:
        """Take all faults away."""
        with self._site.lock:
            self._faults.clear()

    def _record(self, module: str, record_id: str) -> Record:
        return self._site.org.modules[module].records[record_id]

    def _user(self, user_id: str | None) -> User:
        return self._site.org.owner if user_id is None else self._site.org.users[user_id]
