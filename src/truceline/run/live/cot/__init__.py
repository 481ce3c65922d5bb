"""Cursor on Target lines of a served mission: what comes in goes the way of every live file, what goes out is released.

In: streams and datagrams at the addresses that the mission names; released rows. Out: live files for the desk; events.
Promises: without a line in the mission nothing listens and nothing is sent; an event that came whole is recorded as it
    came, but where people are, which is not kept; what is left out is counted; no peer stops another, or us.
Trusts: `observe.cot` to cut and read; `release` for what may leave; the networks that the mission names.
To change what an address may be open addresses.py; how long a peer may take: coming.py; how events become files:
    gathering.py; how often spots are sent: going.py
"""
