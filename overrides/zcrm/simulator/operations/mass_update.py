"""Mass Update: `POST /{module}/actions/mass_update`, by record ids at once or by custom view as a job."""

from dataclasses import dataclass
from typing import Any, Final

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Answer, Item, Kind, Refused, at, batch
from zcrm.simulator.answers.requests import Request
from zcrm.simulator.org.clock import Moment
from zcrm.simulator.org.fields import Field
from zcrm.simulator.org.jobs import Job
from zcrm.simulator.org.org import SYSTEM_FIELDS, Module, Record, User
from zcrm.simulator.rows.bodies import AUTOMATIONS, json_object
from zcrm.simulator.rows.conditions import mass_update_objection
from zcrm.simulator.rows.values import joined
from zcrm.simulator.rows.writes import Success
from zcrm.simulator.site.site import Site

MAX_IDS: Final = 500
MAX_VIEW: Final = 50_000
AUTOMATION_VIEW: Final = 1_000

_EXCLUDED_TYPES: Final = frozenset(
    {
        "email", "lookup", "ownerlookup", "layout", "textarea", "subform", "multiselectlookup",
        "multiuserlookup", "imageupload",
    }
)  # fmt: skip
EXCLUDED_NAMES: Final = SYSTEM_FIELDS | {"Email", "Owner", "Layout", "Description", "Tag"}


@dataclass(frozen=True, slots=True)
class _MassUpdate:
    """What is written, to whichever record."""

    site: Site
    module: str
    user: User
    changes: dict[str, Any]
    over_write: bool

    def update(self, id_: str, moment: Moment, automations: tuple[str, ...]) -> Record | Item:
        """Write to one record and give it, or say why not."""
        module = self.site.org.home(self.module, id_)
        if module is None:
            return errors.INVALID_ID.item(id=id_)
        record = module.records[id_]
        refusal = mass_update_objection(module, record, self.changes) or self._mapping(module, record)
        if refusal is not None:
            return refusal
        changes = self.changes
        if not self.over_write:
            old = record.fields
            changes = {name: joined(old.get(name), value) for name, value in changes.items()}
        self.site.apply(module, record, changes, moment, self.user, automations)
        return record

    def _mapping(self, module: Module, record: Record) -> Item | None:
        after = {**record.fields, **self.changes}
        stages = module.pipelines.get(str(after.get("Pipeline")))
        if (
            stages is None
            or not self.changes.keys() & {"Pipeline", "Stage"}
            or str(after.get("Stage")) in stages
        ):
            return None
        return errors.STAGE_NOT_IN_PIPELINE.item(mapped_field="Pipeline", **at(0, "Stage"), id=record.id)


def mass_update(site: Site, request: Request) -> Answer:
    """Update up to 500 records at once, or schedule a job for the records of a view."""
    body = json_object(request)
    by_ids, by_view = "ids" in body, "cvid" in body
    if by_ids and by_view:
        raise errors.INVALID_DATA.flat(api_name="cvid", json_path="$.cvid")
    if not by_ids and not by_view:
        raise _refused(errors.NO_TARGET)
    over_write = body.get("over_write", False)
    if not isinstance(over_write, bool):
        raise errors.INVALID_DATA.flat(
            expected_data_type="boolean", api_name="over_write", json_path="$.over_write"
        )
    if by_ids:
        ids = _ids(site, request, body["ids"])
        update = _MassUpdate(site, request.module, request.user, _changes(site, request, body), over_write)
        moment = site.clock.moment()
        success = Success(moment, request.user)
        updated = [update.update(id_, moment, AUTOMATIONS) for id_ in ids]
        results = [result if isinstance(result, Item) else success.of(result) for result in updated]
        return batch(results, site.mixed_status(site.choices.mass_update_mixed_status))
    update = _MassUpdate(site, request.module, request.user, _changes(site, request, body), over_write)
    return _schedule(site, request, body, update)


def _refused(kind: Kind, **details: Any) -> Refused:
    """The refusal of the whole request in the one item of `data`."""
    return Refused(Answer(kind.status, {"data": [kind.envelope(**details)]}))


def _ids(site: Site, request: Request, ids: Any) -> list[str]:
    place = {"api_name": "ids", "json_path": "$.ids"}
    if not isinstance(ids, list):
        raise errors.INVALID_DATA.flat(expected_data_type="jsonarray", **place)
    if not ids:
        raise _refused(errors.NO_TARGET)
    request.entry.rows = len(ids)
    if len(ids) > MAX_IDS:
        kind = errors.TOO_MANY_ROWS if site.choices.too_many == "LIMIT_EXCEEDED" else errors.INVALID_DATA
        raise kind.flat(maximum_length=MAX_IDS, **place)
    return [str(id_) for id_ in ids]


