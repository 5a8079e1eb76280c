"""Rows as people have them: what is in a file, which cells, which ids, and what of them is shown."""
