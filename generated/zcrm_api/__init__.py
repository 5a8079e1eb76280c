# Written by `nox -s generate` from spec/; do not edit.
"""A client library for accessing Zoho CRM: updating records and appointments"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)
