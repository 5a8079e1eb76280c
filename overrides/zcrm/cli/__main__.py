"""Lets `python -m zcrm.cli` stand for the console script."""

from zcrm.cli import main

main()
