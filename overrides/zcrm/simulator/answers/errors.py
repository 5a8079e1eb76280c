"""The errors the simulator can answer, one line each, with the vendor's message texts.

Messages are data, copied from the vendor's pages; where a page describes an error without quoting its
message, the text comes from the vendor's OpenAPI examples, else it is the page's description. Those of
API_NOT_SUPPORTED, CONTROLLING_FIELD_MISSING and NOT_WRITABLE are the simulator's own: no source has one.
"""

from zcrm.simulator.answers.envelopes import Kind

_NOT_APPROVED = "Cannot update record that is not approved yet"

# any operation
INVALID_URL = Kind(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")
INVALID_METHOD = Kind(400, "INVALID_REQUEST_METHOD", "The http request method type is not a valid one")
UNSUPPORTED_MODULE = Kind(400, "INVALID_MODULE", "The given module is not supported in API")
NOT_A_MODULE = Kind(400, "INVALID_MODULE", "the module name given seems to be invalid")
API_NOT_SUPPORTED = Kind(400, "API_NOT_SUPPORTED", "the API version is not supported")
NO_TOKEN = Kind(401, "AUTHENTICATION_FAILURE", "Authentication failed")
DEAD_TOKEN = {
    "INVALID_TOKEN": Kind(401, "INVALID_TOKEN", "invalid oauth token"),
    "INVALID_OAUTHTOKEN": Kind(401, "INVALID_OAUTHTOKEN", "invalid oauth token"),
    "AUTHENTICATION_FAILURE": NO_TOKEN,
}
SCOPE_MISMATCH = Kind(401, "OAUTH_SCOPE_MISMATCH", "Unauthorized")
SETTINGS_SCOPE_MISMATCH = Kind(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")
TOO_MANY_REQUESTS = Kind(
    429, "TOO_MANY_REQUESTS", "Too many requests fired in concurrent than the allowed limit."
)
INTERNAL_ERROR = Kind(500, "INTERNAL_ERROR", "Internal Server Error")
UNREADABLE = Kind(
    400, "UNABLE_TO_PARSE_DATA_TYPE", "either the request body or parameters is in wrong format"
)
INVALID_DATA = Kind(400, "INVALID_DATA", "invalid data")
INVALID_ID = Kind(400, "INVALID_DATA", "the id given seems to be invalid")
NO_PERMISSION = Kind(403, "NO_PERMISSION", "permission denied")

# updating records
NOT_A_MODULE_TO_UPDATE = Kind(400, "INVALID_MODULE", "The module name given seems to be invalid")
NO_PERMISSION_TO_UPDATE = Kind(403, "NO_PERMISSION", "Permission denied to update")
NO_PRIVILEGE_TO_UPDATE = Kind(
    400, "AUTHORIZATION_FAILED", "User does not have sufficient privilege to update records"
)
TOO_MANY_ROWS = Kind(400, "LIMIT_EXCEEDED", "count of records in your request exceeds the limit")
MANDATORY_NOT_FOUND = Kind(400, "MANDATORY_NOT_FOUND", "Required field not found")
UNKNOWN_FIELD = Kind(400, "INVALID_DATA", "the field api name given seems to be invalid")
CONTROLLING_FIELD_MISSING = Kind(400, "DEPENDENT_FIELD_MISSING", "the controlling field has no value")
NOT_WRITABLE = Kind(400, "NOT_ALLOWED", "the field cannot be updated")
DUPLICATE_DATA = Kind(400, "DUPLICATE_DATA", "duplicate data")
DUPLICATE_LINKING_DATA = Kind(400, "DUPLICATE_LINKING_DATA", "Duplicate association")
MULTIPLE_ERRORS = Kind(400, "MULTIPLE_OR_MULTI_ERRORS", "Multiple errors in the request")
TOO_MANY_PARTICIPANTS = Kind(400, "LIMIT_EXCEEDED", "Only 50 participants can be added to an event.")
ZERO_DURATION = Kind(400, "DEPENDENT_MISMATCH", "Call Duration can not be zero.")
ALREADY_MODIFIED = Kind(
    412, "ALREADY_MODIFIED", "Record updated time has already passed if-unmodified-since time"
)

# the condition of a record
RECORD_LOCKED = Kind(400, "RECORD_LOCKED", "You cannot perform this operation as the record is locked.")
RECORD_BUSY = Kind(400, "RECORD_LOCKED", _NOT_APPROVED)
SORRY_LOCKED = Kind(400, "RECORD_LOCKED", "Sorry, you cannot perform this operation as the record is locked.")
NOT_APPROVED = Kind(400, "NOT_APPROVED", _NOT_APPROVED)
NOT_REVIEWED = Kind(400, "NOT_REVIEWED", "record in review")


def field_in_blueprint(name: str) -> Kind:
    """The refusal of an update that sets a field which a blueprint governs."""
    return IN_BLUEPRINT._replace(message=f"{name} cannot be updated as it is in the blueprint")


# updating appointments
NOT_ACCESSIBLE = Kind(403, "NO_PERMISSION", "record not accessible")
APPOINTMENT_ID_MISSING = Kind(400, "MANDATORY_NOT_FOUND", "required field not found")
KEY_MISSING = Kind(400, "MANDATORY_NOT_FOUND", "mandatory key missing")
START_MISSING = Kind(400, "DEPENDENT_FIELD_MISSING", "Rescheduled_From cannot be empty")
CANCELLED_MISSING = Kind(
    400,
    "DEPENDENT_FIELD_MISSING",
    "To Update the fields of Cancellation Information Section, value of Status should be Cancelled",
)
SAME_START = Kind(
    400, "DEPENDENT_FIELD_UNCHANGED", "Reschedule_From and Appointment_Start_Time cannot be same"
)
NEVER_RESCHEDULED = Kind(
    400,
    "DEPENDENT_FIELD_UNCHANGED",
    "Reschedule the appointment atleast once to Update the fields of Reschedule Information Section",
)
CANCELLING_WITH_OTHER_STATUS = Kind(
    400, "DEPENDENT_MISMATCH", "You are trying to cancel an appointment with an invalid status."
)
TOO_EARLY = {
    "Completed": Kind(
        400,
        "DEPENDENT_MISMATCH",
        "Appointment cannot be marked as completed before the appointment ends",
    ),
    "Overdue": Kind(
        400, "DEPENDENT_MISMATCH", "Appointment cannot be marked as overdue before the appointment ends"
    ),
}
START_IN_THE_PAST = Kind(400, "DEPENDENT_MISMATCH", "Appointment cannot be scheduled for past dates")
FROM_AFTER_START = Kind(
    400,
    "DEPENDENT_MISMATCH",
    "The Rescheduled_From time should be lesser than the new appointment time.",
)
JOB_SHEET_TOO_EARLY = Kind(
    400, "DEPENDENT_MISMATCH", "Job Sheet can be created only for completed appointment"
)
NOT_A_SERVICE_MEMBER = Kind(400, "DEPENDENT_MISMATCH", "Appointment Owner is not a part of Service Members")
SERVICE_NOT_AVAILABLE = Kind(400, "NOT_ALLOWED", "Service is not available on the given time")
OUTSIDE_BUSINESS_HOURS = Kind(400, "NOT_ALLOWED", "Appointment time does not falls under business hours")
JOB_SHEET_MANDATED = Kind(
    400, "NOT_ALLOWED", "Appointment cannot be marked as completed without creating the jobsheet"
)
RESCHEDULE_ENDED = Kind(
    403, "NOT_ALLOWED", "You have tried to reschedule either a completed or cancelled appointment."
)
CANCELLED_STATUS_IS_FINAL = Kind(
    403,
    "NOT_ALLOWED",
    "You have tried to mark a cancelled appointment as 'Scheduled' or 'Completed' or 'Overdue'.",
)
COMPLETED_STATUS_IS_FINAL = Kind(
    403,
    "NOT_ALLOWED",
    "You have tried to mark a completed appointment as 'Scheduled' or 'Cancelled' or 'Overdue'.",
)
COMPLETING_NOT_CONFIGURED = Kind(403, "NOT_ALLOWED", "You have tried to mark an appointment as 'Completed'.")

# getting appointments
PARAMETER_MISSING = Kind(400, "REQUIRED_PARAM_MISSING", "required param is missing")
TOO_MANY_FIELDS = Kind(400, "LIMIT_EXCEEDED", "limit exceeded")
AMBIGUOUS = Kind(
    400,
    "AMBIGUITY_DURING_PROCESSING",
    "You cannot use both cvid and sort_by, and page and page_token",
)
BEYOND_PAGES = Kind(
    400,
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
    "You can only get the first 2000 records without using page_token param",
)
BEYOND_PAGE_TOKENS = Kind(
    400, "PAGINATION_LIMIT_EXCEEDED", "You can only get upto 100000 records using page_token param"
)
PAGE_TOKEN_EXPIRED = Kind(400, "EXPIRED_VALUE", "Page token expired")
PAGE_TOKEN_MISMATCH = Kind(
    400,
    "TOKEN_BOUND_DATA_MISMATCH",
    "The page_token given seems to be invalid or input param is added or altered or deleted",
)
PATTERN_NOT_MATCHED = Kind(400, "PATTERN_NOT_MATCHED", "Please check whether the input values are correct")

# reading records
NOTES_NOT_SUPPORTED = Kind(403, "NOT_SUPPORTED", "the given module is not supported for this api")

# mass update
MASS_UPDATE_NOT_SUPPORTED = Kind(400, "NOT_SUPPORTED", "the given module is not supported for this api")
EDITION_WITHOUT_JOBS = Kind(
    400, "NOT_SUPPORTED", "Scheduled Mass Operation feature is not available in your edition"
)
NO_PRIVILEGE_TO_MASS_UPDATE = Kind(
    400, "AUTHORIZATION_FAILED", "User does not have sufficient privilege to schedule mass update."
)
NO_TARGET = Kind(400, "MANDATORY_NOT_FOUND", "required field not found")
NO_FIELD = Kind(400, "INVALID_DATA", "No field found")
MAX_FIELDS = Kind(400, "INVALID_DATA", "Max field limit exceeded")
FIELD_NOT_MASS_UPDATABLE = Kind(400, "INVALID_DATA", "This field cannot be updated in the Mass Update")
FIELD_IN_LAYOUT_RULE = Kind(
    400, "INVALID_DATA", "Field cannot be updated as it is associated with a layout rule"
)
FIELD_IN_VALIDATION_RULE = Kind(
    400, "INVALID_DATA", "Field cannot be updated as it is associated with a validation rule"
)
FIELD_NOT_VISIBLE = Kind(400, "INVALID_DATA", "Field is not visible")
FIELD_NOT_EDITABLE = Kind(403, "NO_PERMISSION", "Field Edit Permission not given")
INVALID_TERRITORY = Kind(400, "INVALID_DATA", "The id given seems to be invalid")
INVALID_CVID = Kind(400, "INVALID_DATA", "the cvid given seems to be invalid")
VIEW_NOT_ACCESSIBLE = Kind(403, "NO_PERMISSION", "Customview not accessible")
TOO_MANY_RECORDS = Kind(400, "LIMIT_EXCEEDED", "Record count exceeded")
NO_RECORDS = Kind(400, "NO_RECORDS_FOUND", "no record found to update")
ALREADY_SCHEDULED = Kind(
    202, "ALREADY_SCHEDULED", "Already a Mass Action scheduler is running for the given cvid"
)
STOP_PROCESSING = Kind(400, "CANNOT_PROCESS", "The record is in stop processing")
IN_BLUEPRINT = Kind(400, "RECORD_IN_BLUEPRINT", "The record is in blue print")
NO_ACTION = Kind(400, "CANNOT_PERFORM_ACTION", "no permission to perform an action on this record")
RECORD_NOT_APPROVED = Kind(400, "NOT_APPROVED", "record not approved")
CONVERTED = Kind(400, "CONVERTED_RECORD", "can't update the converted record")
STAGE_NOT_IN_PIPELINE = Kind(400, "MAPPING_MISMATCH", "Pipeline doesn't contain the Stage")

# reading, and the status of a mass update
NO_PRIVILEGE_TO_READ = Kind(
    400, "AUTHORIZATION_FAILED", "User does not have sufficient privilege to read records"
)
JOB_ID_MISSING = Kind(400, "MANDATORY_NOT_FOUND", "mandatory param missing")
INVALID_JOB = Kind(400, "INVALID_DATA", "The jobid given seems to be invalid")
JOB_NOT_FOUND = Kind(404, "NOT_FOUND", "Empty response")
