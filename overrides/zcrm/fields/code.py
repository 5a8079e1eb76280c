"""Rows of an org's modules as Python code, for editors and type checkers, by datamodel-code-generator.

The settings are those by which `zcrm_api.rows` is made.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from ..errors import UsageError
from .document import Fields
from .schema import class_name, document_of

WRITTEN = "# Written by `zcrm fields types` for "
"""What a file of such rows begins with."""

_TOOLS = ("datamodel_code_generator", "ruff")
_GENERATOR = (
    "datamodel_code_generator", "--ignore-pyproject", "--input-file-type", "openapi",
    "--target-python-version", "3.11", "--disable-timestamp", "--enum-field-as-literal", "all",
    "--use-field-description", "--use-schema-description", "--use-annotated", "--use-union-operator",
    "--use-standard-collections",
)  # fmt: skip
_TYPED_DICTS = (
    "--output-model-type", "typing.TypedDict", "--no-use-closed-typed-dict",
    "--import-overrides", '{"TypedDict": "typing_extensions"}',
)  # fmt: skip
_MODELS = (
    "--output-model-type", "pydantic_v2.BaseModel", "--strict-types", "str", "int", "float", "bool",
)  # fmt: skip


def code(fields: Fields, *, pydantic: bool = False) -> str:
    """The module's text: a TypedDict, or a pydantic model, for the rows of each module.

    The same fields give the same text. Raises UsageError where the extra `types` is missing, or where two
    modules would have rows of one name.
    """
    if any(find_spec(tool) is None for tool in _TOOLS):
        raise UsageError("Typed rows need an extra", fix='pip install "zcrm[types]"')
    modules = list(fields.values())
    if len({class_name(each.module) for each in modules}) < len(modules):
        raise UsageError("Two of these modules would have rows of the same name", fix="Write them apart.")
    with TemporaryDirectory() as folder:
        given, made = Path(folder) / "rows.json", Path(folder) / "rows.py"
        given.write_bytes(orjson.dumps(document_of(modules)))
        kind = _MODELS if pydantic else _TYPED_DICTS
        header = f"{WRITTEN}{', '.join(fields)}; do not edit."
        _run(
            [*_GENERATOR, *kind, "--custom-file-header", header, "--input", str(given), "--output", str(made)]
        )
        _run(["ruff", "check", "--isolated", "--quiet", "--select", "I,F401,UP", "--fix-only", str(made)])
        _run(["ruff", "format", "--isolated", "--quiet", "--line-length", "100", str(made)])
        return made.read_text(encoding="utf-8")


def _run(words: Sequence[str]) -> None:
    done = subprocess.run(  # noqa: S603 - words of our own
        [sys.executable, "-m", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{words[0]} failed:\n{done.stdout}")
