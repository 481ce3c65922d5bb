"""Signed notes, checkpoints, cosignatures, and the folder that keeps private keys."""
