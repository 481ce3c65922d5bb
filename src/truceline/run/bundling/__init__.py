"""Bundles: one finding with its proofs in one file, whole for a court or redacted for others, checked by a stranger.

`verify_bundle.py` here imports nothing of ours: it goes into each bundle, and is given away beside it.
"""

from truceline.run.bundling.full import bundle_finding
from truceline.run.bundling.proven import Purpose, Seal, checker
from truceline.run.bundling.redacted import Audience, bundle_redacted

__all__ = ["Audience", "Purpose", "Seal", "bundle_finding", "bundle_redacted", "checker"]
