"""What `zcrm` offers by name."""

import pytest

import zcrm

PROMISED = [
    "AccessToken",
    "AsyncZohoCRM",
    "Connection",
    "Event",
    "FileStore",
    "OAuth",
    "Outcome",
    "Retry",
    "Summary",
    "ZohoCRM",
    "ZohoError",
]


def test_the_promised_names_and_no_others():
    assert zcrm.__all__ == PROMISED == sorted(PROMISED)
    assert set(PROMISED) <= set(dir(zcrm))


@pytest.mark.parametrize("name", PROMISED)
def test_a_name_is_the_class_it_says(name):
    found = getattr(zcrm, name)
    assert isinstance(found, type)
    assert found.__name__ == name
    assert found.__module__.startswith("zcrm.")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'zcrm' has no attribute 'Zoho'"):
        _ = zcrm.Zoho
