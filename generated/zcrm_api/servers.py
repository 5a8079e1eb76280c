# Written by `nox -s generate` from spec/; do not edit.
"""Servers of the API and of its sign-in, by data centre."""

from typing import Literal

__all__ = ["ACCOUNTS_SERVERS", "API_SERVERS", "DataCenter", "Environment"]

DataCenter = Literal["us", "eu", "in", "au", "cn", "jp", "ca", "sa", "uk", "ae"]
Environment = Literal["production", "sandbox", "developer"]

API_SERVERS: dict[str, dict[str, str]] = {
    "us": {
        "production": "https://www.zohoapis.com",
        "sandbox": "https://sandbox.zohoapis.com",
        "developer": "https://developer.zohoapis.com",
    },
    "eu": {
        "production": "https://www.zohoapis.eu",
        "sandbox": "https://sandbox.zohoapis.eu",
        "developer": "https://developer.zohoapis.eu",
    },
    "in": {
        "production": "https://www.zohoapis.in",
        "sandbox": "https://sandbox.zohoapis.in",
        "developer": "https://developer.zohoapis.in",
    },
    "au": {
        "production": "https://www.zohoapis.com.au",
        "sandbox": "https://sandbox.zohoapis.com.au",
        "developer": "https://developer.zohoapis.com.au",
    },
    "cn": {
        "production": "https://www.zohoapis.com.cn",
        "sandbox": "https://sandbox.zohoapis.com.cn",
        "developer": "https://developer.zohoapis.com.cn",
    },
    "jp": {
        "production": "https://www.zohoapis.jp",
        "sandbox": "https://sandbox.zohoapis.jp",
        "developer": "https://developer.zohoapis.jp",
    },
    "ca": {
        "production": "https://www.zohoapis.ca",
        "sandbox": "https://sandbox.zohoapis.ca",
        "developer": "https://developer.zohoapis.ca",
    },
    "sa": {
        "production": "https://www.zohoapis.sa",
        "sandbox": "https://sandbox.zohoapis.sa",
        "developer": "https://developer.zohoapis.sa",
    },
    "uk": {
        "production": "https://www.zohoapis.uk",
        "sandbox": "https://sandbox.zohoapis.uk",
        "developer": "https://developer.zohoapis.uk",
    },
    "ae": {
        "production": "https://www.zohoapis.ae",
        "sandbox": "https://sandbox.zohoapis.ae",
        "developer": "https://developer.zohoapis.ae",
    },
}
"""Base URL, without `/crm`, by data centre and environment."""

ACCOUNTS_SERVERS: dict[str, str] = {
    "us": "https://accounts.zoho.com",
    "eu": "https://accounts.zoho.eu",
    "in": "https://accounts.zoho.in",
    "au": "https://accounts.zoho.com.au",
    "cn": "https://accounts.zoho.com.cn",
    "jp": "https://accounts.zoho.jp",
    "ca": "https://accounts.zohocloud.ca",
    "sa": "https://accounts.zoho.sa",
    "uk": "https://accounts.zoho.uk",
    "ae": "https://accounts.zoho.ae",
}
"""Base URL of the accounts server by data centre."""
