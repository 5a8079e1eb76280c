"""The engine: what to call next, how rows are cut into calls, and what became of each row."""
