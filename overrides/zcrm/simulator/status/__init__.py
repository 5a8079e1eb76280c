"""The status page for browsers: what a simulator holds and what it was asked."""
