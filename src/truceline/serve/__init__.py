"""A live mission over HTTP: only what must be done because it is HTTP; what is decided is decided in run/live/.

In: requests, from a browser with a session or from a program with an API key. Out: what was released to whoever asks.
Promises: every request is known by its account, or is a visitor's, before anything is done; rights are checked anew at
    each; a refusal is one problem document with a code, and nothing was half done; no secret in the record or in a log.
Trusts: nothing that arrives; the operating system to keep the mission's folder from other users.
To change who may enter open accounts/; what every request and response goes through, security/.
"""
