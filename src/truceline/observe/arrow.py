"""Arrow IPC, stream or file, to raw rows; and the columns of any Arrow table as texts.

What the messages say they will unpack to is added up before anything is unpacked, and a file whose footer points to
one message twice is refused: a small file can name any amount of memory.
Source: Apache Arrow columnar format 1.5, "Serialization and Interprocess Communication".
"""

import struct
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.ipc

from truceline.base.errors import InputError
from truceline.model.inputs import MAX_FILE_BYTES
from truceline.model.mission import Feed
from truceline.observe.raw import RawRow, as_row, need_columns, text_of
from truceline.observe.reasons import refusal, shown

MAX_ROWS = 10_000_000  # what 512 MB of CSV can hold; a small file of columns can declare any number
BATCH_ROWS = 8_192
FAULTS = (pa.ArrowException, OSError, ValueError, TypeError, LookupError, MemoryError, ArithmeticError, EOFError)
_MAGIC = b"ARROW1"
_TAIL_BYTES = 10  # of a file: the footer's length and the magic
_END = b"\xff\xff\xff\xff\0\0\0\0"
_OLD_COMPRESSION = b"ARROW:experimental_compression"  # of files before format 1.0; it says nothing of sizes
# In the flatbuffers of the format (Message.fbs): which field is where.
_HEADER_TYPE, _HEADER = 1, 2  # of a Message
_OF_DICTIONARY, _OF_ROWS = 2, 3  # header types
_DICTIONARY_ROWS = 1  # of a DictionaryBatch: its RecordBatch
_BUFFERS, _COMPRESSION = 2, 3  # of a RecordBatch
_FOOTER_DICTIONARIES, _FOOTER_BATCHES = 2, 3  # of a Footer (File.fbs)
_BLOCK = struct.Struct("<qi4xq")  # offset, length of metadata, length of body

Texts = list[str | InputError]


