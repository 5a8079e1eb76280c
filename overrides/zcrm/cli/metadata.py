"""What the commands of `zcrm fields` do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from zcrm.atomic import atomic
from zcrm.cli.bagged import Whither
from zcrm.cli.output import answer, write
from zcrm.cli.reaching import reaching
from zcrm.cli.screen import Screen
from zcrm.errors import UsageError
from zcrm.fields import Field, Fields
from zcrm.fields.changes import Change, changes
from zcrm.fields.code import WRITTEN, code
from zcrm.fields.values import is_mass_updatable, is_writable
from zcrm.files.shown import shown
from zcrm.runs.exits import Exit

__all__ = ["diff", "pull", "show", "types"]

_MANY = 5
_HEAD = ("label", "API name", "type", "length", "updated", "mass-updated", "options")


def pull(modules: Sequence[str], folder: Path, whither: Whither, screen: Screen) -> dict[str, Any]:
    """Write what Zoho says of the modules' fields, and say what has changed."""
    kept = Fields.load_readable(folder)
    with reaching(whither, screen) as client:
        pulled = client.fields.pull(*modules, at_hand=kept)
    _check_org(kept, pulled, folder)
    try:
        paths = pulled.save(folder)
    except OSError as error:
        raise UsageError(f"{folder} can't be written to: {error.strerror or error}") from error
    written = []
    for path, (module, found) in zip(paths, pulled.items(), strict=True):
        changed = len(list(changes(kept[module], found))) if module in kept else None
        screen.say(f"{module}: {len(found)} fields in {path}{_said(changed)}")
        written.append({"module": module, "file": str(path), "fields": len(found), "changes": changed})
    return answer("fields_pulled", modules=written)


def show(module: str, folder: Path, *, quiet: bool) -> dict[str, Any]:
    """Write the fields of a module as a table to standard output, unless quiet."""
    found = _known(folder, [module])[module]
    if not quiet:
        write(_table([_HEAD, *map(_cells, found.values())]))
    return answer(
        "fields",
        module=module,
        org=found.org,
        environment=found.environment,
        time_zone=found.time_zone,
        pulled_at=found.pulled_at,
        fields=[field.to_json() | {"can_be_updated": is_writable(field)} for field in found.values()],
    )


def diff(
    modules: Sequence[str], folder: Path, whither: Whither, screen: Screen, *, quiet: bool
) -> dict[str, Any]:
    """Write what has changed to standard output, unless quiet, a line for each difference."""
    kept = _known(folder, modules)
    with reaching(whither, screen) as client:
        pulled = client.fields.pull(*kept, at_hand=kept)
    _check_org(kept, pulled, folder)
    found = [change for module in kept for change in changes(kept[module], pulled[module])]
    if not quiet:
        write(_line(change, kept if change.kind == "removed" else pulled) for change in found)
    screen.say(f"{', '.join(kept)}: {len(found)} differences" if found else f"{', '.join(kept)}: unchanged")
    exit_code = Exit.ROWS_REFUSED if found else Exit.OK
    return answer("fields_diff", exit_code=exit_code, changes=[asdict(change) for change in found])


def types(
    modules: Sequence[str], folder: Path, output: Path, screen: Screen, *, pydantic: bool, check: bool
) -> dict[str, Any]:
    """Write the types of rows, or with check say whether they are as they would be written."""
    known = _known(folder, modules)
    try:
        there = output.read_text(encoding="utf-8") if output.exists() else ""
        if there.strip() and not (check or there.startswith(WRITTEN)):
            raise UsageError(f"{output} holds something else than rows", fix="Choose another name.")
        text = code(known, pydantic=pydantic)
        current = there == text
        if not (check or current):
            with atomic(output) as new:
                new.write_text(text, encoding="utf-8", newline="\n")
            output.chmod(0o644)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{output} can't be read or written: {error}") from error
    stale = check and not current
    if stale:
        screen.say(f"{output} is not what the fields give; write it anew without --check")
    else:
        screen.say(f"{output}: rows of {', '.join(known)}{', unchanged' if current else ''}")
    exit_code = Exit.ROWS_REFUSED if stale else Exit.OK
    return answer(
        "types", exit_code=exit_code, file=str(output), modules=list(known), current=current or not check
    )


def _known(folder: Path, modules: Sequence[str]) -> Fields:
    """The documents of these modules, or of all; raises UsageError where one is missing."""
    if not folder.exists():
        raise UsageError(f"There is no folder {folder}", fix="Pull the fields: zcrm fields pull MODULE")
    kept = Fields.load(folder)
    return Fields(kept.of(module) for module in modules) if modules else kept


def _check_org(kept: Fields, pulled: Fields, folder: Path) -> None:
    for module, found in pulled.items():
        if module in kept:
            try:
                kept.check_place(module, found.environment, found.org)
            except UsageError as error:
                raise UsageError(
                    error.message, fix=f"Keep them apart: --fields, and not {folder}."
                ) from error


def _said(changed: int | None) -> str:
    if changed is None:
        return ""
    return f", {changed} differences to before" if changed else ", unchanged"


def _cells(field: Field) -> tuple[str, ...]:
    target = field.lookup_module or field.subform_module
    return (
        field.field_label,
        field.api_name,
        f"{field.data_type} of {target}" if target else field.data_type,
        "" if field.length is None else str(field.length),
        ("needed" if field.system_mandatory else "yes") if is_writable(field) else "no",
        "yes" if is_mass_updatable(field) else "no",
        _listed([option.display_value for option in field.pick_list_values]),
    )


def _listed(options: Sequence[str]) -> str:
    more = f" and {len(options) - _MANY} more" if len(options) > _MANY else ""
    return ", ".join(options[:_MANY]) + more


def _table(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines whose columns stand below each other."""
    escaped = [[shown(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*escaped, strict=True)]
    for row in escaped:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _line(change: Change, fields: Fields) -> str:
    name = f"{change.module}.{change.field}"
    if change.kind != "changed":
        field = fields[change.module][change.field]
        return f"{'+' if change.kind == 'added' else '-'} {name}  {field.data_type}  {field.field_label}"
    if change.what == "pick_list_values":
        gone = [f"-{text}" for text in change.before]
        moved = [*gone, *(f"+{text}" for text in change.after)]
        return f"~ {name}  options: {', '.join(moved) or 'in another order'}"
    return f"~ {name}  {change.what}: {change.before} → {change.after}"
