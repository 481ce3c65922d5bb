"""Runners: they read a mission's folder, run the pipeline, keep what it made in the record, write the report.

In: a mission folder. Out: its `record/` and `report/` folders.
Promises: the pipeline sees bytes and a moment, never the disk; raw bytes are in the record before anything is parsed.
Trusts: nothing in the folder.
To change what a mission file may say open mission.py; the order of a run, batch.py; what a run says in words,
words.py; why a finding says what it says, explaining.py; what is verified, verification.py; where the report is
written, reports.py.
"""
