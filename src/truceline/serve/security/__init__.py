"""The shell around every route: what may come in, who asks, how a refusal reads, which headers leave.

In: requests as the server gives them; settings. Out: the same requests to the routes, or one problem document.
Promises: host, method, size, depth and origin are checked before a route sees anything; every answer carries the
    headers; a refusal repeats at most 80 characters of what came in and is noted in one line.
Trusts: the server to say where a connection comes from, and to find where a message ends.
To change who may do what open access.py; what comes in, shell.py and body.py; how often, limits.py; how a refusal
    reads, problems.py; what the server is told, settings.py.
"""

from truceline.serve.security.access import (
    VISITOR,
    Caller,
    caller,
    form_token,
    give_session,
    give_visit,
    must_be_proved,
    needs,
    still,
    take_session,
    visit_state,
    who,
)
from truceline.serve.security.settings import Settings
from truceline.serve.security.shell import install

__all__ = [
    "VISITOR",
    "Caller",
    "Settings",
    "caller",
    "form_token",
    "give_session",
    "give_visit",
    "install",
    "must_be_proved",
    "needs",
    "still",
    "take_session",
    "visit_state",
    "who",
]
