"""The house style, kept by a test. Each rule reads the whole tree and names every place that breaks it.

Complexity, spelling of names and docstrings of public things are ruff's, layers are import-linter's; here
is the rest. To be let off a rule, a place is entered below by name, with its reason.
"""

import ast
import functools
import hashlib
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from tests.parsing import parsed

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "truceline"

STAGES = (
    "mandate",
    "observe",
    "detect",
    "locate",
    "fuse",
    "judge",
    "respond",
    "record",
    "plan",
    "guarantee",
    "release",
    "report",
)
CARD = ("In:", "Out:", "Promises:", "Trusts:", "To change")

FUNCTION_LINES = 70
PARAMETERS = 5
FILE_LINES = 600
FILES_IN_A_FOLDER = 8
WIDE_FOLDERS = {"model": "one file per noun", "observe": "one file per format"}

# Numeric kernels and transliterated standards let off length and parameters. "path.py:function": "reason"
EXEMPT: dict[str, str] = {
    "cli/record/node.py:capture": "one parameter for each option of the command",
    "cli/record/content.py:bundle": "one parameter for each option of the command",
    "cli/main.py:verify": "one parameter for each option of the command",
    "record/record.py:open_record": "the one way in: each is a port of its own that tests replace alone",
    "cli/main.py:footage": "one parameter for each option of the command",
    "cli/ledger/commands.py:add": "one parameter for each option of the command",
}

# The one place in the whole process that catches everything: there a fault becomes an exit code and a report.
# Once for a command, and once for the threads of a live mission: none of them may end in silence.
CATCHES_EVERYTHING = ("cli/__init__.py", "cli/main.py", "run/live/writer.py")

# Where clock, chance, disk, network and environment may be touched. Everything else is a pure function.
SHELL = ("run/", "cli/", "serve/", "sim/", "record/")
EFFECTS = {
    "open read_text write_text read_bytes write_bytes mkdir unlink rmdir touch iterdir glob rglob": "disk",
    "now utcnow today time time_ns monotonic monotonic_ns perf_counter sleep": "clock",
    "random urandom default_rng randint randbytes token_bytes token_hex uuid1 uuid4": "chance",
    "urlopen urlretrieve create_connection getaddrinfo": "network",
    "getenv putenv": "environment",
}
EFFECT_OF = {name: effect for names, effect in EFFECTS.items() for name in names.split()}
EFFECT_MODULES = {
    "random",
    "secrets",
    "socket",
    "subprocess",
    "tempfile",
    "time",
    "http.client",
    "urllib.request",
}
EFFECT_MODULES |= {"requests", "httpx", "shutil", "glob", "asyncio", "threading", "multiprocessing"}

