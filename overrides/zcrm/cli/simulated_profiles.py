"""How the command line finds the orgs of a simulator: by variables of the environment, or by profiles."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zcrm.cli.profiles import Profile, Profiles
from zcrm.errors import StoreError

if TYPE_CHECKING:
    from zcrm.simulator import Simulator

__all__ = ["ways_in"]


@contextmanager
def ways_in(simulator: "Simulator") -> "Iterator[dict[str, str]]":
    """The variables that lead to a running simulator.

    Of several orgs each has a profile, `org-1` and so on, in a config folder that is there while this is
    open. Raises StoreError.
    """
    if len(simulator.orgs) == 1:
        yield {
            "ZCRM_API_DOMAIN": simulator.url,
            "ZCRM_ACCOUNTS_URL": simulator.accounts_url,
            "ZCRM_CLIENT_ID": simulator.client_id,
            "ZCRM_CLIENT_SECRET": simulator.client_secret,
            "ZCRM_REFRESH_TOKEN": simulator.refresh_token,
        }
        return
    with _folder() as folder:
        _keep_profiles(simulator, Profiles(Path(folder)))
        yield {"ZCRM_CONFIG_DIR": folder}


def _folder() -> "tempfile.TemporaryDirectory[str]":
    try:
        return tempfile.TemporaryDirectory(prefix="zcrm-simulator-", ignore_cleanup_errors=True)
    except OSError as error:
        raise StoreError(f"There is no place for profiles: {error.strerror}", fix="Set TMPDIR.") from error


def _keep_profiles(simulator: "Simulator", profiles: Profiles) -> None:
    """Save a profile for each org, numbered from 1 with as many digits for all."""
    signed_in = datetime.now(UTC).isoformat(timespec="seconds")
    digits = len(str(len(simulator.orgs)))
    for number, org in enumerate(simulator.orgs, start=1):
        profiles.save(
            Profile(
                name=f"org-{number:0{digits}}",
                client_id=org.client_id,
                client_secret=org.client_secret,
                refresh_token=org.refresh_token,
                accounts_url=org.accounts_url,
                api_domain=org.url,
                signed_in=signed_in,
            )
        )
