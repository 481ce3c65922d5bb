"""One article, from its bytes to everything suggested about it: `python -m benchmarks.articles [FILE …]`.

Without files: the twenty invented articles of tests/guarantee/articles, and the two of ../shared/data/articles if they
are there. One process, loaded once; what loading takes is printed apart. Limit: each article in less than 1 s by the
clock. Beside the parser's rules, in the same run, the simpler ones. Median of three for each; the slowest counts.
"""

import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from truceline.guarantee import suggest_from  # noqa: E402
from truceline.guarantee.saying import Parser, load_parser  # noqa: E402

LIMIT_S = 1.0
REPEATS = 3
FOLDERS = (ROOT / "tests" / "guarantee" / "articles", ROOT.parent / "shared" / "data" / "articles")


def main() -> int:
    """Measure and print; 1 if the limit is missed."""
    files = [Path(name) for name in sys.argv[1:]] or [
        each for folder in FOLDERS for each in sorted(folder.glob("*")) if each.suffix in (".txt", ".html")
    ]
    began = time.perf_counter()
    parser = load_parser()
    assert parser is not None, "install the extra nlp"
    parser("A first sentence loads what is loaded late.")
    print(f"loading the parser: {time.perf_counter() - began:.2f} s")
    suggest_from(files[0].read_bytes(), name=files[0].name, parser=None)
    slowest = 0.0
    for name, with_parser in (("rules over a parser", parser), ("simpler rules", None)):
        measured = {file.name: timed(file, with_parser) for file in files}
        worst = max(measured, key=lambda each: measured[each])
        middle = statistics.median(measured.values())
        print(f"{name:<22} {len(files)} articles: median {middle:.3f} s, slowest {measured[worst]:.3f} s ({worst})")
        slowest = max(slowest, measured[worst])
    print(f"limit {LIMIT_S:g} s each: {'met' if slowest < LIMIT_S else 'MISSED'}")
    return int(slowest >= LIMIT_S)


def timed(file: Path, parser: Parser | None) -> float:
    """Seconds by the clock from the bytes to all suggestions, median of three."""
    content, taken = file.read_bytes(), []
    for _ in range(REPEATS):
        began = time.perf_counter()
        suggest_from(content, name=file.name, parser=parser)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
