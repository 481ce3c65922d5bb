"""The record on the command line.

`log.py`: checkpoints and proofs; `witness.py`: a witness of one's own; `content.py`: bundles, erasure, reading again;
`node.py`: a post without network.
"""

from truceline.cli.record import content
from truceline.cli.record.log import app as log
from truceline.cli.record.node import app as node
from truceline.cli.record.witness import app as witness

__all__ = ["content", "log", "node", "witness"]
