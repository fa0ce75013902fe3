"""``synapse query``"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from synapseclient.client import Synapse
    from synapseclient.table import CsvFileTable

FROM_TABLE = re.compile(r"from syn\d", re.IGNORECASE)
_NOT_PARSED = (
    "Input query cannot be parsed. Please see our documentation for writing Synapse query:"
    " https://rest-docs.synapse.org/rest/org/sagebionetworks/repo/web/controller/TableExamples.html"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "queryString",
        metavar="string",
        nargs="*",
        help="A query string. Note that when using the command line client, query strings must be"
        " passed intact as a single string.",
    )
    parser.add_argument(
        "--format",
        choices=["tsv", "csv", "json", "table", "parquet", "arrow"],
        default="tsv",
        help="How to write the rows: values with tabs between them (tsv), a CSV file (csv), one JSON"
        " object a line (json), in columns for people (table), or as a Parquet file (parquet) or"
        " an Arrow file (arrow), which need --output [default: %(default)s]",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="Write to a file instead of printing"
    )
    parser.epilog = (
        'examples: synapse query "select * from syn123 where size > 9";'
        ' synapse query --format csv --output birds.csv "select name, size from syn123"'
    )


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Query, and print the rows."""
    sql = " ".join(args.queryString)
    if not FROM_TABLE.search(sql):
        print(_NOT_PARSED, file=sys.stderr)
        return
    if args.format in ("parquet", "arrow"):
        _save_typed(syn, sql, args.format, args.output)
        return
    found: Any = syn.tableQuery(sql)
    if args.output is None:
        _write(args.format, found, sys.stdout)
        return
    from synapseclient.core.utils import put_over, temporary_name

    # What was there is replaced by the whole result or not at all.
    temporary = temporary_name(args.output)
    try:
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            _write(args.format, found, file)
    except BaseException:
        os.unlink(temporary)
        raise
    put_over(temporary, args.output)


def _save_typed(
    syn: Synapse, sql: str, form: Literal["parquet", "arrow"], output: str | None
) -> None:
    """Let the server write the file.

    Raises:
        ValueError: There is no file to write to.
    """
    import shutil

    from synapseclient.core.blocking import run as wait
    from synapseclient.core.utils import put_over, temporary_name
    from synapseclient.tables import work

    if output is None:
        raise ValueError(
            f"A file of the format {form} is not for terminals: say where to, with --output FILE."
        )
    typed: work.Typed = "PARQUET" if form == "parquet" else "ARROW"
    path, _ = wait(work.query_typed(syn, sql, typed, etags=True))
    temporary = temporary_name(output)
    try:
        shutil.copyfile(path, temporary)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
    put_over(temporary, output)


def _write(form: str, found: CsvFileTable, file: IO[str]) -> None:
    if form == "json":
        from synapseclient.tables.cells import value_of

        names = found._names()
        kinds = {each["name"]: each.get("columnType") for each in found.headers or []}
        for line in found._lines():
            named = zip(names, line, strict=True)
            values = {name: value_of(text, kinds.get(name)) for name, text in named}
            file.write(json.dumps(values, default=_as_iso, ensure_ascii=False) + "\n")
        return
    lines = found._dialect.read(found.filepath or "")
    if form == "tsv":
        file.writelines("\t".join(line) + "\n" for line in lines)
    elif form == "csv":
        from synapse_wire.csv_form import Writer
        from synapseclient.tables.sheets import Dialect

        # Quotes are doubled and nothing is escaped, as other programs expect.
        Writer(file.write, Dialect(escape='"').descriptor()).rows(lines)
    else:
        _write_columns(list(lines), file)


def _as_iso(value: Any) -> str:
    """A date as JSON has it."""
    return str(value.isoformat())


def _write_columns(lines: Sequence[Sequence[str]], file: IO[str]) -> None:
    lines = [[" ".join(text.split()) for text in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for number, line in enumerate(lines):
        file.write(_padded(line, widths))
        if number == 0:
            file.write(_padded(["-" * width for width in widths], widths))


def _padded(line: Iterable[str], widths: Iterable[int]) -> str:
    cells = (text.ljust(width) for text, width in zip(line, widths, strict=True))
    return "  ".join(cells).rstrip() + "\n"
