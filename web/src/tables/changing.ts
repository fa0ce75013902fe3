// Changes of tables: rows, columns, files of rows. All changes of one call happen or none does, but
// through a view.
import { api, finished, type Schemas, take } from "../api/client";

export type Change = NonNullable<Schemas["TableUpdateTransactionRequest"]["changes"]>[number];

async function transact(id: string, more: Omit<Schemas["TableUpdateTransactionRequest"], "concreteType" | "entityId">): Promise<Schemas["TableUpdateTransactionResponse"]> {
  const path = { id };
  const started = await take(
    api.POST("/repo/v1/entity/{id}/table/transaction/async/start", {
      params: { path },
      body: { concreteType: "org.sagebionetworks.repo.model.table.TableUpdateTransactionRequest", entityId: id, ...more },
    }),
  );
  return finished(() => api.GET("/repo/v1/entity/{id}/table/transaction/async/get/{asyncToken}", { params: { path: { ...path, asyncToken: started.token } } }));
}

export async function change(id: string, changes: Change[]): Promise<void> {
  const done = await transact(id, { changes });
  // Through a view, each row is changed by itself, and some may be refused.
  const refused = (done.results ?? []).flatMap((each) => ("updateResults" in each ? (each.updateResults ?? []) : [])).filter((each) => each.failureCode);
  if (refused.length) throw new Error(refused.map((each) => `${each.entityId}: ${each.failureMessage ?? each.failureCode}`).join(" "));
}

/** Keep what is there now as a version of its own; its number. */
export async function snapshot(id: string, snapshotLabel: string, snapshotComment: string): Promise<number> {
  const snapshotOptions = { ...(snapshotLabel ? { snapshotLabel } : {}), ...(snapshotComment ? { snapshotComment } : {}) };
  return (await transact(id, { createSnapshot: true, snapshotOptions })).snapshotVersionNumber ?? 1;
}

export function descriptorOf(file: File): Schemas["CsvTableDescriptor"] {
  return { separator: /\.(tsv|tab)$/i.test(file.name) ? "\t" : ",", isFirstLineHeader: true };
}

/** The change that adds the rows of a CSV file that is uploaded. */
export function rowsOf(id: string, uploadFileHandleId: string, csvTableDescriptor: Schemas["CsvTableDescriptor"]): Schemas["UploadToTableRequest"] {
  return { concreteType: "org.sagebionetworks.repo.model.table.UploadToTableRequest", entityId: id, tableId: id, uploadFileHandleId, csvTableDescriptor };
}
