"""Requests and answers: their words, the ledger that keeps them, and the specification that judges them."""
