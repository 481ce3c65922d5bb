#!/usr/bin/env python3
"""Set up, show and check Truceline. Needs Python 3.11 or newer, nothing else.

    python3 run.py demo     see it work, from a ceasefire's text to a record you can verify
    python3 run.py test     style, types, layers, then every test (--long adds the slow ones;
                            any other argument goes to pytest, which then runs alone)
    python3 run.py setup    only make the environment, in .venv beside this file
    python3 run.py bench    the measurements behind the numbers in the documentation
    python3 run.py lock     renew the lock files (--upgrade moves to the newest versions)

Each does its own set-up first, and skips it when nothing changed. Nothing is installed outside .venv.
Your index, proxy and certificates are taken from pip's settings (PIP_INDEX_URL, pip.conf) or uv's.
"""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

if sys.platform != "win32":
    import fcntl

if sys.version_info < (3, 11):  # noqa: UP036 - these lines are for the Pythons that are too old
    for newer in ("python3.13", "python3.12", "python3.11", "python3.14"):
        if shutil.which(newer) and subprocess.call([newer, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            sys.exit(subprocess.call([newer, *sys.argv]))
    sys.exit(f"run.py: this is Python {sys.version.split()[0]}.\n  Next: run it with Python 3.11 or newer.")

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "truceline-setup.txt"
WINDOWS = sys.platform == "win32"
SITE = "Lib/site-packages" if WINDOWS else "lib/python*/site-packages"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
UV = VENV / "uv" / "bin" / ("uv.exe" if WINDOWS else "uv")
RUN_LOCK, DEV_LOCK, UV_LOCK = (ROOT / f"requirements{kind}.lock" for kind in ("", "-dev", "-uv"))
SIDE_BY_SIDE = ("-n", "auto", "--maxprocesses", "4", "--dist", "loadfile")  # all tests, a file on one core
WHEELS_WITH_HASHES = ("--require-hashes", "--only-binary", ":all:")
Command = list[str | Path]

# Of the caller's settings for Python, pip and uv, only those pass that say where packages come from.
STEERS = re.compile(r"(PIP|UV|CONDA|MYPY|RUFF)_|PYTHON|MYPYPATH|VIRTUAL_ENV|__PYVENV_LAUNCHER__")
PASSES = re.compile(
    r"(PIP|UV)_(INDEX.*|DEFAULT_INDEX|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|OFFLINE|PROXY|CERT|CLIENT_CERT"
    r"|TRUSTED_HOST|INSECURE_HOST|SYSTEM_CERTS|CONFIG_FILE|CACHE_DIR|NO_CACHE.*|DEFAULT_TIMEOUT|TIMEOUT"
    r"|HTTP_.*|RETRIES|KEYRING_PROVIDER|LINK_MODE)$|PYTHON(UNBUFFERED|DONTWRITEBYTECODE|IOENCODING)$"
)

NO_NETWORK = (
    r"(?i)name resolution|name or service|getaddrinfo|dns error|NewConnection|connection (refused|reset)|"
    r"unreachable|timed out|max retries|error sending request|could not connect|ProxyError"
)
ADVICE = {  # what a failed step printed: what the person can do; the first that fits is told
    r"No space left|os error 28|disk quota": "The disk is full: free about 1.5 GB and run this again.",
    r"(?i)do not match the hashes|hash mismatch": "A download is not the reviewed file: try no mirror.",
    r"(?i)certificate|UnknownIssuer": "Point PIP_CERT and SSL_CERT_FILE to your network's certificate file.",
    NO_NETWORK: "No package index can be reached: connect, or set HTTPS_PROXY or PIP_INDEX_URL (a mirror).",
    r"No matching distribution|no (usable )?wheels": "Use CPython 3.11 to 3.13 on Linux, macOS or Windows.",
    r"(?i)permission denied|read-only|not writable|access is denied": "Copy the project to your own folder.",
    r"": "Restore the project's files, delete .venv and run this again; if it stays, report it.",
}


class SetupError(Exception):
    """A step failed for a reason outside the program; the text says what to do next."""

    def __init__(self, title: str, said: str) -> None:
        last = "".join(f"\n    {line[:200]}" for line in said.strip().splitlines()[-8:])
        remedy = next(what for pattern, what in ADVICE.items() if re.search(pattern, said))
        super().__init__(f"{title}: failed.{last}\n  Next: {remedy}")


def environment() -> dict[str, str]:
    """The caller's environment without what would steer Python, pip or uv somewhere else than .venv."""
    kept = {name: value for name, value in os.environ.items() if PASSES.match(name) or not STEERS.match(name)}
    path = os.pathsep.join([str(BIN), kept.get("PATH") or os.defpath])
    ours = {"VIRTUAL_ENV": str(VENV), "PATH": path, "PIP_USER": "0", "PYTHONUTF8": "1"}
    defaults = {"PIP_RETRIES": "2", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "UV_SYSTEM_CERTS": "true"}
    return defaults | kept | ours


def ask(command: Command, env: dict[str, str]) -> tuple[bool, str]:
    """Run a command out of sight; return whether it succeeded, and all that it printed."""
    try:
        done = subprocess.run(command, cwd=ROOT, env=env, input=b"", capture_output=True, check=False)
        return done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")
    except OSError as fault:
        return False, str(fault)


def step(title: str, command: Command, env: dict[str, str], *, must: bool = True) -> tuple[bool, str]:
    """Run one step out of sight and print one line for it, with the seconds it took."""
    print(f"  {title:<40}", end="", flush=True)
    begun = time.monotonic()
    good, said = ask(command, env)
    print(f"{time.monotonic() - begun:6.1f} s{'' if good else '  FAILED'}", flush=True)
    if must and not good:
        raise SetupError(title, said)
    return good, said


def pip() -> Command:
    """Pip, run out of its wheel in tools/: the same one everywhere, and no need for ensurepip."""
    return [PYTHON, "-I", max(ROOT.glob("tools/pip-*.whl"), default=ROOT / "tools" / "pip.whl") / "pip"]


def as_uv_settings(env: dict[str, str]) -> tuple[Command, dict[str, str]]:
    """Pip's settings (where packages come from, certificates, proxy) for uv, which does not read them."""
    listed = ask([*pip(), "config", "list"], env)[1]
    found = re.findall(r"^(global|install|:env:)\.([a-z-]+)='(.*)'$", listed, re.MULTILINE)
    found.sort(key=lambda entry: ("global", "install", ":env:").index(entry[0]))  # later ones overrule
    settings = {name: value.replace("\\n", " ").split() for _, name, value in found}
    variables = {"cert": "SSL_CERT_FILE", "client-cert": "SSL_CLIENT_CERT", "proxy": "ALL_PROXY"}
    env = {variables[name]: " ".join(value) for name, value in settings.items() if name in variables} | env
    if any(re.match(r"UV_.*(INDEX|FIND_LINKS)", name) for name in env):
        return [], env
    names = {"index-url": "default-index", "extra-index-url": "index", "trusted-host": "allow-insecure-host"}
    names["find-links"] = "find-links"
    options: Command = [f"--{names[name]}={value}" for name in names for value in settings.get(name, [])]
    offline = settings.get("no-index", ["no"])[0].lower() in ("1", "true", "yes", "on")
    return [*options, *["--no-index"] * offline], env


def build(env: dict[str, str]) -> None:
    """Make .venv anew: an empty environment, the program on its path, and uv if this system has it."""
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    step("make .venv", [sys.executable, "-I", "-m", "venv", "--without-pip", VENV], env)
    site = next(VENV.glob(SITE))
    (site / "truceline.pth").write_text(os.path.relpath(ROOT / "src", site) + "\n", encoding="utf-8")
    start = "import sys\nfrom truceline.cli import main\nsys.exit(main())\n"
    # By way of /bin/sh, for a "#!" line cannot hold a path with spaces; to Python the detour is a string.
    detour = f"#!/bin/sh\n'''exec' \"{PYTHON.as_posix()}\" \"$0\" \"$@\"\n' '''\n"
    (BIN / "truceline").write_text(detour + start, encoding="utf-8")
    (BIN / "truceline").chmod(0o755)
    if WINDOWS:
        (BIN / "truceline.cmd").write_text('@"%~dp0python.exe" "%~dp0truceline" %*\n', encoding="utf-8")
    there: Command = ["--target", UV.parent.parent, "-r", UV_LOCK]
    good, said = step("install uv", [*pip(), "install", *WHEELS_WITH_HASHES, *there], env, must=False)
    if not good and (re.search(NO_NETWORK, said) or "No matching distribution" not in said):
        raise SetupError("install uv", said)


def install(lock: Path, env: dict[str, str]) -> None:
    """Bring .venv to the lock, every hash checked: by uv, or by pip where uv is missing or fails."""
    if UV.exists():
        options, uv_env = as_uv_settings(env)
        # Looking into every index is safe, for only the pinned files are accepted.
        options += ["--index-strategy", "unsafe-best-match", "--python", PYTHON, lock]
        sync: Command = [UV, "pip", "sync", *WHEELS_WITH_HASHES, *options]
        if step(f"install {lock.name} (uv)", sync, uv_env, must=False)[0]:
            return
    step(f"install {lock.name} (pip)", [*pip(), "install", *WHEELS_WITH_HASHES, "-r", lock], env)


def stamp(lock: Path) -> str:
    """What a finished .venv is known by: its folder, Python and tools; its lock; the names in it."""
    base = [path.read_bytes() for path in (VENV / "pyvenv.cfg", UV_LOCK, Path(__file__)) if path.exists()]
    names = sorted(path.name for path in VENV.glob(f"{SITE}/*") if path.name != "__pycache__")
    parts = (b"\0".join([str(ROOT).encode(), *base]), lock.read_bytes(), "\n".join(names).encode())
    return " ".join(hashlib.sha256(part).hexdigest() for part in parts)


def setup(lock: Path) -> None:
    """Make .venv hold the lock's packages, or do nothing if it does. The stamp goes first and comes last."""
    env = environment()
    with Path(__file__).open("rb") as turn:  # one set-up at a time: a second one waits, then finds it done
        if sys.platform != "win32":
            with contextlib.suppress(OSError):  # some network disks have no locks
                fcntl.flock(turn, fcntl.LOCK_EX)
        found = STAMP.read_text(encoding="utf-8") if STAMP.exists() else ""
        starts = ask([PYTHON, "-I", "-c", ""], env)[0]  # the Python it was made from may have been removed
        if starts and found in (stamp(DEV_LOCK), stamp(lock)):  # the development lock holds the other
            return
        if not os.access(ROOT, os.W_OK):
            raise SetupError("set-up", f"{ROOT} is not writable")
        print(f"Set-up in {VENV} (once; about 1 GB)", flush=True)
        kept = [new == old for new, old in zip(stamp(lock).split(), found.split(), strict=False)]
        if not starts or kept[::2] != [True, True]:  # only the lock may differ
            build(env)
        STAMP.unlink(missing_ok=True)
        install(lock, env)
        STAMP.write_text(stamp(lock), encoding="utf-8")


def run(*command: str | Path, **more: str) -> int:
    """Run a program of the environment in the open; return its exit code."""
    return subprocess.run(command, cwd=ROOT, env=environment() | more, check=False).returncode


def test(arguments: list[str]) -> int:
    """Run every check; pytest comes last so that its summary is the last line."""
    long = {"TRUCELINE_LONG": "1"} if "--long" in arguments else {}
    for_pytest = [argument for argument in arguments if argument != "--long"]
    checks = ("ruff check", "ruff format --check", "mypy --strict", "lint-imports --no-cache")
    failed = []
    for tool, *options in [] if for_pytest else map(str.split, checks):
        good, said = step(" ".join([tool, *options]), [BIN / tool, *options], environment(), must=False)
        if not good:
            failed.append(tool)
            print(said.rstrip(), flush=True)
    if failed:
        print(f"  NOT IN ORDER: {', '.join(failed)} (see above). The tests follow.", flush=True)
    return run(PYTHON, "-m", "pytest", *(for_pytest or SIDE_BY_SIDE), **long) or int(bool(failed))


def lock_all(arguments: list[str]) -> int:
    """Write the three lock files anew: all platforms, all hashes, no host and no path of this machine."""
    private = ("UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")  # pin what everybody can download
    env = {name: value for name, value in environment().items() if name not in private}
    to = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"]
    to += ["--no-annotate", "--python-version", "3.11", "--python", str(PYTHON), *arguments, "-o"]
    extras = ("coalition", "footage", "nlp", "planning", "text")
    everyday = ["pyproject.toml", *(word for extra in extras for word in ("--extra", extra))]
    dev = [*everyday, "--group", "dev", "-c", RUN_LOCK.name]
    for lock, wanted in ((RUN_LOCK, everyday), (DEV_LOCK, dev), (UV_LOCK, ["tools/uv.in"])):
        step(lock.name, [UV, "pip", "compile", *wanted, *to, lock], env)
    return 0


def main(arguments: list[str]) -> int:
    """Do what the first word says; without one, or with an unknown one, print the help."""
    word, *rest = arguments or ["help"]
    modules = {"demo": "truceline.cli.demo", "bench": "benchmarks"}
    if word not in ("setup", "test", "lock", *modules):
        print(__doc__)
        return 0 if word in ("help", "-h", "--help") else 2
    try:
        setup(DEV_LOCK if word in ("test", "bench") else RUN_LOCK)
        if word in modules:
            return run(PYTHON, "-m", modules[word], *rest)
        if word != "setup":
            return test(rest) if word == "test" else lock_all(rest)
        print(f"Ready: {BIN / 'truceline'}")
        return 0
    except (SetupError, OSError) as fault:
        told = fault if isinstance(fault, SetupError) else SetupError("set-up", str(fault))
        print(f"run.py: {told}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nrun.py: stopped; the next run mends what was left half done.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
