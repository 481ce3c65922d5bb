"""Rules over a parsed text: clauses, objects, adjuncts, quotations. Each names itself in what it finds."""
