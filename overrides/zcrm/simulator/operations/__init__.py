"""The checks before an operation, and the operations."""
