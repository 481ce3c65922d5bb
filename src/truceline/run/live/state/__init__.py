"""The state of a live mission: books rebuilt from the record, and the tables that are shown of it.

In: entries of the record, in their order; what was judged.
Out: `Books`; tables by kind of item; what release must know.
Promises: the same entries give the same state; nothing here writes.
To change what an entry means open books.py; what a table holds: views.py.
"""
