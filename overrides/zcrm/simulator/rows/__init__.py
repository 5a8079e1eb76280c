"""What becomes of one row: its values, and the refusals it meets."""
