// A table: its query, its columns, and what is known of it.
import { Alert, Button, Code, FileButton, Group, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { api, type Bundle, type Schemas, take } from "../api/client";
import { Annotations, Details } from "../entities/facts";
import { Named } from "../entities/Named";
import { Versions } from "../files/FilePage";
import { uploadHandle } from "../files/upload";
import { FormDialog, kindOf, tell, useDo, Wait, Wrong } from "../shell/common";
import { go, type Place } from "../shell/router";
import { t } from "../texts";
import { change, descriptorOf, rowsOf } from "./changing";
import { Items } from "./Items";
import { DefiningSql } from "./Make";
import { Query } from "./Query";
import { Schema } from "./Schema";
import { Snapshot } from "./Snapshot";

const Provenance = lazy(async () => ({ default: (await import("../provenance/Provenance")).Provenance }));
/** Of what a view shows, so many are named: each is asked for. */
const NAMED = 10;

export function TablePage({ bundle, place, version }: { bundle: Bundle; place: Place; version: number | undefined }) {
  const id = bundle.entity?.id ?? "";
  const number = bundle.entity && "versionNumber" in bundle.entity ? (bundle.entity.versionNumber ?? 1) : 1;
  const shown = version === undefined ? id : `${id}.${version}`;
  const sql = place.query.get("sql") ?? `SELECT * FROM ${shown}`;
  const kind = kindOf(bundle.entity?.concreteType);
  // Rows of views are those of what they show: READ is enough.
  const mayAsk = kind === "view" || kind === "dataset" || (bundle.permissions?.canDownload ?? false);
  const mayEdit = version === undefined && (bundle.permissions?.canEdit ?? false);
  return (
    <Stack gap="lg">
      {kind === "dataset" && <Items key={shown} bundle={bundle} mayEdit={mayEdit} />}
      {mayAsk ? <Query key={shown} sql={sql} mayEdit={mayEdit && kind !== "query"} isTable={kind === "table"} onAsked={(asked) => go(`/Synapse:${shown}/tables/?sql=${encodeURIComponent(asked)}`, true)} /> : <Alert variant="outline">{t.entity.downloadRefused}</Alert>}
      <Origin bundle={bundle} mayEdit={mayEdit} />
      {mayEdit && kind !== "query" && (
        <Group>
          {kind === "table" && <AddRows id={id} />}
          <Snapshot id={id} />
        </Group>
      )}
      <Schema id={id} mayEdit={mayEdit && kind !== "query"} />
      <Suspense fallback={<Wait />}>
        <Provenance id={id} version={number} name={bundle.entity?.name ?? id} />
      </Suspense>
      <Annotations bundle={bundle} readonly={version !== undefined} />
      <Details bundle={bundle} />
      <Versions id={id} here={number} />
    </Stack>
  );
}

function AddRows({ id }: { id: string }) {
  const queries = useQueryClient();
  const doing = useDo();
  const add = (file: File | null) =>
    file &&
    void doing.run(async () => {
      const handle = await uploadHandle(file);
      if (!handle) return;
      await change(id, [rowsOf(id, handle, descriptorOf(file))]);
      tell(t.common.saved);
      await queries.invalidateQueries({ queryKey: ["query"] });
    });
  return (
    <>
      <FileButton accept=".csv,.tsv,.tab,text/csv" onChange={add} inputProps={{ "aria-label": t.tables.addFromCsv, tabIndex: -1 }}>
        {(props) => (
          <Button size="xs" variant="default" loading={doing.busy} {...props}>
            {t.tables.addFromCsv}
          </Button>
        )}
      </FileButton>
      <Wrong error={doing.error} />
    </>
  );
}

/** What a view or query is made of. */
function Origin({ bundle, mayEdit }: { bundle: Bundle; mayEdit: boolean }) {
  const entity = bundle.entity;
  const [changing, setChanging] = useState(false);
  if (!entity) return null;
  if ("scopeIds" in entity && entity.scopeIds) {
    return (
      <Group gap="xs">
        <Text size="sm">{t.tables.scope}</Text>
        {entity.scopeIds.slice(0, NAMED).map((each) => (entity.concreteType.endsWith("SubmissionView") ? <Text key={each} size="sm">{t.queues.id(each)}</Text> : <Named key={each} id={each.startsWith("syn") ? each : `syn${each}`} />))}
        {entity.scopeIds.length > NAMED && <Text size="sm">{t.tables.moreScope(entity.scopeIds.length - NAMED)}</Text>}
      </Group>
    );
  }
  if ("definingSQL" in entity && typeof entity.definingSQL === "string") {
    return (
      <Group gap="xs">
        <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
          {t.tables.defined} <Code>{entity.definingSQL}</Code>
        </Text>
        {mayEdit && (
          <Button size="compact-sm" variant="default" onClick={() => setChanging(true)}>
            {t.tables.changeSql}
          </Button>
        )}
        {changing && <ChangeSql entity={entity} onClose={() => setChanging(false)} />}
      </Group>
    );
  }
  return null;
}

type Defined = Schemas["MaterializedView"] | Schemas["VirtualTable"];

function ChangeSql({ entity, onClose }: { entity: Defined; onClose: () => void }) {
  const id = entity.id ?? "";
  const [sql, setSql] = useState(entity.definingSQL ?? "");
  const queries = useQueryClient();
  const change = async () => {
    await take(api.PUT("/repo/v1/entity/{id}", { params: { path: { id } }, body: { ...entity, definingSQL: sql.trim() } }));
    await Promise.all(["bundle", "query", "columns"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  };
  return (
    <FormDialog title={t.tables.changeSql} verb={t.common.save} onDo={change} onClose={onClose}>
      <DefiningSql value={sql} onChange={setSql} />
    </FormDialog>
  );
}
