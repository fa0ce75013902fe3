"""Print how tables, views and what belongs to them are made and called, as JSON.

Verbs without a twin of their own are left out: the official client makes those while it runs, and
what they take is that of the twin.
"""

import dataclasses
import enum
import inspect
import json

import synapseclient
from synapseclient import api, models, table

MODELS = """Table EntityView SubmissionView Dataset DatasetCollection MaterializedView VirtualTable
EntityRef Column JsonSubColumn Query QueryJob QueryBundleRequest QueryResult QueryResultBundle
QueryNextPageToken QueryResultOutput Row RowSet SelectColumn CsvTableDescriptor SumFileSizes
ActionRequiredCount TableUpdateTransaction UploadToTableRequest UploadToTableResult PartialRow
PartialRowSet AppendableRowSetRequest ColumnChange TableSchemaChangeRequest
TableSchemaChangeResponse TableSearchChangeRequest TableSearchChangeResponse EntityUpdateResults
EntityUpdateResult RowReference RowReferenceSet RowReferenceSetResults UnknownTableUpdateResponse"""
ENUMS = """ColumnType FacetType SchemaStorageStrategy ColumnExpansionStrategy ViewTypeMask
EntityUpdateFailureCode"""
OLDER = """Schema EntityViewSchema SubmissionViewSchema Dataset MaterializedViewSchema SelectColumn
RowSet Row PartialRow PartialRowset CsvFileTable TableQueryResult RowSetTable"""
FUNCTIONS = """create_table_snapshot get_columns get_column list_columns list_columns_sync
post_columns get_default_columns"""


def default(value):
    """What a parameter is if it is not given, as text; any empty thing is the same."""
    if value is inspect.Parameter.empty:
        return "-"
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, int | float | str | bool | None):
        return repr(int(value) if isinstance(value, float) else value)
    return "empty"


def taken(function):
    """The parameters of a function, but private ones and what only says that there may be more."""
    return [
        [each.name, each.kind is each.KEYWORD_ONLY, default(each.default)]
        for each in inspect.signature(function).parameters.values()
        if each.name not in ("self", "cls")
        and not each.name.startswith("_")
        and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]


found = {}
for name in MODELS.split():
    kind = getattr(models, name)
    found[name] = taken(kind)
    found[f"{name} fields"] = [
        [each.name, each.compare, each.repr]
        for each in dataclasses.fields(kind)
        if not each.name.startswith("_")
    ]
    for verb in dir(kind):
        if verb.endswith("_async") and not verb.startswith("_") and "schema" not in verb:
            found[f"{name}.{verb}"] = taken(getattr(kind, verb))
            found[f"{name}.{verb.removesuffix('_async')}"] = []
        elif verb in ("fill_from_dict", "to_synapse_request", "add_column"):
            found[f"{name}.{verb}"] = taken(getattr(kind, verb))
for name in ENUMS.split():
    found[name] = {each.name: each.value for each in getattr(models, name)}
found["EntityViewType"] = {each.name: each.value for each in synapseclient.EntityViewType}
for name in ("query_async", "query_part_mask_async", "table_update_response_from_dict"):
    found[name] = taken(getattr(models, name))
for name in FUNCTIONS.split():
    found[f"api.{name}"] = taken(getattr(api, name))
for name in OLDER.split():
    kind = getattr(table, name)
    found[f"older {name}"] = taken(kind.__init__)
    for verb in dir(kind):
        if not verb.startswith("_") and inspect.isfunction(inspect.getattr_static(kind, verb)):
            found[f"older {name}.{verb}"] = taken(getattr(kind, verb))
print(json.dumps(found))
