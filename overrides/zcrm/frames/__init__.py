"""Data frames and cursors as rows, found out without importing the libraries they come from."""
