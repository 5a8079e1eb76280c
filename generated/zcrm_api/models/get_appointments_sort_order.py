# Written by `nox -s generate` from spec/; do not edit.
from typing import Literal

GetAppointmentsSortOrder = Literal["asc", "desc"]

GET_APPOINTMENTS_SORT_ORDER_VALUES: set[GetAppointmentsSortOrder] = {
    "asc",
    "desc",
}


def check_get_appointments_sort_order(value: str) -> GetAppointmentsSortOrder:
    if value in GET_APPOINTMENTS_SORT_ORDER_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GET_APPOINTMENTS_SORT_ORDER_VALUES!r}"
    )