def arrow_rows(content: bytes, _feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    """Only the wanted columns become texts, a batch at a time. A damaged batch ends it: one fault names its rows."""
    if content.startswith(_MAGIC) and not content.endswith(_MAGIC):
        raise refusal("cut-short", f"a file of {len(content):,} bytes without its end.", subject="file")
    try:
        messages = _file_messages(content) if content.startswith(_MAGIC) else pa.ipc.MessageReader.open_stream(content)
        _check_unpacked(messages)
        names, batches = _opened(content)
    except (*FAULTS, struct.error, StopIteration) as error:
        problem = f"no Arrow stream or file: {shown(str(error))}, {len(content):,} bytes."
        raise refusal("unreadable-arrow", problem, subject="file") from None
    need_columns(names, wanted)
    row = 0
    try:
        for batch in batches:
            batch.validate(full=True)
            for texts in _batch_texts(batch, wanted, before=row):
                row += 1
                yield f"row {row}", as_row(wanted, texts)
    except FAULTS as error:
        problem = f"damaged from row {row + 1} on: {shown(str(error))}."
        yield f"rows from {row + 1} on", refusal("unreadable-arrow", problem, subject="file")
        return
    if not content.endswith((_MAGIC, _END)):
        problem = f"ends after row {row} without the mark that ends a stream."
        yield f"rows from {row + 1} on", refusal("cut-short", problem, subject="file")


def _opened(content: bytes) -> tuple[list[str], Iterator[pa.RecordBatch]]:
    """The names of the columns, and the batches as they are asked for."""
    if content.startswith(_MAGIC):
        file = pa.ipc.open_file(pa.py_buffer(content))
        return file.schema.names, (file.get_batch(number) for number in range(file.num_record_batches))
    stream = pa.ipc.open_stream(content)
    return stream.schema.names, iter(stream)


def _batch_texts(
    batch: pa.RecordBatch, wanted: tuple[str, ...], *, before: int
) -> Iterator[tuple[str | InputError, ...]]:
    if before + batch.num_rows > MAX_ROWS:
        problem = f"more than {before + batch.num_rows:,} rows, at most {MAX_ROWS:,}."
        raise refusal("too-many-rows", problem, subject="file")
    columns = [batch.column(name) for name in wanted]
    for first in range(0, batch.num_rows, BATCH_ROWS):
        yield from zip(*(column_texts(column.slice(first, BATCH_ROWS)) for column in columns), strict=True)


# --- columns as texts


def column_texts(column: pa.Array) -> Texts:
    """Each value of one column as text; one that cannot be read is a fault of its row alone."""
    if isinstance(column, pa.ExtensionArray):
        return column_texts(column.storage)
    if pa.types.is_dictionary(column.type):
        return _dictionary_texts(column)
    if not _is_plain(column.type):
        return _not_plain(column)
    _check_views(column)
    try:
        return [text_of(value) for value in _in_us(column).to_pylist()]
    except FAULTS:
        return [_scalar_text(scalar) for scalar in column]


def _not_plain(column: pa.Array) -> Texts:
    fault = refusal("value-not-plain", f"a value of {shown(str(column.type))} is no plain value.", subject="row")
    return [fault if valid else "" for valid in column.is_valid().to_pylist()]


def _dictionary_texts(column: pa.DictionaryArray) -> Texts:
    """Each word that is used becomes a text once: a million rows may share one long word."""
    words = column.dictionary.storage if isinstance(column.dictionary, pa.ExtensionArray) else column.dictionary
    if not _is_plain(words.type):
        return _not_plain(column)
    _check_views(words)
    used = column.indices.dictionary_encode()
    texts = [_scalar_text(words[at]) for at in used.dictionary.to_pylist()]
    return ["" if at is None else texts[at] for at in used.indices.to_pylist()]


def _in_us(column: pa.Array) -> pa.Array:
    """Instants in microseconds, the finest here; nanoseconds are cut, what would run over is a fault."""
    if not pa.types.is_timestamp(column.type):
        return column
    instant = pa.timestamp("us", tz=column.type.tz)
    return column.cast(options=pa.compute.CastOptions(target_type=instant, allow_time_truncate=True))


def _is_plain(kind: pa.DataType) -> bool:
    """Types whose values are one number, word or time each, or a list of words."""
    types = pa.types
    if types.is_list(kind) or types.is_large_list(kind):
        return bool(types.is_string(kind.value_type) or types.is_large_string(kind.value_type))
    plain = (types.is_null, types.is_boolean, types.is_integer, types.is_floating, types.is_decimal, types.is_string)
    return any(is_one(kind) for is_one in (*plain, types.is_large_string, types.is_string_view, *_TIMES))


_TIMES = (pa.types.is_date, pa.types.is_time, pa.types.is_timestamp)


def _scalar_text(scalar: pa.Scalar) -> str | InputError:
    try:
        return text_of(scalar.as_py())
    except UnicodeDecodeError as error:
        return refusal("wrong-encoding", f"byte {error.start} of a text is not UTF-8.", subject="row")
    except FAULTS as error:
        return refusal("value-not-plain", f"a value cannot be read: {shown(str(error))}.", subject="row")


# --- what a small file can unpack to


def _check_views(column: pa.Array) -> None:
    """Refuse views that name the same bytes again and again: as texts they would not fit into memory."""
    if pa.types.is_string_view(column.type):
        views = np.frombuffer(column.buffers()[1] or b"", np.int32)
        lengths = views.reshape(-1, 4)[column.offset : column.offset + len(column), 0].astype(np.int64)
        _check_size(int(lengths[column.is_valid().to_numpy(zero_copy_only=False)].sum()))


def _check_size(unpacked_bytes: int) -> None:
    if unpacked_bytes > MAX_FILE_BYTES:
        problem = f"unpacks to {unpacked_bytes:,} bytes, at most {MAX_FILE_BYTES:,}."
        raise refusal("file-too-large", problem, subject="file")


def _check_unpacked(messages: Iterable[pa.ipc.Message]) -> None:
    """Add up what all compressed buffers say they unpack to, which is what is set aside for them.

    Raises: InputError. Every fault of Arrow, and struct.error: the messages are damaged.
    """
    unpacked_bytes = 0
    for message in messages:
        metadata = message.metadata.to_pybytes()
        if _OLD_COMPRESSION in metadata:
            raise refusal("unreadable-arrow", "compressed as before Arrow 1.0.", subject="file")
        if message.body is not None:
            unpacked_bytes += _unpacked_bytes(metadata, memoryview(message.body))
            _check_size(unpacked_bytes)


def _file_messages(content: bytes) -> Iterator[pa.ipc.Message]:
    """The messages that a file's footer points to; one that is pointed to twice is damage."""
    (size,) = struct.unpack_from("<i", content, len(content) - _TAIL_BYTES)
    footer = content[max(0, len(content) - _TAIL_BYTES - max(0, size)) : len(content) - _TAIL_BYTES]
    seen = set()
    for listed in (_FOOTER_DICTIONARIES, _FOOTER_BATCHES):
        field = _field(footer, _uint(footer, 0), listed)
        blocks = _target(footer, field) if field else 0
        size = _BLOCK.size * _uint(footer, blocks) if field else 0
        for offset, _, _ in _BLOCK.iter_unpack(footer[blocks + 4 :][:size]):
            if offset in seen or offset < 0:
                raise refusal("unreadable-arrow", f"its end names byte {offset:,} twice.", subject="file")
            seen.add(offset)
            yield pa.ipc.read_message(pa.py_buffer(content)[offset:])


def _unpacked_bytes(metadata: bytes, body: memoryview) -> int:
    """What one message's compressed buffers say they unpack to; each begins with that number, or -1."""
    rows = _rows_at(metadata)
    listed = rows and _field(metadata, rows, _COMPRESSION) and _field(metadata, rows, _BUFFERS)
    if not listed:
        return 0
    buffers = _target(metadata, listed)
    places = struct.iter_unpack("<qq", metadata[buffers + 4 :][: 16 * _uint(metadata, buffers)])
    lengths = (struct.unpack_from("<q", body, offset)[0] for offset, size in places if size >= 8 and offset >= 0)
    return sum(max(0, length) for length in lengths)


def _rows_at(metadata: bytes) -> int:
    """Where the message's RecordBatch is; 0: it has none."""
    message = _uint(metadata, 0)
    kind = _field(metadata, message, _HEADER_TYPE)
    held = {_OF_ROWS: (), _OF_DICTIONARY: (_DICTIONARY_ROWS,)}.get(metadata[kind]) if kind else None
    if held is None:
        return 0
    at = message
    for field in chain((_HEADER,), held):
        at = _target(metadata, _field(metadata, at, field))
    return at


def _field(table: bytes, at: int, number: int) -> int:
    """Where a field of the flatbuffer table at `at` stands; 0: it is not there."""
    (back,) = struct.unpack_from("<i", table, at)
    slots = at - back
    slot = 4 + 2 * number
    if slot >= struct.unpack_from("<H", table, slots)[0]:
        return 0
    (offset,) = struct.unpack_from("<H", table, slots + slot)
    return at + offset if offset else 0


def _target(table: bytes, at: int) -> int:
    return at + _uint(table, at)


def _uint(table: bytes, at: int) -> int:
    (value,) = struct.unpack_from("<I", table, at)
    assert isinstance(value, int)
    return value
