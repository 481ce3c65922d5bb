"""`truceline init | run | check | explain | report | verify`: results on stdout, progress on stderr.

In: what a person types. Out: words, or JSON with --json; exit codes as in main.py.
Promises: no traceback reaches a person; every error says what to do next.
Trusts: nothing typed.
To change a command open main.py; what `explain` prints, run/explaining.py; what `run` and `check` print, run/words.py;
the demonstration, demo.py; a new mission's first files, skeleton/.
"""


def main() -> None:
    """The console script. Imports as late as it can, so that `--help` is quick."""
    from truceline.cli.main import run_cli

    run_cli()
