// A new view, dataset, collection of datasets, or query of a project.
import { NativeSelect, Text, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, finished, type Header, type Schemas, take } from "../api/client";
import { Choose } from "../entities/Choose";
import { FormDialog } from "../shell/common";
import { go } from "../shell/router";
import { t } from "../texts";
import { itemOf } from "./Items";

const MOST_ANNOTATIONS = 50;

type Scope = Schemas["ViewScope"];

/** The usual columns of a view or dataset, and those of all annotations that are there; their ids. */
async function columnsOf(viewScope: Scope): Promise<string[]> {
  const { viewEntityType, viewTypeMask } = viewScope;
  const usual = await take(api.GET("/repo/v1/column/tableview/defaults", { params: { query: { viewEntityType: viewEntityType ?? undefined, viewTypeMask: viewTypeMask ?? undefined } } }));
  const started = await take(
    api.POST("/repo/v1/column/view/scope/async/start", { body: { concreteType: "org.sagebionetworks.repo.model.table.ViewColumnModelRequest", viewScope } }),
  );
  const suggested = await finished(() => api.GET("/repo/v1/column/view/scope/async/get/{asyncToken}", { params: { path: { asyncToken: started.token } } }));
  const names = new Set(usual.list?.map((each) => each.name));
  const list = [...(usual.list ?? []), ...(suggested.results ?? []).filter((each) => !names.has(each.name)).slice(0, MOST_ANNOTATIONS)];
  const columns = await take(api.POST("/repo/v1/column/batch", { body: { list } }));
  return (columns.list ?? []).map((each) => each.id ?? "");
}

async function viewOf(parentId: string, name: string, viewTypeMask: number): Promise<string> {
  const columnIds = await columnsOf({ viewEntityType: "entityview", viewTypeMask, scope: [parentId] });
  const made = await take(api.POST("/repo/v1/entity", { body: { concreteType: "org.sagebionetworks.repo.model.table.EntityView", parentId, name, columnIds, scopeIds: [parentId], viewTypeMask } }));
  return made.id ?? "";
}

async function datasetOf(parentId: string, name: string, chosen: Header[], what: "dataset" | "collection"): Promise<string> {
  const viewEntityType = what === "dataset" ? "dataset" : "datasetcollection";
  const columnIds = await columnsOf({ viewEntityType, scope: chosen.map((each) => each.id ?? "") });
  const concreteType = what === "dataset" ? "org.sagebionetworks.repo.model.table.Dataset" : "org.sagebionetworks.repo.model.table.DatasetCollection";
  const made = await take(api.POST("/repo/v1/entity", { body: { concreteType, parentId, name, columnIds, items: chosen.map(itemOf) } }));
  return made.id ?? "";
}

async function queryOf(parentId: string, name: string, definingSQL: string, isKept: boolean): Promise<string> {
  const concreteType = isKept ? "org.sagebionetworks.repo.model.table.MaterializedView" : "org.sagebionetworks.repo.model.table.VirtualTable";
  const made = await take(api.POST("/repo/v1/entity", { body: { concreteType, parentId, name, definingSQL } }));
  return made.id ?? "";
}

export const makings = ["view", "dataset", "collection", "query"] as const;
export type Making = (typeof makings)[number];

/** Ask what a new one is to be, make it and go there. */
export function Make({ what, parentId, onClose }: { what: Making; parentId: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<Header[]>([]);
  const [mask, setMask] = useState("1");
  const [sql, setSql] = useState("");
  const [isKept, setKept] = useState("true");
  const queries = useQueryClient();
  const make = () => {
    if (what === "view") return viewOf(parentId, name.trim(), Number(mask));
    if (what === "query") return queryOf(parentId, name.trim(), sql.trim(), isKept === "true");
    return datasetOf(parentId, name.trim(), chosen, what);
  };
  const texts = t.making[what];
  return (
    <FormDialog
      title={texts.create}
      verb={t.common.create}
      onClose={onClose}
      onDo={async () => {
        const id = await make();
        await queries.invalidateQueries({ queryKey: ["children"] });
        go(`/Synapse:${id}`);
      }}
    >
      <Text size="sm">{texts.text}</Text>
      <TextInput label={t.common.name} value={name} required data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
      {what === "view" && <NativeSelect label={t.tables.viewOf} value={mask} data={Object.entries(t.tables.masks).map(([value, label]) => ({ value, label }))} onChange={(event) => setMask(event.currentTarget.value)} />}
      {(what === "dataset" || what === "collection") && <Choose root={parentId} type={what === "dataset" ? "file" : "dataset"} chosen={chosen} onChange={setChosen} />}
      {what === "query" && (
        <>
          <DefiningSql value={sql} onChange={setSql} />
          <NativeSelect label={t.tables.whenRun} value={isKept} data={Object.entries(t.tables.runs).map(([value, label]) => ({ value, label }))} onChange={(event) => setKept(event.currentTarget.value)} />
        </>
      )}
    </FormDialog>
  );
}

/** The SELECT that defines a query. */
export function DefiningSql({ value, onChange }: { value: string; onChange: (sql: string) => void }) {
  return <Textarea label={t.tables.definingSql} placeholder={t.tables.definingExample} value={value} required autosize minRows={3} maxRows={12} spellCheck={false} styles={{ input: { fontFamily: "monospace" } }} onChange={(event) => onChange(event.currentTarget.value)} />;
}
