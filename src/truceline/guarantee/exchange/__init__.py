"""What comes into the ledger from tables of others, and what goes out in formats of others."""