# Heavy outsiders, and the files that may import them ("folder/" means each file in it).
OUTSIDERS = {
    "PIL": {"observe/photos.py", "observe/footage/telemetry/stills.py", "run/footage/pictures.py"},
    "av": {"run/footage/video.py"},
    "cryptography": {"record/notes/note.py", "record/sealed/", "run/keeping/timestamps.py"},
    "cv2": {"detect/"},
    "defusedxml": {"observe/cot/", "observe/footage/telemetry/stills.py"},
    "onnxruntime": {"detect/detector.py"},
    "highspy": {"plan/flights/solve.py"},
    "ortools": {"guarantee/coalition/solver.py"},
    "pymavlink": {"observe/footage/telemetry/mavlink.py"},
    "pyulog": {"observe/footage/telemetry/ulog.py"},
    "rasterio": {"locate/camera/terrain.py"},
    "rfc3161_client": {"run/keeping/timestamps.py"},
    "scipy": {"fuse/tracks/", "locate/camera/"},
    "takproto": {"observe/cot/"},
    "trafilatura": {"guarantee/reading/page.py"},
    "tstrans": {"observe/footage/", "run/live/footage/"},
    "argon2": {"serve/accounts/passwords.py"},
    "authlib": set(),  # brings joserfc along; not imported itself
    "geographiclib": set(),  # an oracle: tests only
    "duckdb": set(),
    "polars": set(),
    "jinja2": {"report/pages.py", "report/bulletins/pages.py", "serve/pages/rendering.py"},
    "lark": {"mandate/parse/"},  # text to tree, tree to mandate
    "matplotlib": {"report/figures.py", "report/footage/drawing.py"},
    "fastapi": {"serve/"},
    "httpx": {"serve/accounts/oidc.py"},
    "joserfc": {"serve/accounts/oidc.py"},
    "pg8000": {"record/log/postgres.py", "serve/accounts/postgres.py"},
    "pyarrow.parquet": {"record/", "observe/tables.py", "serve/export/parquet.py"},
    "pyproj": {"locate/geodesic.py"},
    "shapely": {"locate/geometry.py"},
    "spacy": {"guarantee/saying/parser.py"},
    "sqlite3": {"record/log/sqlite.py", "serve/accounts/store.py"},
    "starlette": {"serve/"},
    "typst": {"report/pages.py"},
    "uvicorn": {"serve/"},
}
# Where the program reads content and hands it to nobody, so that no custody is noted: each place with its reason.
READS_FOR_ITSELF = {
    "run/batch.py": "a run works out tables and findings",
    "run/footage/proxies.py": "working copies are made of originals",
    "run/keeping/telling.py": "checkpoints, witnesses and timestamps",
    "run/live/desk.py": "the books of a served mission are read at its start",
    "run/live/keeper.py": "a served mission signs and looks after its content",
    "run/live/watching/watch.py": "rules are judged while the mission is served",
    "run/node/mission.py": "a node's packs are taken in",
    "run/verification.py": "hashes are compared",
    "serve/api/files.py": "whether a photo was erased is asked, and it is not handed out",
}
# Packages that offer several licences, one of them viral, and the other one that is taken. Only where "OR" stands.
TAKEN_LICENCES = {"tld": "MPL-1.1"}  # comes with trafilatura; used as published, no file of it is changed
ADAPTERS = set().union(*OUTSIDERS.values()) | {"model/catalogue.py"}  # the latter reads its own list
ADAPTERS |= {"report/bulletins/phrases.py", "report/bulletins/neutral.py"}  # phrases and loaded words
ADAPTERS |= {"guarantee/standing/actors.py"}  # names of states
READS_ITS_OWN_PACKAGE = {
    "open",
    "read_text",
    "read_bytes",
    "iterdir",
}  # allowed in adapters: fonts, templates, grammar

EMPTY_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "manager",
    "handler",
    "data",
    "info",
    "process",
    "misc",
}

# The last word of a float's name says its unit. A float without a unit is a "ratio".
LENGTHS = "m km mm cm m2 km2 mm2 m3 px px2"
ANGLES = "deg deg2 rad rad2 mrad urad arcsec"
TIMES = "s s2 ms us ns min h days hz khz"
OTHERS = "amount ratio permille percent ppm mps mps2 kmh c k db pa hpa kg lux bytes"
UNITS = {unit for units in (LENGTHS, ANGLES, TIMES, OTHERS) for unit in units.split()}

# Put together here so that this file does not match itself.
HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("conda", "anaconda", "org"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("proxy", "golang", "org"),
        ("index", "crates", "io"),
    )
)
MACHINE_PATH = re.compile(r"(?<![\w./~$}<>-])/(?:work|root|tmp)/\w")
DECISION_HEADINGS = ("Context", "Options", "Choice", "What we lose")


# --- reading the tree, once -------------------------------------------------------------------------------


def name_of(path: Path) -> str:
    """The path inside the package, with "/" on every system."""
    return path.relative_to(PACKAGE).as_posix()


@functools.cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package, parsed; {} before the first is written."""
    return {name_of(path): parsed(path.read_bytes(), str(path)) for path in sorted(PACKAGE.rglob("*.py"))}


@functools.cache
def functions() -> list[tuple[str, str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function and method as (module, qualified name, node)."""
    return [(module, name, node) for module, tree in modules().items() for name, node in inside(tree, "")]


def inside(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """The functions below a node, named as Python names them: Class.method, outer.inner."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + child.name, child
        named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from inside(child, f"{prefix}{child.name}." if named else prefix)


@functools.cache
def texts() -> dict[str, str]:
    """Every text file git knows or would take (without git: every file outside hidden and cache folders)."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*")]
        listed = [name for name in listed if not re.search(r"(^|/)(\.(?!ci/)|__pycache__/|node_modules/)", name)]
    found = {}
    for name in sorted(set(listed) - {""}):
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 2_000_000:
            content = path.read_bytes()
            if b"\0" not in content[:8192]:
                found[name] = content.decode("utf-8", "replace")
    return found


