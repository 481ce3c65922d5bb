"""The ledger on the command line.

`commands.py` has the commands, `reviewing.py` the review, `terminal.py` its keys, `printing.py` what is printed.
"""

from truceline.cli.ledger.commands import app

__all__ = ["app"]
