"""The state of one Zoho CRM: modules, records, views and users."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import orjson

from zcrm.simulator.org.appointment_fields import APPOINTMENT_FIELDS
from zcrm.simulator.org.clock import Clock, Moment, parse_time
from zcrm.simulator.org.fields import Field
from zcrm.simulator.org.metadata import field_of

SYSTEM_FIELDS: Final = frozenset({"id", "Created_Time", "Modified_Time", "Created_By", "Modified_By"})

APPOINTMENTS: Final = "Appointments__s"

NOTES: Final = "Notes"

ACTIVITIES: Final = "Activities"
"""Tasks, events and calls under one name."""

STANDARD_MODULES: Final = (
    "Leads", "Accounts", "Contacts", "Deals", "Campaigns", "Tasks", "Cases", "Events", "Calls", "Solutions",
    "Products", "Vendors", "Price_Books", "Quotes", "Sales_Orders", "Purchase_Orders", "Invoices",
    APPOINTMENTS, "Appointments_Rescheduled_History__s", "Services__s", NOTES,
)  # fmt: skip


@dataclass(slots=True)
class User:
    """Somebody who can sign in, and the rights taken away from them."""

    id: str
    name: str
    email: str
    denied: set[tuple[str, str | None]] = field(default_factory=set)
    reference: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.reference = {"name": self.name, "id": self.id}

    def may(self, right: str, module: str | None = None) -> bool:
        return not self.denied or not {(right, module), (right, None)} & self.denied


@dataclass(slots=True)
class Record:
    """One record: its fields without the system's own, which are kept beside them."""

    id: str
    fields: dict[str, Any]
    created: Moment
    created_by: dict[str, str]
    modified: Moment
    modified_by: dict[str, str]
    conditions: set[str] = field(default_factory=set)
    made: bytes = b""

    def write(self, changes: dict[str, Any], moment: Moment, user: User) -> None:
        """Set fields, at a moment and by a user that the record remembers."""
        self.fields.update(changes)
        self.modified = moment
        self.modified_by = user.reference

    def whole(self) -> dict[str, Any]:
        """All fields, as a read would show them."""
        return {
            "id": self.id,
            **self.fields,
            "Created_Time": self.created.text,
            "Created_By": self.created_by,
            "Modified_Time": self.modified.text,
            "Modified_By": self.modified_by,
        }

    def receipt(self) -> dict[str, Any]:
        """The details of a successful write."""
        return {
            "Modified_Time": self.modified.text,
            "Modified_By": self.modified_by,
            "Created_Time": self.created.text,
            "id": self.id,
            "Created_By": self.created_by,
        }

    def keep_made(self) -> bytes:
        """Keep in `made`, and give, what never changes of the receipt, as JSON without its opening brace."""
        made = {"Created_Time": self.created.text, "id": self.id, "Created_By": self.created_by}
        self.made = orjson.dumps(made)[1:]
        return self.made


@dataclass(slots=True)
class View:
    """A custom view: the ids it lists, or None for all records of its module."""

    id: str
    module: str
    ids: tuple[str, ...] | None
    accessible: bool = True


@dataclass(slots=True)
class Territory:
    """A territory, the territory above it, and the ids of its own records, of whatever module."""

    id: str
    parent: str | None
    ids: frozenset[str]


@dataclass(slots=True)
class Module:
    """The records of one module, the fields it was seen with (`known`) and those with properties (`fields`).

    `described` are the field objects that were loaded, by name; where they are the law, the module is
    `governed`.

    `layouts` and `layout_rules` are the fields each makes mandatory, by its id; `pipelines` the stages of
    each pipeline, by its name. `cadence`: one is configured, which writes run unless they skip it. `revision`
    moves with every write, for those who keep something computed from the records.
    """

    id: str
    name: str
    strict: bool
    records: dict[str, Record] = field(default_factory=dict)
    known: set[str] = field(default_factory=lambda: {"Layout", "Owner", "Tag"})
    fields: dict[str, Field] = field(default_factory=dict)
    described: dict[str, dict[str, Any]] = field(default_factory=dict)
    governed: bool = False
    layouts: dict[str, frozenset[str]] = field(default_factory=dict)
    layout_rules: dict[str, frozenset[str]] = field(default_factory=dict)
    pipelines: dict[str, frozenset[str]] = field(default_factory=dict)
    cadence: bool = False
    revision: int = 0

    @property
    def plain(self) -> bool:
        """Whether any value of any field will do."""
        special = self.strict or self.fields or self.layouts or self.layout_rules
        return not special and self.name not in ("Events", "Calls", APPOINTMENTS)

    def knows(self, name: str) -> bool:
        return not self.strict or name in self.known or name in self.fields


