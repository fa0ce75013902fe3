// The tables of a project, and a new one from a CSV file.
import { Button, FileButton, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconTable } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, finished, type Header, type Schemas, take } from "../api/client";
import { Choose } from "../entities/Choose";
import { useChildren } from "../files/FileList";
import { uploadHandle } from "../files/upload";
import { Empty, EntityLine, FormDialog, More, useDo, Wait, when, Wrong } from "../shell/common";
import { go } from "../shell/router";
import { t } from "../texts";
import { change, descriptorOf, rowsOf } from "./changing";
import { itemOf } from "./Items";

const MOST_ANNOTATIONS = 50;

/** Make a table with the columns and rows of a CSV file; its id. */
async function tableFrom(parentId: string, file: File): Promise<string | null> {
  const uploadFileHandleId = await uploadHandle(file);
  if (uploadFileHandleId === null) return null;
  const csvTableDescriptor = descriptorOf(file);
  const looked = await take(
    api.POST("/repo/v1/table/upload/csv/preview/async/start", {
      body: { concreteType: "org.sagebionetworks.repo.model.table.UploadToTablePreviewRequest", uploadFileHandleId, csvTableDescriptor, doFullFileScan: true },
    }),
  );
  const preview = await finished(() => api.GET("/repo/v1/table/upload/csv/preview/async/get/{asyncToken}", { params: { path: { asyncToken: looked.token } } }));
  const columns = await take(api.POST("/repo/v1/column/batch", { body: { list: preview.suggestedColumns } }));
  const columnIds = (columns.list ?? []).map((each) => each.id ?? "");
  const name = file.name.replace(/\.(csv|tsv|tab)$/i, "");
  const made = await take(api.POST("/repo/v1/entity", { body: { concreteType: "org.sagebionetworks.repo.model.table.TableEntity", parentId, name, columnIds } }));
  const id = made.id ?? "";
  await change(id, [rowsOf(id, uploadFileHandleId, csvTableDescriptor)]);
  return id;
}

export function Tables({ id, mayAdd }: { id: string; mayAdd: boolean }) {
  const tables = useChildren(id, ["table", "entityview", "submissionview", "dataset", "datasetcollection", "materializedview", "virtualtable"]);
  const [making, setMaking] = useState<"view" | "dataset" | null>(null);
  const doing = useDo();
  const queries = useQueryClient();
  const rows = tables.data?.pages.flatMap((page) => page.page) ?? [];
  const button = mayAdd && (
    <FileButton
      accept=".csv,.tsv,.tab,text/csv"
      onChange={(file) =>
        file &&
        void doing.run(async () => {
          const made = await tableFrom(id, file);
          await queries.invalidateQueries({ queryKey: ["children"] });
          if (made) go(`/Synapse:${made}`);
        })
      }
      inputProps={{ "aria-label": t.tables.fromCsv, tabIndex: -1 }}
    >
      {(props) => (
        <Button loading={doing.busy} leftSection={<IconTable size={16} aria-hidden />} {...props}>
          {t.tables.fromCsv}
        </Button>
      )}
    </FileButton>
  );
  const others = mayAdd && (
    <>
      <Button variant="default" onClick={() => setMaking("view")}>
        {t.tables.newView}
      </Button>
      <Button variant="default" onClick={() => setMaking("dataset")}>
        {t.datasets.create}
      </Button>
    </>
  );
  return (
    <Stack>
      {making === "view" && <NewView parentId={id} onClose={() => setMaking(null)} />}
      {making === "dataset" && <NewDataset parentId={id} onClose={() => setMaking(null)} />}
      <Wrong error={tables.error ?? doing.error} />
      {doing.busy && <Wait what={t.tables.reading} />}
      {tables.isPending && <Wait />}
      {tables.isSuccess && rows.length === 0 && (
        <Empty title={mayAdd ? t.tables.none : t.tables.noneReader}>
          {mayAdd && (
            <Stack align="center">
              <Text ta="center">{t.tables.noneText}</Text>
              <Group justify="center">
                {button}
                {others}
              </Group>
            </Stack>
          )}
        </Empty>
      )}
      {rows.length > 0 && (
        <>
          <Group>
            {button}
            {others}
          </Group>
          {rows.map((each) => (
            <EntityLine key={each.id} entity={each} more={when(each.modifiedOn)} />
          ))}
          <More list={tables} />
        </>
      )}
    </Stack>
  );
}

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

async function datasetOf(parentId: string, name: string, files: Header[]): Promise<string> {
  const columnIds = await columnsOf({ viewEntityType: "dataset", scope: files.map((each) => each.id ?? "") });
  const made = await take(api.POST("/repo/v1/entity", { body: { concreteType: "org.sagebionetworks.repo.model.table.Dataset", parentId, name, columnIds, items: files.map(itemOf) } }));
  return made.id ?? "";
}

function NewDataset({ parentId, onClose }: { parentId: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<Header[]>([]);
  const queries = useQueryClient();
  return (
    <FormDialog
      title={t.datasets.create}
      verb={t.common.create}
      onClose={onClose}
      onDo={async () => {
        const id = await datasetOf(parentId, name.trim(), chosen);
        await queries.invalidateQueries({ queryKey: ["children"] });
        go(`/Synapse:${id}`);
      }}
    >
      <Text size="sm">{t.datasets.createText}</Text>
      <TextInput label={t.common.name} value={name} required data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
      <Choose root={parentId} type="file" chosen={chosen} onChange={setChosen} />
    </FormDialog>
  );
}

function NewView({ parentId, onClose }: { parentId: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const [mask, setMask] = useState("1");
  const queries = useQueryClient();
  return (
    <FormDialog
      title={t.tables.viewTitle}
      verb={t.common.create}
      onClose={onClose}
      onDo={async () => {
        const id = await viewOf(parentId, name, Number(mask));
        await queries.invalidateQueries({ queryKey: ["children"] });
        go(`/Synapse:${id}`);
      }}
    >
      <Text size="sm">{t.tables.viewText}</Text>
      <TextInput label={t.common.name} value={name} required data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
      <NativeSelect label={t.tables.viewOf} value={mask} data={Object.entries(t.tables.masks).map(([value, label]) => ({ value, label }))} onChange={(event) => setMask(event.currentTarget.value)} />
    </FormDialog>
  );
}
