"""The switches for what the vendor's pages leave open or disagree about."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """One attribute for each open question, its default the reading that fits most sources."""

    mixed_status: Literal["by_environment", 200, 207] = "by_environment"
    """Status where some rows were updated and some refused: 207, in a sandbox 200; or always the one."""

    mass_update_mixed_status: Literal["by_environment", 200, 207, 400] = "by_environment"
    """The same for a mass update by ids; its page files the refused id under 400."""

    stale: Literal["record", "call"] = "record"
    """`If-Unmodified-Since` is judged per record, or one stale record fails the call with a flat 412."""

    already_scheduled_status: Literal[202, 400] = 202
    """Status of ALREADY_SCHEDULED."""

    too_many: Literal["INVALID_DATA", "LIMIT_EXCEEDED"] = "INVALID_DATA"
    """The code for more rows or ids than a call may carry."""

    blueprint_update: Literal["refuse", "accept"] = "refuse"
    """An update of a record in a blueprint that sets a field the blueprint governs."""

    link_names_lookup: bool = False
    """DUPLICATE_LINKING_DATA has the lookup's name as `api_name`, beside `linking_fields`."""

    subforms_in_lists: bool = False
    """Lists of objects are shown in lists of records, not only in a record read by its id."""

    job_sheet_key: Literal["both", "Job_Sheet_Name", "Job_Sheet_Name__s"] = "both"
    """Which spelling of the job sheet's name is understood in a request."""

    page_tokens: Literal["always", "last_page"] = "always"
    """Every page with more to come gives a page token, or only the page that ends at record 2,000."""

    thousand_fires: bool = False
    """A view of exactly 1,000 records fires automations."""

    earlier_reschedule: Literal["refuse", "accept"] = "refuse"
    """Moving an appointment to an earlier time."""

    cancel_again: Literal["accept", "refuse"] = "accept"
    """Cancelling an appointment that is cancelled already."""

    equal_is_stale: bool = False
    """A record modified at the very second of `If-Unmodified-Since` counts as modified since."""

    unknown_record: Literal[204, 400, 404] = 204
    """Status of the answer to the reading of one record that there is not."""

    unknown_option: Literal["accept", "refuse"] = "accept"
    """An option that the metadata loaded by `load_fields` do not have, in a module that they govern."""

    unknown_job: Literal["by_version", "400", "404"] = "by_version"
    """Unknown job: 400 from version 8 on and 404 before, or always the one."""

    first_check: Literal["token", "module"] = "token"
    """What is looked at first after the URL, and so complained about when both are wrong."""

    mass_update_price: Literal["per_ten_ids", "per_call"] = "per_ten_ids"
    """A mass update by ids costs a credit per started ten ids, or one however many they are."""

    credits_retry_after: bool = False
    """A call refused for want of credits is told by Retry-After when there will be enough."""

    expired_code: Literal["INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE"] = "INVALID_TOKEN"
    """The code for an access token that is unknown, revoked or expired."""

    token_throttle_status: Literal[200, 400] = 400
    """Status of the answer to too many token requests."""

    milliseconds: bool = False
    """The token endpoint says `expires_in` in milliseconds, beside `expires_in_sec`."""
