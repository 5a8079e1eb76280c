"""The pages of the Python API: signatures and docstrings, read without importing anything."""

import re
from collections.abc import Iterator

import griffe

PAGES = {
    "client": ("Clients", ["client.ZohoCRM", "client.AsyncZohoCRM", "connection.Connection", "retry.Retry"]),
    "records": (
        "Records",
        [
            *("records.Records", "records.AsyncRecords", "rows.options.UpdateOptions"),
            *("engine.updates.Updates", "engine.updates.AsyncUpdates"),
            *("engine.buffers.Buffer", "engine.buffers.AsyncBuffer"),
        ],
    ),
    "appointments": ("Appointments", ["appointments.Appointments", "appointments.AsyncAppointments"]),
    "mass-update": (
        "Mass update",
        [
            *("mass_update.MassUpdate", "mass_update.AsyncMassUpdate", "mass_update.ByIdsOptions"),
            *("jobs.Job", "jobs.AsyncJob", "jobs.JobStatus"),
            *("mass_update.Receipt", "mass_update.RecordChange"),
        ],
    ),
    "fields": (
        "Fields",
        ["metadata.Metadata", "fields.document.Fields", "fields.document.ModuleFields", "fields.field.Field"],
    ),
    "outcomes": ("Outcomes and sums", ["outcomes.Outcome", "outcomes.Summary", "outcomes.Tally"]),
    "errors": ("Errors", ["errors"]),
    "sign-in": (
        "Sign-in",
        ["auth.oauth.OAuth", "auth.tokens.AccessToken", "auth.stores.FileStore", "auth.stores.TokenStore"],
    ),
    "events": ("Events and telemetry", ["engine.flows.effects.Event", "otel.listener"]),
    "runs": (
        "Runs",
        [
            "runs.request.Request",
            "runs.request.Rules",
            "runs.run.Run",
            "runs.report.Report",
            "runs.folder.RunFolder",
        ],
    ),
    "simulator": ("Simulator", ["simulator.simulator.Simulator", "simulator.site.choices.Choices"]),
}

WITHOUT_MEMBERS = {"Request", "RunFolder"}


def pages() -> Iterator[tuple[str, str]]:
    """The overview, then a page for each topic."""
    package = griffe.load("zcrm")
    overview = ["# Python API", "", "From the docstrings of the package, by topic.", ""]
    for slug, (title, names) in PAGES.items():
        overview.append(f"- [{title}]({slug}.md): {', '.join(f'`{_last(name)}`' for name in names)}")
        lines = [f"# {title} in Python"]
        things = [_itself(package[name]) for name in names]
        for thing in things:
            lines += _told(thing, {each.path for each in things})
        yield f"reference/python/{slug}.md", "\n".join(lines) + "\n"
    yield "reference/python/index.md", "\n".join(overview) + "\n"


def _itself(found: griffe.Object | griffe.Alias) -> griffe.Object:
    target = found.final_target if isinstance(found, griffe.Alias) else found
    if isinstance(target, griffe.Alias):
        raise TypeError(f"{found.path} leads nowhere")
    return target


def _told(thing: griffe.Object, shown: set[str]) -> Iterator[str]:
    """shown: what has a place of its own on the page, and is not repeated where it is inherited."""
    if isinstance(thing, griffe.Module):
        yield from ["", *_docstring(thing)]
        classes = [each for each in thing.classes.values() if each.is_public and each.docstring]
        for each in classes:
            yield from _told(each, {other.path for other in classes})
        return
    yield from ["", f"## {thing.name} {{ #{thing.name} }}", ""]
    if home := _home(thing):
        yield from _code(f"from {home} import {thing.name}\n\n{_signature(thing)}")
    yield from _docstring(thing)
    shows_members = isinstance(thing, griffe.Class) and thing.name not in WITHOUT_MEMBERS
    for name, member in thing.all_members.items() if shows_members else ():
        target = _itself(member)
        elsewhere = target.parent not in (None, thing) and target.parent.path in shown
        if name[0] != "_" and target.docstring and not elsewhere:
            yield from _member(thing, target)


def _member(owner: griffe.Object, member: griffe.Object) -> Iterator[str]:
    yield from ["", f"### {owner.name}.{member.name} {{ #{owner.name}.{member.name} }}", ""]
    if isinstance(member, griffe.Function):
        yield from _code(_signature(member))
    yield from _docstring(member)


def _signature(thing: griffe.Object) -> str:
    """With a line for each parameter, where it is long."""
    if not isinstance(thing, griffe.Function | griffe.Class):
        return thing.name
    parameters = list(_parameters(thing.parameters))
    word = "class" if isinstance(thing, griffe.Class) else "async def" if "async" in thing.labels else "def"
    gives = f" -> {thing.returns}" if isinstance(thing, griffe.Function) and thing.returns else ""
    text = f"{word} {thing.name}({', '.join(parameters)})"
    lines = "".join(f"    {each},\n" for each in parameters)
    return text + gives if len(text) < 100 else f"{word} {thing.name}(\n{lines}){gives}"


def _parameters(parameters: griffe.Parameters) -> Iterator[str]:
    """Each with its type and default; between them, where the places end and where the names begin."""
    shown = [each for each in parameters if each.name not in ("self", "cls") and each.name[0] != "_"]
    kinds = griffe.ParameterKind
    by_place = [_parameter(each) for each in shown if each.kind is kinds.positional_only]
    by_name = [_parameter(each) for each in shown if each.kind in (kinds.keyword_only, kinds.var_keyword)]
    either = [_parameter(each) for each in shown if each.kind is kinds.positional_or_keyword]
    rest = [_parameter(each) for each in shown if each.kind is kinds.var_positional]
    keyword_only = any(each.kind is kinds.keyword_only for each in shown)
    yield from [*by_place, "/"] if by_place else []
    yield from either
    yield from rest or (["*"] if keyword_only else [])
    yield from by_name


def _parameter(each: griffe.Parameter) -> str:
    stars = {griffe.ParameterKind.var_keyword: "**", griffe.ParameterKind.var_positional: "*"}
    text = f"{stars.get(each.kind, '') if each.kind else ''}{each.name}" if each.kind else each.name
    text += f": {each.annotation}" if each.annotation else ""
    return text if each.default is None or each.kind in stars else f"{text} = {each.default}"


def _docstring(thing: griffe.Object) -> list[str]:
    """The docstring, in which what is said of a parameter or an attribute is an item of a list."""
    names = set(thing.members)
    if isinstance(thing, griffe.Function | griffe.Class):
        names |= {each.name for each in thing.parameters}

    def item(found: re.Match[str]) -> str:
        told = names.issuperset(found[1].split(", "))
        return f"\n\n- **{found[1]}**: " if told else found[0]

    text = thing.docstring.value.replace("<", "&lt;") if thing.docstring else ""
    text = re.sub(r"(?m)^(?=Raises |Returns )", "\n", text)
    return re.sub(r"(?m)(?:^|(?<=\. ))((?:\w+, )*\w+): ", item, text).splitlines()


def _code(text: str) -> list[str]:
    return ["```python", *text.splitlines(), "```", ""]


def _home(thing: griffe.Object) -> str:
    """The module that exports it, the outermost first; empty where callers are only handed one."""
    names = thing.path.split(".")[:-1]
    homes = [".".join(names[: end + 1]) for end in range(len(names))]
    modules = thing.package.modules_collection
    return next((home for home in homes if thing.name in (modules[home].exports or ())), "")


def _last(name: str) -> str:
    return name.rpartition(".")[2]
