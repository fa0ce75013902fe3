"""Queries of tables and views."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from synapse_wire import tables as wire
from synapse_wire.system import Extension
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.models.table_queries import QueryResultOutput
from synapseclient.tables import csv_tables, frames, work
from synapseclient.tables.rowsets import frame_of_rows
from synapseclient.tables.sheets import Dialect

_QUERY_SECONDS = 250


async def query_async(
    query: str,
    include_row_id_and_row_version: bool = True,
    convert_to_datetime: bool = False,
    download_location: str | None = None,
    quote_character: str = '"',
    escape_character: str = "\\",
    line_end: str = "\n",
    separator: str = ",",
    header: bool = True,
    *,
    results_as: str = "pandas",
    timeout: int = _QUERY_SECONDS,  # noqa: ASYNC109  its name in the official client
    synapse_client: Synapse | None = None,
    **kwargs: Any,
) -> Any:
    """Query a table or view with SQL: a data frame, or, with ``download_location``, the path of a
    CSV file.

    Args:
        query: A SELECT, such as ``SELECT * FROM syn123 WHERE size > 9``.
        include_row_id_and_row_version: With the columns ROW_ID and ROW_VERSION, by which rows
            can be changed.
        convert_to_datetime: Make dates of DATE columns, in UTC; else they are milliseconds.
        download_location: A folder for the CSV file, which needs no pandas.
        quote_character: Of the CSV file.
        escape_character: Of the CSV file.
        line_end: Of the CSV file.
        separator: Of the CSV file.
        header: Whether the CSV file begins with the names of the columns.
        results_as: ``pandas`` for its data frame; ``polars`` for that of Polars; ``arrow`` for an
            Arrow table; ``dicts`` for a list of rows that each are a mapping, which needs nothing
            that is not there.
        timeout: Seconds to wait for the result.
        synapse_client: The session.
        kwargs: Of the official client, ``include_entity_etag`` is followed; options of
            ``pandas.read_csv`` are accepted and mean nothing.

    Raises:
        ImportError: What the result is to be is not installed.
        ValueError: ``results_as`` is nothing of the kind.
    """
    make = csv_tables.maker_of(results_as)
    syn = Synapse.get_client(synapse_client)
    dialect = Dialect(separator, quote_character, escape_character, line_end, header)
    ids, etags = include_row_id_and_row_version, bool(kwargs.get("include_entity_etag"))
    read = _OF_PARQUET.get(results_as)
    if read is not None and not download_location:
        with contextlib.suppress(_OnlyCsv):
            path, kinds = await _parquet(syn, query, ids=ids, etags=etags, seconds=timeout)
            return await asyncio.to_thread(read, path, kinds, dates=convert_to_datetime)
    found = await work.query_csv(
        syn,
        query,
        dialect=dialect,
        ids=ids,
        etags=etags,
        folder=download_location,
        seconds=timeout,
    )
    if download_location:
        return found.path
    return await asyncio.to_thread(make, csv_tables.table_of(found, dialect), convert_to_datetime)


_OF_PARQUET: dict[str, Callable[..., Any]] = {
    "polars": frames.polars_of_parquet,
    "arrow": frames.arrow_of_parquet,
}
"""What reads Parquet, which is faster than CSV, where the server writes it."""


class _OnlyCsv(Exception):
    """The result can only be CSV: it has two columns of the same name, or the server does not
    write anything else."""


async def _parquet(syn: Synapse, query: str, **options: Any) -> tuple[str, dict[str, str]]:
    if Extension.TABLE_PARQUET not in await syn.extensions():
        raise _OnlyCsv
    try:
        return await work.query_typed(syn, query, "PARQUET", **options)
    except SynapseHTTPError as error:
        if "which Parquet cannot have" in str(error):
            raise _OnlyCsv from error
        raise


async def query_part_mask_async(
    query: str,
    part_mask: int,
    *,
    timeout: int = _QUERY_SECONDS,  # noqa: ASYNC109  its name in the official client
    synapse_client: Synapse | None = None,
    **kwargs: Any,
) -> QueryResultOutput:
    """Query a table or view, and say which parts of the answer are wanted.

    Args:
        query: A SELECT.
        part_mask: The sum of 0x1 rows, 0x2 count, 0x40 sum of file sizes, 0x80 last update.
        timeout: Seconds to wait for each page.
        synapse_client: The session.
        kwargs: ``limit`` and ``offset``.
    """
    syn = Synapse.get_client(synapse_client)
    asked = wire.Query(
        sql=query,
        include_entity_etag=True,
        limit=kwargs.get("limit"),
        offset=kwargs.get("offset"),
    )
    bundle = await work.query_bundle(syn, asked, part_mask, seconds=timeout)
    page = bundle.get("queryResult")
    rows: list[Any] = []
    headers: list[Any] = []
    while page is not None:
        rows += page["queryResults"].get("rows") or []
        headers = page["queryResults"].get("headers") or headers
        token = page.get("nextPageToken")
        page = None if token is None else await work.next_page(syn, token, seconds=timeout)
    frame = None
    if part_mask & work.ROWS:
        frame = await asyncio.to_thread(frame_of_rows, headers, rows, False)
    return QueryResultOutput.fill_from_dict(frame, bundle)


query = blocking(query_async)
query_part_mask = blocking(query_part_mask_async)


class QueryMixin:
    """Queries as methods of models, for which the SQL names the table all the same."""

    query_async = staticmethod(query_async)
    query = staticmethod(query)
    query_part_mask_async = staticmethod(query_part_mask_async)
    query_part_mask = staticmethod(query_part_mask)
