# Written by `nox -s generate` from spec/; do not edit.
from typing import Literal

GetRecordsSortBy = Literal["Created_Time", "id", "Modified_Time"]

GET_RECORDS_SORT_BY_VALUES: set[GetRecordsSortBy] = {
    "Created_Time",
    "id",
    "Modified_Time",
}


def check_get_records_sort_by(value: str) -> GetRecordsSortBy:
    if value in GET_RECORDS_SORT_BY_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GET_RECORDS_SORT_BY_VALUES!r}"
    )
