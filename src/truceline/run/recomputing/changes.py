"""What changed between the code of the record and our own: constants by name, files, libraries."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from truceline.run.recomputing.source import PACKAGE, manifest_of

_LONGEST = 120  # characters of a value that are shown
_SHOWN = 12  # lines of one sort; JSON has all
_AROUND = ("cli/", "record/", "report/", "run/")
NOT_THERE = "(not there)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """One constant of a module or a class, as its source says it then and now."""

    file: str
    name: str
    old: str
    new: str

    def words(self) -> str:
        """`terms/atoms.py: _SIGMA was 1.96, is 2.0`."""
        old, new = _cut(self.old, self.new)
        return f"{self.file}: {self.name} was {old}, is {new}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One library that computes; a version is empty where it was, or is, not installed."""

    name: str
    old: str
    new: str

    def words(self) -> str:
        """`numpy was 1.26.4, is 2.1.0`."""
        return f"{self.name} was {self.old or 'not installed'}, is {self.new or 'not installed'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What of the making differs; all empty: nothing does.

    `unknown` says why the code of then cannot be compared; empty: it was.
    """

    code_old: str
    code_new: str
    constants: tuple[Constant, ...] = ()
    files: tuple[str, ...] = ()  # whose code or content differs otherwise than by a constant
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    remarks_only: tuple[str, ...] = ()  # files that differ in comments, docstrings and layout alone
    libraries: tuple[Library, ...] = ()
    unknown: str = ""

    def causes(self) -> list[str]:
        """One line for each thing that may be the cause, the likeliest first; nothing where nothing differs."""
        lines = _first([each.words() for each in sorted(self.constants, key=lambda each: _around(each.file))])
        if self.code_old != self.code_new:
            lines.append(f"code version {self.code_old} → {self.code_new}")
        for files, how in ((self.files, "differs"), (self.added, "is new"), (self.removed, "is gone")):
            lines += _first([f"{name}: {how}" for name in sorted(files, key=_around)])
        return lines + [each.words() for each in self.libraries]


def _around(file: str) -> bool:
    """Whether a file stands around the stages, not in one: few results depend on it."""
    return file.startswith(_AROUND)


def _first(lines: list[str]) -> list[str]:
    """The first of many, and how many more there are."""
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"and {more} more of these (--json names each)"] if more > 0 else lines


def library_changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Library, ...]:
    """Those whose version differs, by name. Args: name -> version."""
    return tuple(
        Library(name=name, old=old.get(name, ""), new=new.get(name, ""))
        for name in sorted(old.keys() | new.keys())
        if old.get(name, "") != new.get(name, "")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChanges:
    """Two versions of our own files, compared; fields as in `Changes`."""

    constants: tuple[Constant, ...] = ()
    files: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    remarks_only: tuple[str, ...] = ()


def source_changes(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> SourceChanges:
    """What differs between two versions of the code; nothing of either is run.

    Args: path -> content, as `source.own_source` gives it.
    """
    if manifest_of(old) == manifest_of(new):
        return SourceChanges()
    constants: list[Constant] = []
    files: list[str] = []
    remarks_only: list[str] = []
    for name in sorted(old.keys() & new.keys()):
        if old[name] == new[name]:
            continue
        short = _short(name)
        before, after = _parsed(name, old[name]), _parsed(name, new[name])
        if before is None or after is None:
            files.append(short)
            continue
        found = list(_constants(short, before, after))
        constants += found
        if _meaning(before, {each.name for each in found}) != _meaning(after, {each.name for each in found}):
            files.append(short)
        elif not found:
            remarks_only.append(short)
    return SourceChanges(
        constants=tuple(constants),
        files=tuple(files),
        added=tuple(_short(name) for name in sorted(new.keys() - old.keys())),
        removed=tuple(_short(name) for name in sorted(old.keys() - new.keys())),
        remarks_only=tuple(remarks_only),
    )


def _short(name: str) -> str:
    return name.removeprefix(PACKAGE)


def _parsed(name: str, content: bytes) -> ast.Module | None:
    """The module, or None: no Python, or Python of another form than this one reads."""
    if not name.endswith(".py"):
        return None
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _constants(file: str, old: ast.Module, new: ast.Module) -> Iterator[Constant]:
    """Constants of both that differ, and those of one alone."""
    before, after = dict(_stated(old)), dict(_stated(new))
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name, NOT_THERE), after.get(name, NOT_THERE)
        if was != now:
            yield Constant(file=file, name=name, old=was, new=now)


def _stated(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Names that a module, or a class of it, gives a value to, with the value as Python writes it."""
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                yield from ((f"{node.name}.{name}", value) for name, value in _assigned(inner))
        else:
            yield from _assigned(node)


def _assigned(node: ast.stmt) -> Iterator[tuple[str, str]]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if value is None:
        return
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id, ast.unparse(value)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            yield from (
                (ast.unparse(name), ast.unparse(each)) for name, each in zip(target.elts, value.elts, strict=True)
            )


def _meaning(module: ast.Module, but: set[str]) -> str:
    """A module without comments, docstrings and the constants named in `but`, as text to compare."""
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            within = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
            named = set[str]() if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else but
            node.body = [each for each in node.body if not _is_words(each) and not _is_of(each, within, named)]
    return ast.dump(module)


def _is_words(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_of(node: ast.stmt, within: str, names: set[str]) -> bool:
    return any(f"{within}{name}" in names for name, _ in _assigned(node))


def _cut(old: str, new: str) -> tuple[str, str]:
    """Both values short enough to read; of long ones what lies around the first place where they differ."""
    if max(len(old), len(new)) <= _LONGEST:
        return old, new
    at = next(
        (at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), min(len(old), len(new))
    )
    begin = max(0, at - _LONGEST // 2)

    def part(text: str) -> str:
        more = "…" if begin + _LONGEST < len(text) else ""
        return ("…" if begin else "") + text[begin : begin + _LONGEST] + more

    return part(old), part(new)