def _changes(site: Site, request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """The fields to write, each of them fit for a mass update."""
    data = body.get("data")
    if not isinstance(data, list) or len(data) > 1 or (data and not isinstance(data[0], dict)):
        raise errors.INVALID_DATA.flat(expected_data_type="jsonarray", api_name="data", json_path="$.data")
    changes: dict[str, Any] = data[0] if data else {}
    if not changes:
        raise _refused(errors.NO_FIELD)
    limit = 3 if request.module == "Deals" else 1
    if len(changes) > limit:
        raise _refused(errors.MAX_FIELDS, limit=limit)
    parts = site.org.parts(request.module)
    for name, value in changes.items():
        for module in [part for part in parts if part.knows(name)] or parts[:1]:
            _check_field(module, name, value)
    return changes


def _check_field(module: Module, name: str, value: Any) -> None:
    place = at(0, name)
    field = module.fields.get(name)
    if field is None:
        if name in EXCLUDED_NAMES or not module.knows(name) or _is_linking(value):
            raise _refused(errors.FIELD_NOT_MASS_UPDATABLE, **place)
        return
    if field.hidden:
        raise _refused(errors.FIELD_NOT_VISIBLE, **place)
    if not field.editable:
        raise errors.FIELD_NOT_EDITABLE.flat(**place)
    if field.layout_rule:
        raise _refused(errors.FIELD_IN_LAYOUT_RULE, **place)
    if field.validation_rule:
        raise _refused(errors.FIELD_IN_VALIDATION_RULE, **place)
    if is_excluded(field):
        raise _refused(errors.FIELD_NOT_MASS_UPDATABLE, **place)
    objection = field.objection(value)
    if objection is not None:
        raise _refused(errors.INVALID_DATA, **objection, **place)


def is_excluded(field: Field) -> bool:
    """Whether mass updates leave this field out, whatever the value."""
    return field.type in _EXCLUDED_TYPES or field.read_only or not field.mass_update


def _is_linking(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(v, dict | list) for v in value)
    )


def _schedule(site: Site, request: Request, body: dict[str, Any], update: _MassUpdate) -> Answer:
    if not site.meters.edition.jobs:
        raise errors.EDITION_WITHOUT_JOBS.flat()
    view_id, ids = str(body["cvid"]), _targets(site, request, body)
    request.entry.rows = len(ids)
    now = site.clock.now()
    if site.jobs.active(view_id, now):
        kind = errors.ALREADY_SCHEDULED._replace(status=site.choices.already_scheduled_status)
        raise kind.flat(api_name="cvid")
    few = len(ids) < AUTOMATION_VIEW + site.choices.thousand_fires
    automations = AUTOMATIONS if few else ()

    def write(id_: str) -> bool:
        return isinstance(update.update(id_, site.clock.moment(), automations), Record)

    plan = request.job_plan
    job = Job(
        id=site.org.new_id(),
        module=request.module,
        view_id=view_id,
        ids=ids,
        update=write,
        states=tuple(plan.get("states", site.jobs.states)),
        started=now,
        seconds=plan.get("seconds", site.jobs.seconds),
        stop_after=plan.get("stop_after"),
    )
    site.jobs.by_id[job.id] = job
    details = {"job_id": job.id}
    message = "mass update scheduled successfully"
    item = {"code": "SUCCESS", "details": details, "message": message, "status": "success"}
    return Answer(200, {"data": [item]})


def _targets(site: Site, request: Request, body: dict[str, Any]) -> tuple[str, ...]:
    """The ids of the view's records, of those in the territory when one is given."""
    view = site.org.views.get(str(body["cvid"]))
    if view is None or view.module != request.module:
        raise errors.INVALID_CVID.flat(api_name="cvid", json_path="$.cvid")
    if not view.accessible:
        raise errors.VIEW_NOT_ACCESSIBLE.flat(permissions=["Crm_Implied_View_Custom_View"])
    ids = [record.id for record in site.org.listed(view)]
    if "territory" in body:
        inside = _inside(site, body["territory"])
        ids = [id_ for id_ in ids if id_ in inside]
    if not ids:
        raise errors.NO_RECORDS.flat()
    if len(ids) > MAX_VIEW:
        raise errors.TOO_MANY_RECORDS.flat(limit=MAX_VIEW)
    return tuple(ids)


def _inside(site: Site, territory: Any) -> set[str]:
    """The ids of a territory's records."""
    territory_id = str(territory.get("id")) if isinstance(territory, dict) else ""
    if territory_id not in site.org.territories:
        raise _refused(errors.INVALID_TERRITORY, api_name="id", json_path="$.territory.id")
    include_child = territory.get("include_child", False)
    if not isinstance(include_child, bool):
        place = {"api_name": "include_child", "json_path": "$.territory.include_child"}
        raise errors.INVALID_DATA.flat(expected_data_type="boolean", **place)
    return site.org.in_territory(territory_id, include_child=include_child)
