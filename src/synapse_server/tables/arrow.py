"""Results as Arrow files, made of Parquet, which has the same types."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

MISSING = (
    "This server does not write Arrow: PyArrow is not installed there (pip install"
    " 'synapseclient[arrow]'). Ask for PARQUET, of which readers of Arrow make the same."
)
_BATCH_BYTES = 8_000_000
_BATCH_ROWS = 65_536
_READ_BYTES = 1 << 20


def is_installed() -> bool:
    """Whether Arrow can be written: PyArrow is an extra, as nothing else of the server needs it."""
    try:
        return find_spec("pyarrow") is not None
    except ValueError:  # somebody has said that it is not to be found
        return False


def of_parquet(parquet: Path, path: Path) -> None:
    """Write an Arrow file (IPC, in batches with Zstandard), of which some are in memory at once.

    Args:
        parquet: What it is made of.
        path: Where to.
    """
    pa = import_module("pyarrow")
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    # Pages are read as they are needed, not whole columns.
    source = import_module("pyarrow.parquet").ParquetFile(
        str(parquet), pre_buffer=False, buffer_size=_READ_BYTES
    )
    with source, pa.ipc.new_file(str(path), source.schema_arrow, options=options) as sink:
        for number in range(source.num_row_groups):
            group = source.metadata.row_group(number)
            fitting = _BATCH_BYTES * group.num_rows // max(1, group.total_byte_size)
            rows = max(1, min(_BATCH_ROWS, fitting))
            for batch in source.iter_batches(rows, [number], use_threads=False):
                sink.write_batch(batch)
