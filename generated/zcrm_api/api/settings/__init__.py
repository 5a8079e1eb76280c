# Written by `nox -s generate` from spec/; do not edit.
"""Contains endpoint functions for accessing the API"""
