"""The kernel over a Parquet file, batch by batch, in a process of its own: `python -m benchmarks.streamed FILE`."""

import json
import resource
import sys
import time

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
    begun, rows, held = time.perf_counter(), 0, np.zeros(2, np.int64)
    source = pq.ParquetFile(path, memory_map=True)
    for batch in source.iter_batches(batch_size=CHUNK_ROWS, use_threads=False):
        events = events_of(batch)
        planes = kernel.planes(events.spans, events.codes, rows=events.rows)
        held += [int((plane != 0).sum()) for plane in planes]
        rows += events.rows
    took_s = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"rows": rows, "took_s": took_s, "peak_mb": peak / 1024, "held": held.tolist()}))


if __name__ == "__main__":
    main(sys.argv[1])
