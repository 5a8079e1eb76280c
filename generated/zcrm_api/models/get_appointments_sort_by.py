# Written by `nox -s generate` from spec/; do not edit.
from typing import Literal

GetAppointmentsSortBy = Literal["Created_Time", "id", "Modified_Time"]

GET_APPOINTMENTS_SORT_BY_VALUES: set[GetAppointmentsSortBy] = {
    "Created_Time",
    "id",
    "Modified_Time",
}


def check_get_appointments_sort_by(value: str) -> GetAppointmentsSortBy:
    if value in GET_APPOINTMENTS_SORT_BY_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GET_APPOINTMENTS_SORT_BY_VALUES!r}"
    )
