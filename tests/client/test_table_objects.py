"""Queries, changes and what comes of them, as objects."""

from __future__ import annotations

import asyncio
import datetime
import os
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import User

from synapseclient import Column as OldColumn
from synapseclient import Project, Schema, api, table
from synapseclient import Table as OldTable
from synapseclient.client import Synapse
from synapseclient.core.blocking import run
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.models import (
    ActionRequiredCount,
    AppendableRowSetRequest,
    Column,
    ColumnChange,
    ColumnType,
    CsvTableDescriptor,
    EntityUpdateFailureCode,
    EntityUpdateResults,
    PartialRow,
    PartialRowSet,
    Query,
    QueryBundleRequest,
    QueryJob,
    QueryResultBundle,
    Row,
    RowReferenceSetResults,
    TableSchemaChangeRequest,
    TableSchemaChangeResponse,
    TableSearchChangeRequest,
    TableSearchChangeResponse,
    TableUpdateTransaction,
    UnknownTableUpdateResponse,
    UploadToTableRequest,
    UploadToTableResult,
    table_update_response_from_dict,
)
from synapseclient.models.table_components import SnapshotRequest

UTC = datetime.UTC


@pytest.fixture
def syn(alice: User, tmp_path: Path) -> Synapse:
    return alice.client(tmp_path / "client")


@pytest.fixture
def birds(syn: Synapse) -> str:
    project = syn.store(Project(name=f"Objects {os.urandom(4).hex()}"))
    columns = [
        OldColumn(name="name", columnType="STRING", maximumSize=20, facetType="enumeration"),
        OldColumn(name="size", columnType="INTEGER"),
        OldColumn(name="day", columnType="DATE"),
    ]
    day = datetime.datetime(2024, 2, 29, tzinfo=UTC)
    rows = [["wren", 9, day], ["robin", 14, None], ["robin", None, None]]
    return str(syn.store(OldTable(Schema("Birds", columns, parent=project), rows)).tableId)


def test_a_bundle_is_asked_for(syn: Synapse, birds: str) -> None:
    query = Query(sql=f"select * from {birds}", limit=2, sort=[{"column": "size"}])
    asked = QueryBundleRequest(birds, query, part_mask=0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x80)
    assert asked.to_synapse_request() == {
        "concreteType": "org.sagebionetworks.repo.model.table.QueryBundleRequest",
        "entityId": birds,
        "query": {
            "sql": f"select * from {birds}",
            "includeEntityEtag": False,
            "limit": 2,
            "sort": [{"column": "size"}],
        },
        "partMask": 0xBF,
    }
    done = asked.send_job_and_wait(synapse_client=syn)
    assert done is asked
    assert done.query_count == 3
    assert done.query_result is not None
    rows = done.query_result.query_results
    assert rows is not None
    assert rows.rows is not None
    assert rows.headers is not None
    assert [each.column_type for each in rows.headers] == [
        ColumnType.STRING,
        ColumnType.INTEGER,
        ColumnType.DATE,
    ]
    by_name = {each.values[0]: each for each in rows.rows if each.values}
    assert by_name["wren"].values == ["wren", 9, datetime.datetime(2024, 2, 29, tzinfo=UTC)]
    assert (by_name["wren"].row_id, by_name["wren"].version_number) == (1, 2)
    assert [each.name for each in done.column_models or []] == ["name", "size", "day"]
    assert [each.name for each in done.select_columns or []] == ["name", "size", "day"]
    assert (done.max_rows_per_page or 0) > 100
    [facet] = done.facets or []
    assert {each["value"]: each["count"] for each in facet["facetValues"]} == {
        "robin": 2,
        "wren": 1,
    }
    assert str(done.last_updated_on).startswith("20")
    # As the official client gives it: the query as JSON.
    raw = QueryBundleRequest(birds, {"sql": f"select count(*) from {birds}"}, part_mask=1)
    done = asyncio.run(raw.send_job_and_wait_async(synapse_client=syn))
    assert done.query_result is not None
    assert done.query_result.query_results is not None
    assert done.query_result.query_results.rows == [Row(values=[3])]
    with pytest.raises(SynapseHTTPError, match="does not exist: nothing"):
        QueryBundleRequest(birds, Query(f"select nothing from {birds}")).send_job_and_wait(
            synapse_client=syn
        )


