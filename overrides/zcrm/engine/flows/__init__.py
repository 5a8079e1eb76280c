"""What to call next, how to cut, what became of each row: decided here, without any I/O.

A flow is a generator. It yields what it needs (an effect), is sent the answer, and returns its result.
A driver runs it; a test can do so by hand, with `next()`, `send()` and `throw()`.
"""
