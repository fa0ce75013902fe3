"""What is in the columns of a table in a file."""

from __future__ import annotations

import json
import os
from typing import Any

from synapseclient import Synapse
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.core.more_utils import test_import_pandas

_SEPARATORS = {".csv": ",", ".tsv": "\t"}


def describe(syn: Synapse, entity: Any) -> dict[str, dict[str, Any]] | None:
    """Summary statistics of each column of a CSV or TSV file: its type and most frequent value,
    and of numbers the smallest, the largest and the mean. Needs pandas.

    Args:
        syn: A client that is logged in.
        entity: The file, or its id.

    Returns:
        By column; None if there is no such file, or it is of another kind.
    """
    test_import_pandas()
    import pandas

    try:
        path = syn.get(entity).get("path")
    except SynapseHTTPError as error:
        syn.logger.error("%s cannot be described: %s", entity, " ".join(str(error).split()))
        return None
    separator = _SEPARATORS.get(os.path.splitext(path or "")[1].lower())
    if separator is None:
        syn.logger.info("File type not supported: %s is neither .csv nor .tsv.", path or entity)
        return None
    frame = pandas.read_csv(path, sep=separator)
    found = {str(name): _column(pandas, frame[name]) for name in frame.columns}
    syn.logger.info("%s", json.dumps(found, indent=2, default=str))
    return found


def _column(pandas: Any, column: Any) -> dict[str, Any]:
    modes = column.mode()
    found: dict[str, Any] = {"mode": modes[0] if len(modes) else None}
    if pandas.api.types.is_numeric_dtype(column.dtype):
        found |= {"min": column.min(), "max": column.max(), "mean": column.mean()}
    return {**found, "dtype": column.dtype.name}
