# Written by `nox -s generate` from spec/; do not edit.
from typing import Literal

GetFieldsType = Literal["all", "unused", "used"]

GET_FIELDS_TYPE_VALUES: set[GetFieldsType] = {
    "all",
    "unused",
    "used",
}


def check_get_fields_type(value: str) -> GetFieldsType:
    if value in GET_FIELDS_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GET_FIELDS_TYPE_VALUES!r}"
    )
