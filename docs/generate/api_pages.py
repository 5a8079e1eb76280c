"""The pages of the Python API: signatures and docstrings, read without importing anything."""

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
        ],
    ),
    "outcomes": ("Outcomes and sums", ["outcomes.Outcome", "outcomes.Summary", "outcomes.Tally"]),
    "errors": ("Errors", ["errors"]),
    "sign-in": (
        "Sign-in",
        ["auth.oauth.OAuth", "auth.tokens.AccessToken", "auth.stores.FileStore", "auth.stores.TokenStore"],
    ),
    "events": ("Events and telemetry", ["engine.flows.effects.Event", "otel.listener"]),
    "runs": ("Runs", ["runs.request.Request", "runs.request.Rules", "runs.run.Run", "runs.report.Report"]),
    "simulator": ("Simulator", ["simulator.simulator.Simulator", "simulator.site.choices.Choices"]),
}


def pages() -> Iterator[tuple[str, str]]:
    """The overview, then a page for each topic."""
    package = griffe.load("zcrm")
    overview = ["# Python API", "", "From the docstrings of the package, by topic.", ""]
    for slug, (title, names) in PAGES.items():
        overview.append(f"- [{title}]({slug}.md): {', '.join(f'`{_last(name)}`' for name in names)}")
        lines = [f"# {title} in Python"]
        for name in names:
            lines += _told(package[name])
        yield f"reference/python/{slug}.md", "\n".join(lines) + "\n"
    yield "reference/python/index.md", "\n".join(overview) + "\n"


def _told(thing: griffe.Object) -> Iterator[str]:
    if isinstance(thing, griffe.Module):
        yield from ["", *_docstring(thing)]
        for each in thing.classes.values():
            if each.is_public and each.docstring:
                yield from _told(each)
    else:
        yield from ["", f"## {thing.name} {{ #{thing.name} }}", ""]
        yield from _code(f"from {_home(thing)} import {thing.name}\n\n{_signature(thing)}")
        yield from _docstring(thing)
    if isinstance(thing, griffe.Class):
        for name, member in thing.all_members.items():
            if not name.startswith("_") and isinstance(member, griffe.Function | griffe.Attribute):
                yield from _member(thing, member)


def _member(owner: griffe.Class, member: griffe.Object) -> Iterator[str]:
    if member.docstring is None or any(member.path == base for base in ("zcrm.errors.ZohoError",)):
        return
    yield from ["", f"### {owner.name}.{member.name} {{ #{owner.name}.{member.name} }}", ""]
    if isinstance(member, griffe.Function):
        yield from _code(_signature(member))
    yield from _docstring(member)


def _signature(thing: griffe.Object) -> str:
    """With a line for each parameter, where it is long."""
    if not isinstance(thing, griffe.Function | griffe.Class):
        return thing.name
    parameters = [each for each in thing.parameters if each.name not in ("self", "cls")]
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
    return thing.docstring.value.replace("<", "&lt;").splitlines() if thing.docstring else []


def _code(text: str) -> list[str]:
    return ["```python", *text.splitlines(), "```", ""]


def _home(thing: griffe.Object) -> str:
    """Where it is imported from: the package itself, for its public names."""
    package = thing.package
    return "zcrm" if thing.name in (package.exports or ()) else thing.parent.path if thing.parent else ""


def _last(name: str) -> str:
    return name.rpartition(".")[2]
