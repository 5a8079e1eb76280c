# Written by `nox -s generate` from spec/; do not edit.
"""Limits of the API."""

__all__ = [
    "ACCESS_TOKENS_PER_TEN_MINUTES",
    "ACCESS_TOKEN_SECONDS",
    "ACTIVE_ACCESS_TOKENS",
    "APPOINTMENT_FIELDS",
    "APPOINTMENT_NOTE",
    "AUTOMATION_VIEW_RECORDS",
    "CONCURRENT_UPDATES",
    "EVENT_PARTICIPANTS",
    "MASS_UPDATE_FIELDS",
    "MASS_UPDATE_FIELDS_DEALS",
    "MASS_UPDATE_IDS_PER_CALL",
    "MASS_UPDATE_VIEW_RECORDS",
    "PAGE_TOKEN_SECONDS",
    "RECORDS_BY_PAGE",
    "RECORDS_BY_PAGE_TOKEN",
    "RECORDS_PER_CALL",
    "RECORDS_PER_PAGE",
    "RECORD_FIELDS",
    "RECORD_IDS",
]

ACCESS_TOKENS_PER_TEN_MINUTES = 10
"""Access tokens that one refresh token yields in ten minutes."""
ACCESS_TOKEN_SECONDS = 3600
"""Life of an access token in seconds."""
ACTIVE_ACCESS_TOKENS = 15
"""Access tokens of one refresh token that are valid at a time; one more ends the oldest."""
APPOINTMENT_FIELDS = 50
APPOINTMENT_NOTE = 2000
AUTOMATION_VIEW_RECORDS = 1000
"""A mass update of a view fires automations only when it reaches fewer records than this."""
CONCURRENT_UPDATES = 10
"""Bulk updates of one app in one organisation that may be under way at a time, in every edition."""
EVENT_PARTICIPANTS = 50
"""Participants of one record of the module Events."""
MASS_UPDATE_FIELDS = 1
"""Fields that one mass update may set in any module but Deals."""
MASS_UPDATE_FIELDS_DEALS = 3
MASS_UPDATE_IDS_PER_CALL = 500
MASS_UPDATE_VIEW_RECORDS = 50000
"""Records that one mass update of a view may reach."""
PAGE_TOKEN_SECONDS = 86400
"""Life of a page token in seconds."""
RECORDS_BY_PAGE = 2000
"""Records that the parameter `page` can reach; those after them need a page token."""
RECORDS_BY_PAGE_TOKEN = 100000
"""Records that page tokens can reach."""
RECORDS_PER_CALL = 100
RECORDS_PER_PAGE = 200
RECORD_FIELDS = 50
RECORD_IDS = 100
