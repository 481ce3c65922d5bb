"""A document's bytes to its text: decoded, furniture left out, every character's place in the file kept."""
