"""Who is asking: passwords, sessions, API keys, identities at an issuer. The secrets' own store, apart from the record.

In: what a person typed, what a request carries, the book of accounts. Out: a session, a key, an account; or a refusal.
Promises: nothing readable that opens an account is stored; whether an account exists shows nowhere; what the book says
    of an account holds at its next request.
Trusts: the book of accounts (run/live/accounts.py), argon2, the system's random numbers.
To change where secrets are kept open store.py and postgres.py; what a password must be, passwords.py; how fast one may
    guess, logins.py; how long a session lives and what a key looks like, credentials.py; the issuer, oidc.py; what is
    noted of all this, notes.py; how a mission gets its first account, opening.py.
"""
