// Queries of tables, asked of the server.
import { api, finished, type Schemas, take } from "../api/client";

const PARTS = 0x1 | 0x2 | 0x4 | 0x10 | 0x20 | 0x80;

export type Facet = Schemas["FacetColumnValuesRequest"] | Schemas["FacetColumnRangeRequest"];

export function tableOf(sql: string): string | null {
  return /\bfrom\s+(syn\d+)/i.exec(sql)?.[1]?.toLowerCase() ?? null;
}

export interface Asked {
  sql: string;
  facets: Facet[];
  sort: Schemas["SortItem"][];
  offset: number;
}

export async function ask(id: string, { sql, facets, sort, offset }: Asked, limit: number, signal: AbortSignal, { partMask = PARTS, includeEntityEtag = false } = {}) {
  const body: Schemas["QueryBundleRequest"] = {
    concreteType: "org.sagebionetworks.repo.model.table.QueryBundleRequest",
    entityId: id,
    partMask,
    query: { sql, selectedFacets: facets.length ? facets : undefined, sort: sort.length ? sort : undefined, offset, limit, ...(includeEntityEtag ? { includeEntityEtag } : {}) },
  };
  const { token: asyncToken } = await take(api.POST("/repo/v1/entity/{id}/table/query/async/start", { params: { path: { id } }, body, signal }));
  return finished(() => api.GET("/repo/v1/entity/{id}/table/query/async/get/{asyncToken}", { params: { path: { id, asyncToken } }, signal }), signal);
}

export async function downloadCsv(id: string, { sql, facets, sort }: Asked): Promise<void> {
  const body: Schemas["DownloadFromTableRequest"] = {
    concreteType: "org.sagebionetworks.repo.model.table.DownloadFromTableRequest",
    entityId: id,
    sql,
    selectedFacets: facets.length ? facets : undefined,
    sort: sort.length ? sort : undefined,
    writeHeader: true,
    includeRowIdAndRowVersion: false,
  };
  const { token: asyncToken } = await take(api.POST("/repo/v1/entity/{id}/table/download/csv/async/start", { params: { path: { id } }, body }));
  const made = await finished(() => api.GET("/repo/v1/entity/{id}/table/download/csv/async/get/{asyncToken}", { params: { path: { id, asyncToken } } }));
  const link = document.createElement("a");
  link.href = await take(api.GET("/file/v1/fileHandle/{handleId}/url", { params: { path: { handleId: made.resultsFileHandleId }, query: { redirect: false } }, parseAs: "text" }));
  link.download = `${id}.csv`;
  link.click();
}