def pins(lock: str) -> dict[str, tuple[str, str]]:
    """A lock's entries: name → (version with its marker, all that follows it)."""
    entries = re.split(r"\n(?=\S)", texts().get(lock, "").strip())
    parsed = (re.match(r"([A-Za-z0-9._-]+)==([^\\]+)(.*)", entry, re.DOTALL) for entry in entries if entry)
    return {found[1]: (found[2].strip(), found[3]) for found in parsed if found}


def report(complaints: list[str], advice: str) -> None:
    """Fail with every place, one a line, and what to do."""
    assert not complaints, f"{advice}\n  " + "\n  ".join(complaints)


def allowed(module: str, places: tuple[str, ...] | set[str]) -> bool:
    """Whether a module is one of the places, or lies in one that is a folder."""
    return any(module == place or (place.endswith("/") and module.startswith(place)) for place in places)


# --- size -------------------------------------------------------------------------------------------------


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"src/truceline/{module}:{node.lineno} {name} has {length} lines"
        for module, name, node in functions()
        if (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES and f"{module}:{name}" not in EXEMPT
    ]
    report(long, f"A function has at most {FUNCTION_LINES} lines with its docstring: take a leaf out of it.")


def test_functions_have_few_parameters() -> None:
    wide = []
    for module, name, node in functions():
        given = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
        count = len([parameter for parameter in given if parameter.arg not in ("self", "cls")])
        if count > PARAMETERS and f"{module}:{name}" not in EXEMPT:
            wide.append(f"src/truceline/{module}:{node.lineno} {name} has {count} parameters")
    report(wide, f"A function has at most {PARAMETERS} parameters: gather what belongs together in a dataclass.")


def test_files_stay_readable() -> None:
    long = [
        f"src/truceline/{module} has {lines} lines"
        for module in modules()
        if (lines := len((PACKAGE / module).read_bytes().splitlines())) > FILE_LINES
    ]
    report(long, f"A file has at most {FILE_LINES} lines: split it where its subject changes.")


def test_folders_stay_small() -> None:
    crowded = []
    for folder in {(PACKAGE / module).parent for module in modules()} - {PACKAGE}:
        count = len([path for path in folder.glob("*.py") if path.name != "__init__.py"])
        if count > FILES_IN_A_FOLDER and folder.name not in WIDE_FOLDERS:
            crowded.append(f"src/truceline/{name_of(folder)}/ has {count} files")
    report(crowded, f"A folder holds at most {FILES_IN_A_FOLDER} files: join what changes together.")


def test_every_exemption_is_still_needed() -> None:
    known = {f"{module}:{name}" for module, name, _ in functions()}
    stale = [f"EXEMPT {entry!r}" for entry, reason in EXEMPT.items() if entry not in known or not reason.strip()]
    report(stale, "Strike these out of EXEMPT in tests/test_tidy.py (the function is gone), or give a reason.")


# --- what a function may do -------------------------------------------------------------------------------


def test_no_function_takes_just_anything() -> None:
    loose = [f"src/truceline/{m}:{node.lineno} {name}" for m, name, node in functions() if node.args.kwarg]
    report(loose, "No **kwargs: name the parameters, or take a dataclass.")


def test_everything_is_caught_in_one_place_only() -> None:
    caught = []
    for module, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
                names = {kind and ast.unparse(kind).rpartition(".")[2] for kind in kinds}
                if names & {None, "Exception", "BaseException"}:
                    caught.append(f"src/truceline/{module}:{node.lineno}")
    at_home = [
        place for place in caught if allowed(place.split(":")[0].removeprefix("src/truceline/"), CATCHES_EVERYTHING)
    ]
    report(
        sorted(set(caught) - set(at_home)) + at_home[2:],
        "Catch what you can mend, by its name; all is caught once in cli/ and once in run/live/writer.py.",
    )


