"""Every derivation again from the raw bytes, what differs, by how much, and what of the code changed since.

In: an open record. Out: `again.Recomputation`: for each table `equal`, `within bound`, `differs` or `erased`.
Promises: a changed constant, file of code, library or setting is named; a finding whose verdict would change is named;
what is not computed again is said; the record's own archive of code is read, and never run.
Trusts: that bytes, entries and roots were verified before.
To change what of the code is kept open source.py; what is said of changed code, changes.py; how far a column may
differ, bounds.py; how rows are matched, rows.py; the order of it all, again.py; proxies and the like, media.py;
findings, certificates and inputs against the record's entries, entries.py; the words, words.py. Why: decisions 14, 15
and 17 of the design.
"""