class Org:
    """Everything that is kept between requests."""

    def __init__(self, clock: Clock, company: str, *, strict_fields: bool = False) -> None:
        self.clock = clock
        self.company = company
        self.strict_fields = strict_fields
        self.time_zone = "UTC"
        self._last_id = 4_150_868_000_000_000_000
        self.modules: dict[str, Module] = {}
        self.views: dict[str, View] = {}
        self.territories: dict[str, Territory] = {}
        self.users: dict[str, User] = {}
        self.owner = self.add_user("Administrator", "admin@example.com")
        self.somebody_else = self.add_user("Somebody Else", "somebody.else@example.com")
        for name in STANDARD_MODULES:
            self.module(name)
        self.modules[APPOINTMENTS].fields.update(APPOINTMENT_FIELDS)

    def new_id(self) -> str:
        self._last_id += 1
        return str(self._last_id)

    def add_user(self, name: str, email: str) -> User:
        user = User(self.new_id(), name, email)
        self.users[user.id] = user
        return user

    def module(self, name: str) -> Module:
        """The module of that name, created when missing."""
        if name not in self.modules:
            self.modules[name] = Module(self.new_id(), name, self.strict_fields)
        return self.modules[name]

    def parts(self, module_name: str) -> list[Module]:
        """The modules whose records go by this name: itself, and what it may be made of."""
        names = (ACTIVITIES, "Tasks", "Events", "Calls") if module_name == ACTIVITIES else (module_name,)
        return [self.modules[name] for name in names if name in self.modules]

    def home(self, module_name: str, record_id: str) -> Module | None:
        """The module that has the record, out of those that go by this name."""
        return next((part for part in self.parts(module_name) if record_id in part.records), None)

    def find(self, record_id: str) -> Record | None:
        """The record with this id, of whatever module."""
        for module in self.modules.values():
            if record_id in module.records:
                return module.records[record_id]
        return None

    def describe(
        self, module_name: str, described: Iterable[dict[str, Any]], *, govern: bool, known_options: bool
    ) -> None:
        """Take field objects for what the module's fields are; with `govern` writes are held against them."""
        module = self.module(module_name)
        module.described = {field["api_name"]: field for field in described}
        module.known.update(module.described)
        module.governed = govern
        if govern:
            module.strict = True
            module.fields |= {
                name: field_of(field, known_options=known_options) for name, field in module.described.items()
            }

    def load(self, module_name: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """Put records into a module as they are, without automations; give their ids."""
        module = self.module(module_name)
        moment = self.clock.moment()
        ids = []
        for row in rows:
            record = self._record(row, moment)
            module.records[record.id] = record
            module.known.update(record.fields)
            ids.append(record.id)
        module.revision += 1
        return ids

    def _record(self, row: Mapping[str, Any], moment: Moment) -> Record:
        created = self._moment(row.get("Created_Time"), moment)
        return Record(
            id=str(row.get("id") or self.new_id()),
            fields={name: value for name, value in row.items() if name not in SYSTEM_FIELDS},
            created=created,
            created_by=row.get("Created_By") or self.owner.reference,
            modified=self._moment(row.get("Modified_Time"), max(created, moment, key=lambda m: m.seconds)),
            modified_by=row.get("Modified_By") or self.owner.reference,
        )

    def _moment(self, value: object, default: Moment) -> Moment:
        when = parse_time(value)
        return default if when is None else self.clock.at(when)

    def edit(self, module_name: str, record: Record, fields: Mapping[str, Any]) -> None:
        """Write to a record as somebody else, who does not call this API."""
        record.fields.update(fields)
        record.modified = self.clock.moment()
        record.modified_by = self.somebody_else.reference
        self.modules[module_name].revision += 1

    def add_view(
        self, module_name: str, ids: Collection[object] | None, *, accessible: bool, view_id: str | None
    ) -> View:
        chosen = None if ids is None else tuple(str(id_) for id_ in ids)
        view = View(view_id or self.new_id(), module_name, chosen, accessible)
        self.views[view.id] = view
        return view

    def add_territory(
        self, ids: Collection[object], parent: str | None, territory_id: str | None
    ) -> Territory:
        territory = Territory(territory_id or self.new_id(), parent, frozenset(str(id_) for id_ in ids))
        self.territories[territory.id] = territory
        return territory

    def in_territory(self, territory_id: str, *, include_child: bool) -> set[str]:
        """The ids of a territory's records, with those of all territories below it if wanted."""
        found = set(self.territories[territory_id].ids)
        if include_child:
            for child in self.territories.values():
                if child.parent == territory_id:
                    found |= self.in_territory(child.id, include_child=True)
        return found

    def listed(self, view: View) -> Iterator[Record]:
        """The records of a view that exist, in the view's order."""
        parts = self.parts(view.module)
        if view.ids is None:
            return chain.from_iterable(part.records.values() for part in parts)
        return (part.records[id_] for id_ in view.ids for part in parts if id_ in part.records)
