"""What follows from confirmed statements: stance lines, relations, unseen reports, what changed."""
