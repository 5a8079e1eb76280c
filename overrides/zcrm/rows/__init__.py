"""Rows: what one is, what of it is sent, and the options of a write."""
