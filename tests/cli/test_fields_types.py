"""`zcrm fields types`: types of rows from files of fields. Most of it runs where the generator is."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from zcrm.fields import Fields, code

RAW = json.loads((Path(__file__).parents[1] / "data/fields-deals.json").read_text(encoding="utf-8"))["fields"]
TYPES = ("fields", "types", "-o", "rows.py")
needs_generator = pytest.mark.skipif(
    find_spec("datamodel_code_generator") is None, reason="the extra `types` is not installed"
)


@pytest.fixture
def kept(zcrm: Any) -> Path:
    """The folder with the fields of deals and of a smaller module; nobody is signed in."""
    leads = [{"api_name": "Company", "data_type": "text", "length": 20}]
    folder = zcrm.folder / "zcrm-fields"
    (Fields.from_api("Deals", RAW) | Fields.from_api("Leads", leads)).save(folder)
    return folder


@needs_generator
def test_rows_of_all_modules_or_of_some_are_written_once(zcrm: Any, kept: Path) -> None:
    done = zcrm(*TYPES, "--json")
    assert json.loads(done.stdout) == {
        "answer": "types",
        "run": None,
        "exit_code": 0,
        "error": None,
        "file": "rows.py",
        "modules": ["Deals", "Leads"],
        "current": True,
    }
    text = (zcrm.folder / "rows.py").read_text(encoding="utf-8")
    assert "class DealsRow" in text
    assert "class LeadsRow" in text
    assert "rows of Deals, Leads, unchanged" in zcrm(*TYPES).stderr
    assert zcrm(*TYPES, "Leads").returncode == 0
    assert "class DealsRow" not in (zcrm.folder / "rows.py").read_text(encoding="utf-8")


@needs_generator
def test_a_check_writes_nothing(zcrm: Any, kept: Path) -> None:
    missing = zcrm(*TYPES, "Leads", "--check", "--json")
    assert (missing.returncode, json.loads(missing.stdout)["current"]) == (3, False)
    assert not (zcrm.folder / "rows.py").exists()

    zcrm(*TYPES, "Leads")
    assert zcrm(*TYPES, "Leads", "--check").returncode == 0

    Fields.from_api("Leads", [{"api_name": "Company", "data_type": "integer"}]).save(kept)
    before = (zcrm.folder / "rows.py").read_bytes()
    stale = zcrm(*TYPES, "Leads", "--check")
    assert stale.returncode == 3
    assert "rows.py is not what the fields give" in stale.stderr
    assert (zcrm.folder / "rows.py").read_bytes() == before


@needs_generator
def test_a_file_that_can_not_be_written(zcrm: Any, kept: Path) -> None:
    (zcrm.folder / "rows.py").mkdir()
    done = zcrm(*TYPES, "Leads")
    assert done.returncode == 2
    assert "rows.py can't be read or written" in done.stderr


def test_a_program_of_somebodys_own_is_not_written_over(zcrm: Any, kept: Path) -> None:
    zcrm.write("rows.py", "print('mine')\n")
    done = zcrm(*TYPES)
    assert (done.returncode, "rows.py holds something else than rows" in done.stderr) == (2, True)
    assert (zcrm.folder / "rows.py").read_text(encoding="utf-8") == "print('mine')\n"


def test_the_extra_that_is_missing_is_named(zcrm: Any, kept: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(code, "find_spec", lambda name: None)
    done = zcrm(*TYPES)
    assert done.returncode == 2
    assert 'pip install "zcrm[types]"' in done.stderr


def test_a_module_that_was_not_pulled(zcrm: Any, kept: Path) -> None:
    done = zcrm(*TYPES, "Contacts")
    assert done.returncode == 2
    assert "Contacts" in done.stderr