def test_a_csv_file_is_asked_for(syn: Synapse, birds: str) -> None:
    job = QueryJob(
        entity_id=birds,
        sql=f"select name, size from {birds} order by size",
        csv_table_descriptor=CsvTableDescriptor(separator=";"),
        include_row_id_and_row_version=False,
        limit=2,
    )
    assert "jobId" not in job.to_synapse_request()
    done = job.send_job_and_wait(synapse_client=syn)
    assert done.table_id == birds
    assert [each.name for each in done.headers or []] == ["name", "size"]
    path = run(
        syn.fetch_file_async(
            str(done.results_file_handle_id), birds, through=(birds, "TableEntity")
        )
    )
    assert path is not None
    lines = Path(path).read_text().splitlines()
    assert (lines[0], len(lines)) == ("name;size", 3)


def test_changes_are_sent(syn: Synapse, birds: str, tmp_path: Path) -> None:
    name, size, _ = run(api.get_columns(birds, synapse_client=syn))
    [note] = run(
        api.post_columns([Column(name="note", column_type=ColumnType.STRING)], synapse_client=syn)
    )
    assert run(api.get_column(str(note.id), synapse_client=syn))["name"] == "note"
    assert note in list(api.list_columns_sync("note", synapse_client=syn))
    path = tmp_path / "more.csv"
    path.write_text("name,size\nowl,35\n")
    handle = syn.uploadFileHandle(str(path), syn.get(birds).parentId)["id"]
    columns = [str(name.id), str(size.id), str(note.id)]
    request = TableUpdateTransaction(
        entity_id=birds,
        changes=[
            TableSchemaChangeRequest(
                birds, [ColumnChange(new_column_id=note.id)], [*columns, str(_.id)]
            ),
            AppendableRowSetRequest(
                birds,
                PartialRowSet(birds, [PartialRow("1", [{"key": note.id, "value": "small"}])]),
            ),
            UploadToTableRequest(table_id=birds, upload_file_handle_id=handle),
            TableSearchChangeRequest(birds, True),
        ],
    )
    assert request.total_rows_changed is None
    done = request.send_job_and_wait(synapse_client=syn)
    assert [type(each) for each in done.results or []] == [
        TableSchemaChangeResponse,
        RowReferenceSetResults,
        UploadToTableResult,
        TableSearchChangeResponse,
    ]
    schema, rows, upload, search = done.results or []
    assert isinstance(schema, TableSchemaChangeResponse)
    assert [each.name for each in schema.schema or []] == ["name", "size", "note", "day"]
    assert isinstance(rows, RowReferenceSetResults)
    assert rows.row_reference_set is not None
    assert [each.row_id for each in rows.row_reference_set.rows or []] == [1]
    assert isinstance(upload, UploadToTableResult)
    assert upload.rows_processed == 1
    assert isinstance(search, TableSearchChangeResponse)
    assert search.search_enabled is True
    assert done.total_rows_changed == 2
    assert (done.entities_with_changes_applied, done.failed_entity_updates) == (None, [])
    assert [
        list(each)
        for each in syn.tableQuery(
            f"select name, note from {birds}", includeRowIdAndRowVersion=False
        )
    ] == [
        ["wren", "small"],
        ["robin", None],
        ["robin", None],
        ["owl", None],
    ]
    kept = TableUpdateTransaction(
        birds, create_snapshot=True, snapshot_options=SnapshotRequest("why", "four birds")
    ).send_job_and_wait(synapse_client=syn)
    assert kept.snapshot_version_number == 1
    version = run(api.create_table_snapshot(birds, "again", "five", synapse_client=syn))
    assert version["snapshotVersionNumber"] == 2


