"""What a live mission does by itself: takes in, judges, opens cases, issues bulletins.

In: files that came in; the books. Out: entries through the desk; tables that are shown.
Promises: everything that came in is kept before it is read, and judged with all that is within reach; a person's
    decision is never undone; what cannot be made is named and tried again.
Trusts: the stages; the desk's time.
To change what is taken in open intake.py; what is judged again: judging.py; what follows from findings: watch.py;
    bulletins and their clocks: issuing.py.
"""