def test_only_named_places_read_content_without_custody() -> None:
    reading = {
        module
        for module, tree in modules().items()
        if any(isinstance(node, ast.Call) and ast.unparse(node.func).endswith("for_itself") for node in ast.walk(tree))
    }
    report(
        sorted(reading ^ set(READS_FOR_ITSELF)),
        "What a person is given is noted; name the place in READS_FOR_ITSELF only where nobody is given anything.",
    )


def test_stages_touch_no_clock_chance_disk_network_or_environment() -> None:
    touched = []
    for module, tree in modules().items():
        if allowed(module, SHELL):
            continue
        for node in ast.walk(tree):
            effect = effect_of(node)
            if effect and not (allowed(module, ADAPTERS) and effect.split()[0] in READS_ITS_OWN_PACKAGE):
                touched.append(f"src/truceline/{module}:{node.lineno} {effect}")
    report(
        touched,
        "Take it as an argument (now=, the bytes, a seed); only run, cli, serve, sim and record fetch it.",
    )


def effect_of(node: ast.AST) -> str:
    """What a node touches in the outside world, as "name (effect)"; "" if nothing."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        named = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        return ", ".join(f"import {name}" for name in named if name in EFFECT_MODULES)
    if isinstance(node, ast.Attribute) and node.attr in ("environ", "argv", "stdin"):
        return f"{node.attr} (environment)"
    if not isinstance(node, ast.Call):
        return ""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in ("now", "time") and node.args and not isinstance(node.func, ast.Attribute):
        return ""
    return f"{name} ({EFFECT_OF[name]})" if name in EFFECT_OF else ""


def test_each_heavy_outsider_stands_behind_one_adapter() -> None:
    leaked = []
    for module, tree in modules().items():
        for node in ast.walk(tree):
            for imported in imports(node):
                for outsider, places in OUTSIDERS.items():
                    if f"{imported}.".startswith(f"{outsider}.") and not allowed(module, places):
                        where = ", ".join(sorted(places)) or "tests only"
                        leaked.append(f"src/truceline/{module}:{node.lineno} {imported} (belongs in: {where})")
    report(leaked, "Ask the adapter instead; a new adapter is entered in OUTSIDERS in tests/test_tidy.py.")


def imports(node: ast.AST) -> list[str]:
    """The dotted names that an import statement brings in; [] for other nodes."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


# --- names and words --------------------------------------------------------------------------------------


def test_no_module_has_a_name_that_says_nothing() -> None:
    parts = {(module, part) for module in modules() for part in module.removesuffix(".py").split("/")}
    empty = [f"src/truceline/{module}: {part!r}" for module, part in sorted(parts) if part in EMPTY_NAMES]
    report(empty, "Name a module for what it gives back.")


def test_every_float_names_its_unit() -> None:
    bare = []
    for module, tree in modules().items():
        for node in ast.walk(tree):
            for named, annotation, line in named_values(node):
                if ast.unparse(annotation) in ("float", "float | None") and not ends_in_unit(named):
                    bare.append(f"src/truceline/{module}:{line} {named}")
    report(
        bare,
        "End the name in its unit (range_m, azimuth_deg, share_ratio): UNITS in tests/test_tidy.py.",
    )


