"""The kernel over a Parquet file, batch by batch, in a process of its own: `python -m benchmarks.streamed FILE`."""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.clauses import fifty_rules
from benchmarks.events import VALUES, events_of
from truceline.judge.kernel import CHUNK_ROWS, Kernel


def main(path: str) -> None:
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    kernel = Kernel(fifty_rules(), VALUES)
    begun, rows, held = (time.perf_counter(), time.process_time()), 0, np.zeros(2, np.int64)
    source = pq.ParquetFile(path, pre_buffer=False)  # with it, the whole file would stay in memory
    for batch in source.iter_batches(batch_size=CHUNK_ROWS, use_threads=False):
        events = events_of(batch)
        planes = kernel.planes(events.spans, events.codes, rows=events.rows)
        held += [int((plane != 0).sum()) for plane in planes]
        rows += events.rows
    took_s, busy_s = time.perf_counter() - begun[0], time.process_time() - begun[1]
    figures = {"rows": rows, "took_s": took_s, "busy_s": busy_s, "peak_mb": peak_mb(), "held": held.tolist()}
    print(json.dumps(figures))


def peak_mb() -> float:
    """The most memory this process has held; not its parent's, which getrusage would count in on Linux."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main(sys.argv[1])
