"""The Merkle tree over the log's leaves: what proves that one entry is in it, and that it only grew."""
