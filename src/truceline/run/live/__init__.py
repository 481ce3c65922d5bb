"""A live mission: what is decided while it is served, each decision one entry of the record.

In: operations of accounts, and what the record holds already. Out: entries planned against the committed state, and the
state after them.
Promises: the state is what the entries say, in their order, and nothing else; a plan that cannot stand raises.
Trusts: that entries in the record were planned here.
To change what an account may be open accounts.py.
"""
