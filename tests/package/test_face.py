"""What `zcrm` offers by name."""

import subprocess
import sys

import pytest

import zcrm
from zcrm import errors

ERRORS = [
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and kind.__module__ == errors.__name__
]
EARLIER_NAMES = {"AlreadyScheduled": "JobAlreadyRunning"}
PROMISED = sorted(
    [
        "AccessToken",
        "AsyncZohoCRM",
        "Connection",
        "Event",
        "FileStore",
        "JobStatus",
        "OAuth",
        "Outcome",
        "Retry",
        "Summary",
        "UpdateOptions",
        "ZohoCRM",
        *ERRORS,
    ]
)


def test_the_promised_names_and_no_others():
    assert zcrm.__all__ == PROMISED
    assert "AuthError" in ERRORS
    assert dir(zcrm) == PROMISED


def test_the_names_before_anything_is_asked_for():
    script = "import zcrm, sys; print(dir(zcrm), [name for name in sys.modules if name.startswith('zcrm.')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == f"{PROMISED} []\n"


@pytest.mark.parametrize("name", PROMISED)
def test_a_name_is_the_class_it_says(name):
    found = getattr(zcrm, name)
    assert isinstance(found, type)
    assert found.__name__ == EARLIER_NAMES.get(name, name)
    assert found.__module__.startswith("zcrm.")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'zcrm' has no attribute 'Zoho'"):
        _ = zcrm.Zoho
