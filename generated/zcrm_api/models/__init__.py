# Written by `nox -s generate` from spec/; do not edit.
"""Contains all the data models used in inputs/outputs"""

from .authorization_code_grant import AuthorizationCodeGrant
from .client_credentials_grant import ClientCredentialsGrant
from .envelope import Envelope
from .get_appointments_sort_by import GetAppointmentsSortBy
from .get_appointments_sort_order import GetAppointmentsSortOrder
from .get_fields_type import GetFieldsType
from .get_records_sort_by import GetRecordsSortBy
from .get_records_sort_order import GetRecordsSortOrder
from .mass_update_by_ids_body import MassUpdateByIdsBody
from .mass_update_by_view_body import MassUpdateByViewBody
from .refresh_token_grant import RefreshTokenGrant
from .revoke_token_body import RevokeTokenBody
from .territory import Territory
from .update_appointment_body import UpdateAppointmentBody
from .update_appointments_body import UpdateAppointmentsBody
from .update_record_body import UpdateRecordBody
from .update_records_body import UpdateRecordsBody

__all__ = (
    "AuthorizationCodeGrant",
    "ClientCredentialsGrant",
    "Envelope",
    "GetAppointmentsSortBy",
    "GetAppointmentsSortOrder",
    "GetFieldsType",
    "GetRecordsSortBy",
    "GetRecordsSortOrder",
    "MassUpdateByIdsBody",
    "MassUpdateByViewBody",
    "RefreshTokenGrant",
    "RevokeTokenBody",
    "Territory",
    "UpdateAppointmentBody",
    "UpdateAppointmentsBody",
    "UpdateRecordBody",
    "UpdateRecordsBody",
)
