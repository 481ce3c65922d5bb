"""Progress on stderr: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

STEPS = {
    "mandate": "reading the mandate",
    "observe": "reading the feeds",
    "footage": "placing what was seen in pictures",
    "lose": "looking for sensors that were lost",
    "locate": "placing what was seen",
    "fuse": "joining reports of one happening",
    "place": "measuring against lines and zones",
    "watch": "working out what could have been seen",
    "judge": "judging",
    "lanes": "laying out what there is to see",
    "flights": "choosing flights",
    "record": "writing the record",
    "proxies": "copying videos for browsers",
    "report": "writing the report",
    "content": "checking content",
    "entries": "checking entries",
    "tables": "checking tables",
    "certificates": "checking certificates",
    "recompute": "computing everything again",
}


class Steps:
    """`with Steps(quiet=…) as step: step("judge")`."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._console = Console(stderr=True)
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, name: str) -> None:
        """Say which step begins."""
        words = STEPS.get(name, name)
        if self._quiet:
            return
        if self._bar is None or self._task is None:
            self._console.print(f"{words} …", highlight=False)
        else:
            self._bar.update(self._task, description=words, advance=1)

    def __enter__(self) -> "Steps":
        if not self._quiet and self._console.is_terminal:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description:<36}"),
                BarColumn(),
                TimeElapsedColumn(),
            )
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._task = self._bar.add_task("starting", total=10)
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()
