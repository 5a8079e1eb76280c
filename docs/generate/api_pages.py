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
    for name, member in thing.all_members.items() if isinstance(thing, griffe.Class) else ():
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
    parameters = [
        each for each in thing.parameters if each.name not in ("self", "cls") and each.name[0] != "_"
    ]
    if isinstance(thing, griffe.Class):
        text = f"class {thing.name}({', '.join(map(_parameter, parameters))})"
        return text if len(text) < 100 else f"class {thing.name}(\n{_lines(parameters)})"
    word = "async def" if "async" in thing.labels else "def"
    text = f"{word} {thing.name}({', '.join(map(_parameter, parameters))})"
    gives = f" -> {thing.returns}" if thing.returns else ""
    return text + gives if len(text) < 100 else f"{word} {thing.name}(\n{_lines(parameters)}){gives}"


def _lines(parameters: list[griffe.Parameter]) -> str:
    return "".join(f"    {_parameter(each)},\n" for each in parameters)


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
