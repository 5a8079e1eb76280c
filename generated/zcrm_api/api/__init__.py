# Written by `nox -s generate` from spec/; do not edit.
"""Contains methods for accessing the API"""
