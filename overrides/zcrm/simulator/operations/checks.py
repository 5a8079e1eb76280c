"""The checks before an operation, in their order: URL, token, limits, module, method, scope, permission."""

import re
from typing import Final

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.requests import Request
from zcrm.simulator.org.org import ACTIVITIES, NOTES, STANDARD_MODULES
from zcrm.simulator.site.meters import cost
from zcrm.simulator.site.site import Site

_VERSION = re.compile(r"v\d+(\.\d+)?")
_OLDEST_VERSION: Final = 2
_NO_ACTIVITIES_FROM: Final = 8
_SCHEME: Final = "zoho-oauthtoken "
_UNSUPPORTED: Final = frozenset({"Documents", "Projects"})
_RECORDS: Final = frozenset({"get_records", "get_record"})
_NO_MASS_UPDATE: Final = frozenset(
    {"Appointments__s", "Appointments_Rescheduled_History__s", "Services__s", NOTES}
)

_SCOPE_GROUPS = {
    "update_records": ("modules", ("write", "update")),
    "update_record": ("modules", ("write", "update")),
    "update_appointments": ("modules", ("write", "update")),
    "update_appointment": ("modules", ("write", "update")),
    "get_appointments": ("modules", ("read",)),
    "get_appointment": ("modules", ("read",)),
    "mass_update": ("mass_update", ("update",)),
    "get_mass_update_status": ("mass_update", ("read",)),
    "get_records": ("modules", ("read",)),
    "get_record": ("modules", ("read",)),
}
_ORGANISATION_SCOPES: Final = frozenset({"zohocrm.org.read", "zohocrm.org.all"})
_FIELDS_SCOPES: Final = frozenset(
    {"zohocrm.settings.all", "zohocrm.settings.fields.all", "zohocrm.settings.fields.read"}
)

_RIGHTS = {
    "update_records": "edit",
    "update_record": "edit",
    "update_appointments": "edit",
    "update_appointment": "edit",
    "get_appointments": "read",
    "get_appointment": "read",
    "mass_update": "mass_update",
    "get_mass_update_status": "read",
    "get_records": "read",
    "get_record": "read",
    "get_fields": "read",
}
_NO_PRIVILEGE = {
    "mass_update": errors.NO_PRIVILEGE_TO_MASS_UPDATE,
    "get_mass_update_status": errors.NO_PRIVILEGE_TO_READ,
    "get_records": errors.NO_PRIVILEGE_TO_READ,
    "get_record": errors.NO_PRIVILEGE_TO_READ,
    "get_fields": errors.NO_PRIVILEGE_TO_READ,
}


def admit(site: Site, request: Request) -> None:
    """Let a CRM request through, its user set, or raise the refusal of the first check it fails."""
    _check_url(request)
    if site.choices.first_check == "module":
        _check_module(site, request)
    scopes = _check_token(site, request)
    _check_limits(site, request)
    _check_module(site, request)
    if request.operation is None:
        raise errors.INVALID_METHOD.flat()
    _check_scope(request, scopes)
    _check_permission(request)
    if request.resource == "mass_update" and request.module in _NO_MASS_UPDATE:
        raise errors.MASS_UPDATE_NOT_SUPPORTED.flat(resource_path_index=0)
    if request.operation in _RECORDS and request.module == NOTES and request.user is not site.org.owner:
        raise errors.NOTES_NOT_SUPPORTED.flat(resource_path_index=0)


def admit_metadata(site: Site, request: Request) -> None:
    """The same for a request outside the specification, which needs no scope but for the organisation."""
    _check_version(request)
    scopes = _check_token(site, request)
    _check_limits(site, request)
    if request.resource == "org" and not scopes & _ORGANISATION_SCOPES:
        raise errors.SCOPE_MISMATCH.flat()


def _check_version(request: Request) -> None:
    if not _VERSION.fullmatch(request.version):
        raise errors.INVALID_URL.flat()
    if request.version_number < _OLDEST_VERSION:
        raise errors.API_NOT_SUPPORTED.flat(supported_version=_OLDEST_VERSION)


def _check_url(request: Request) -> None:
    _check_version(request)
    if not request.module and request.resource != "fields":
        raise errors.INVALID_URL.flat()
    if request.resource == "record" and not (request.record_id.isascii() and request.record_id.isdigit()):
        raise errors.INVALID_URL.flat()


def _check_token(site: Site, request: Request) -> frozenset[str]:
    header = request.header(b"authorization")
    if header[: len(_SCHEME)].lower() != _SCHEME:
        raise errors.NO_TOKEN.flat()
    token = site.accounts.find(header[len(_SCHEME) :].strip())
    if token is None:
        raise errors.DEAD_TOKEN[site.choices.expired_code].flat()
    request.user = token.user
    return token.scopes


def _check_limits(site: Site, request: Request) -> None:
    if not request.within_concurrency:
        raise errors.TOO_MANY_REQUESTS.flat()
    price = cost(request, site.choices)
    if price > site.meters.remaining:
        refused = errors.TOO_MANY_REQUESTS.flat()
        if site.choices.credits_retry_after:
            after = ("Retry-After", str(site.meters.seconds_until(price)))
            refused.answer = refused.answer._replace(headers=(*refused.answer.headers, after))
        raise refused


def _check_module(site: Site, request: Request) -> None:
    """Whether the path names a module; one that a parameter names is looked at with the parameters."""
    if request.resource == "fields":
        return
    if request.module in _UNSUPPORTED:
        raise errors.UNSUPPORTED_MODULE.flat(resource_path_index=0)
    if request.module == ACTIVITIES:
        known = request.resource == "mass_update" and request.version_number < _NO_ACTIVITIES_FROM
    else:
        known = request.module in site.org.modules
    if not known:
        kind = errors.NOT_A_MODULE_TO_UPDATE if request.method == "PUT" else errors.NOT_A_MODULE
        raise kind.flat(resource_path_index=0)


def _check_scope(request: Request, scopes: frozenset[str]) -> None:
    if request.operation == "get_fields":
        if not _FIELDS_SCOPES & scopes:
            raise errors.SETTINGS_SCOPE_MISMATCH.flat()
        return
    group, rights = _SCOPE_GROUPS[request.operation or ""]
    module = scope_module(request.module)
    if request.module == "Events" and group == "mass_update":
        module = (*module, "meetings")
    wanted = {f"zohocrm.{group}.{right}" for right in ("all", *rights)}
    wanted |= {f"zohocrm.{group}.{name}.{right}" for name in module for right in ("all", *rights)}
    if not wanted & scopes:
        raise errors.SCOPE_MISMATCH.flat()


def scope_module(module: str) -> tuple[str, ...]:
    """The names a module goes by in a scope, lower case: its own without `__s`, also without underscores."""
    name = module.lower().removesuffix("__s")
    return (name, name.replace("_", "")) if module in (*STANDARD_MODULES, ACTIVITIES) else (name, "custom")


def _check_permission(request: Request) -> None:
    user, module, operation = request.user, request.module, request.operation or ""
    if not user.may("api", module):
        raise _NO_PRIVILEGE.get(operation, errors.NO_PRIVILEGE_TO_UPDATE).flat()
    right = _RIGHTS[operation]
    if not user.may(right, module):
        kind = errors.NO_PERMISSION
        if operation in {"update_records", "update_record"}:
            kind = errors.NO_PERMISSION_TO_UPDATE
        name = "_".join(part.capitalize() for part in right.split("_"))
        raise kind.flat(permissions=[f"Crm_Implied_{name}_{module.removesuffix('__s')}"])
