"""The field node: an observer post without network that captures files, signs what it has, and syncs by a file.

In: files at the node; a pack at the mission; a receipt at the node.
Out: the node's own record; packs; entries of the mission's record; receipts.
Promises: what a node said is captured is on its disk; every capture of every branch of a node's log is in the mission
    once, however often and in whatever order packs come; numbers are unique in the mission; a pack is taken whole or
    not at all.
Trusts: the keys that the mission declares under `[[keep.nodes]]`; whoever holds a node's folder can sign as the node.
To change the node open `post.py`; the file between, `packing.py` and `unpacking.py`; what the mission makes of it,
    `taking.py`; what its record knows of nodes, `seen.py`; what it does on disk, `mission.py`; numbers and receipts,
    `receipts.py`; what is printed, `words.py`.
"""
