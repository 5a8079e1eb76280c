"""Rows as people have them: files, cells, and what of them is shown."""