def test_what_comes_of_a_view() -> None:
    raw = {
        "concreteType": "org.sagebionetworks.repo.model.table.EntityUpdateResults",
        "updateResults": [
            {"entityId": "syn1"},
            {"entityId": "syn2", "failureCode": "CONCURRENT_UPDATE", "failureMessage": "late"},
            {"entityId": "syn3", "failureCode": "NEW_CODE"},
        ],
    }
    found = table_update_response_from_dict(raw)
    assert isinstance(found, EntityUpdateResults)
    assert found.successful_entity_ids == ["syn1"]
    assert found.rows_changed == 1
    late, new = found.failed_entity_updates
    assert late.failure_code is EntityUpdateFailureCode.CONCURRENT_UPDATE
    assert new.failure_code == "NEW_CODE"
    with pytest.raises(ValueError):
        EntityUpdateFailureCode(5)
    other = table_update_response_from_dict({"concreteType": "org.new", "x": 1})
    assert isinstance(other, UnknownTableUpdateResponse)
    assert (other.data, other.rows_changed) == ({"concreteType": "org.new", "x": 1}, None)
    done = TableUpdateTransaction("syn9").fill_from_dict({"results": [raw]})
    assert done.entities_with_changes_applied == ["syn1"]
    assert [each.entity_id for each in done.failed_entity_updates] == ["syn2", "syn3"]
    assert TableUpdateTransaction("syn9").fill_from_dict({}).results is None


def test_objects_by_themselves() -> None:
    for wrong in ({}, {"entity_id": "syn1", "table_id": "syn2"}):
        with pytest.raises(ValueError, match="entity_id or table_id"):
            UploadToTableRequest(**wrong, upload_file_handle_id="1")
    sent = UploadToTableRequest(entity_id="syn1", upload_file_handle_id="1").to_synapse_request()
    assert (sent["tableId"], sent["linesToSkip"]) == ("syn1", 0)
    assert PartialRow("1", [{"key": "2", "value": "x" * 100}]).size() > 100
    for yes, no in (("true", "false"), ("T", "F"), ("1", "0"), (True, False)):
        assert (Row.to_boolean(yes), Row.to_boolean(no)) == (True, False)
    for neither in (None, "maybe", 1.0):
        with pytest.raises(ValueError, match="to boolean"):
            Row.to_boolean(neither)
        with pytest.raises(ValueError, match="to boolean"):
            table.to_boolean(neither)
    bundle = QueryResultBundle.fill_from_dict(
        {
            "queryCount": 3,
            "sumFileSizes": {"sumFileSizesBytes": 5, "greaterThan": False},
            "actionsRequired": [{"action": {"x": 1}, "count": 2}],
        }
    )
    assert bundle.sum_file_sizes is not None
    assert bundle.sum_file_sizes.sum_file_size_bytes == 5
    assert bundle.actions_required == [ActionRequiredCount({"x": 1}, 2)]
    assert bundle.query_result is None


def test_helpers_of_older_tables(syn: Synapse, birds: str) -> None:
    assert table.escape_column_name({"name": 'a "b"'}) == '"a ""b"""'
    assert table.join_column_names(["a", {"name": "b"}]) == '"a","b"'
    assert table.column_ids([{"id": "1"}, {"name": "x"}]) == ["1"]
    assert table.column_ids(None) == []
    assert table.row_labels_from_id_and_version([(1, 2), (3, 4, "e")]) == ["1_2", "3_4_e"]
    rows: list[Any] = [{"rowId": 1, "versionNumber": 2}]
    assert table.row_labels_from_rows(rows) == ["1_2"]
    headers = [{"columnType": "INTEGER"}]
    assert table.cast_row_set({"headers": headers, "rows": [{"values": ["5"]}]})["rows"] == [
        {"values": [5]}
    ]
    parent = syn.get(birds).parentId
    schema = table.df2Table({"n": [1, 2]}, syn, "Made of values", parent)
    assert [
        list(each)
        for each in syn.tableQuery(f"select n from {schema.id}", includeRowIdAndRowVersion=False)
    ] == [[1], [2]]
    many = [OldColumn(name=f"c{n}", columnType="INTEGER") for n in range(153)]
    with pytest.raises(ValueError, match="152"):
        syn.store(Schema("Wide", many, parent=parent))