def named_values(node: ast.AST) -> Iterator[tuple[str, ast.expr, int]]:
    """The parameters of a function, and the fields of a class, that have an annotation: (name, it, line)."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for parameter in node.args.posonlyargs + node.args.args + node.args.kwonlyargs:
            if parameter.annotation:
                yield parameter.arg, parameter.annotation, parameter.lineno
    if isinstance(node, ast.ClassDef):
        for field in node.body:
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                yield field.target.id, field.annotation, field.lineno


def ends_in_unit(name: str) -> bool:
    """Whether the last word of a name is a unit; "max" and "min" may follow it."""
    words = name.strip("_").lower().split("_")
    if len(words) > 1 and words[-1] in ("max", "min"):
        words.pop()
    return words[-1] in UNITS and (len(words) > 1 or words[-1] not in ("c", "h", "k"))


def test_every_stage_carries_its_card() -> None:
    missing = []
    for stage in STAGES:
        tree = modules().get(f"{stage}/__init__.py")
        if tree is not None:
            card = ast.get_docstring(tree) or ""
            lacking = [word for word in CARD if word not in card]
            missing += [f"src/truceline/{stage}/__init__.py:1 lacks {', '.join(lacking)}"] if lacking else []
    report(missing, "A stage's __init__ docstring is its card: In, Out, Promises, Trusts, To change X open Y.")


# --- the repository ---------------------------------------------------------------------------------------


def test_no_file_names_a_package_registry() -> None:
    found = [
        f"{name}:{number} {host}"
        for name, text in texts().items()
        for host in HOSTS
        if host in text
        for number, line in enumerate(text.splitlines(), 1)
        if host in line
    ]
    report(found, "No registry host in the repository: each person's own settings say where packages come from.")


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1} {match[0]}…"
        for name, text in texts().items()
        for match in MACHINE_PATH.finditer(text)
    ]
    report(found, "Write the path from the project's root, or take the folder as an argument.")


def test_every_decision_says_what_is_lost() -> None:
    wrong = []
    for name, text in texts().items():
        if not name.startswith("docs/decisions/") or name.endswith("/README.md"):
            continue
        if not re.fullmatch(r"docs/decisions/\d{4}-[a-z0-9-]+\.md", name):
            wrong.append(f"{name} is not named NNNN-slug.md")
        headings = {heading.strip() for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
        wrong += [f"{name} lacks the heading {heading!r}" for heading in DECISION_HEADINGS if heading not in headings]
    report(wrong, f"A decision has the headings {', '.join(DECISION_HEADINGS)}.")


def test_every_pin_has_its_hashes_and_no_address() -> None:
    wrong = []
    for lock in ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock"):
        wrong += [f"{lock}: {n} has no hash" for n, (_, rest) in pins(lock).items() if "--hash=sha256:" not in rest]
        for number, line in enumerate(texts().get(lock, "").splitlines(), 1):
            if not re.match(r"[A-Za-z0-9._-]+==|    --hash=sha256:[0-9a-f]{64}", line):
                wrong.append(f"{lock}:{number} {line.strip()[:60]}")
    report(wrong, "A lock holds pins and hashes, nothing else: write it with python3 run.py lock.")


def test_the_development_lock_holds_the_whole_run_time_lock() -> None:
    development = pins("requirements-dev.lock")
    other = [n for n, (version, _) in pins("requirements.lock").items() if development.get(n, ("",))[0] != version]
    report(
        other,
        "Pinned otherwise, or not at all, in requirements-dev.lock: write both with python3 run.py lock.",
    )


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads(texts().get("pyproject.toml", ""))
    wanted = {"requirements.lock": project.get("project", {}).get("dependencies", [])}
    wanted["requirements-dev.lock"] = project.get("dependency-groups", {}).get("dev", [])
    names = {lock: {re.match(r"[\w.-]+", entry)[0].lower() for entry in entries} for lock, entries in wanted.items()}
    missing = [f"{name} in {lock}" for lock, entries in names.items() for name in sorted(entries - set(pins(lock)))]
    report(missing, "Named in pyproject.toml but not locked: python3 run.py lock.")


def test_what_runs_carries_no_viral_licence() -> None:
    viral = []
    for name in pins("requirements.lock"):
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue  # of another system
        stated = about.get_all("Classifier") or []
        licence = about.get("License-Expression") or " ".join(c for c in stated if c.startswith("License"))
        if TAKEN_LICENCES.get(name) in licence.split(" OR "):
            continue
        if re.search(r"\bA?GPL|(?<!Lesser )General Public|Affero", licence or (about.get("License") or "")[:80]):
            viral.append(f"{name}: {licence}")
    for name, text in texts().items():
        if re.search(r"(third.?party|licen[cs]es)[^/]*\.(md|txt|csv|json)$", name, re.IGNORECASE):
            viral += [f"{name}: {found}" for found in re.findall(r"\bA?GPL[-\w.]*", text)]
    report(
        viral,
        "GPL and AGPL stay out of what runs: choose another package, or make it a second opinion in tests.",
    )


def test_the_vendored_pip_is_the_one_described() -> None:
    described = texts().get("tools/README.md", "")
    unknown = [
        f"tools/{wheel.name}"
        for wheel in (ROOT / "tools").glob("*.whl")
        if hashlib.sha256(wheel.read_bytes()).hexdigest() not in described
    ]
    report(unknown, "Write the wheel's SHA-256 and licence into tools/README.md.")
