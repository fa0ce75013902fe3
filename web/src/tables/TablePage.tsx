// A table: its query, its columns, and what is known of it.
import { Alert, Button, Code, FileButton, Group, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import type { Bundle } from "../api/client";
import { Annotations, Details } from "../entities/facts";
import { Versions } from "../files/FilePage";
import { uploadHandle } from "../files/upload";
import { kindOf, tell, useDo, Wait, Wrong } from "../shell/common";
import { go, type Place, To } from "../shell/router";
import { t } from "../texts";
import { change, descriptorOf, rowsOf } from "./changing";
import { Query } from "./Query";
import { Schema } from "./Schema";

const Provenance = lazy(async () => ({ default: (await import("../provenance/Provenance")).Provenance }));

export function TablePage({ bundle, place }: { bundle: Bundle; place: Place }) {
  const id = bundle.entity?.id ?? "";
  const number = bundle.entity && "versionNumber" in bundle.entity ? (bundle.entity.versionNumber ?? 1) : 1;
  const sql = place.query.get("sql") ?? `SELECT * FROM ${id}`;
  const kind = kindOf(bundle.entity?.concreteType);
  // Rows of views are those of what they show: READ is enough.
  const mayAsk = kind === "view" || kind === "dataset" || (bundle.permissions?.canDownload ?? false);
  const mayEdit = bundle.permissions?.canEdit ?? false;
  const queries = useQueryClient();
  const doing = useDo();
  return (
    <Stack gap="lg">
      {mayAsk ? <Query key={id} sql={sql} mayEdit={mayEdit && kind !== "query"} isTable={kind === "table"} onAsked={(asked) => go(`/Synapse:${id}/tables/?sql=${encodeURIComponent(asked)}`, true)} /> : <Alert variant="outline">{t.entity.downloadRefused}</Alert>}
      <Origin bundle={bundle} />
      {mayEdit && kind === "table" && (
        <Group>
          <FileButton
            accept=".csv,.tsv,.tab,text/csv"
            onChange={(file) =>
              file &&
              void doing.run(async () => {
                const handle = await uploadHandle(file);
                if (!handle) return;
                await change(id, [rowsOf(id, handle, descriptorOf(file))]);
                tell(t.common.saved);
                await queries.invalidateQueries({ queryKey: ["query"] });
              })
            }
            inputProps={{ "aria-label": t.tables.addFromCsv, tabIndex: -1 }}
          >
            {(props) => (
              <Button size="xs" variant="default" loading={doing.busy} {...props}>
                {t.tables.addFromCsv}
              </Button>
            )}
          </FileButton>
        </Group>
      )}
      <Wrong error={doing.error} />
      <Schema id={id} mayEdit={mayEdit && kind !== "query"} />
      <Suspense fallback={<Wait />}>
        <Provenance id={id} version={number} name={bundle.entity?.name ?? id} />
      </Suspense>
      <Annotations bundle={bundle} />
      <Details bundle={bundle} />
      <Versions id={id} here={number} />
    </Stack>
  );
}

/** What a view or query is made of. */
function Origin({ bundle }: { bundle: Bundle }) {
  const entity = bundle.entity;
  if (!entity) return null;
  if ("scopeIds" in entity && entity.scopeIds) {
    return (
      <Text size="sm">
        {t.tables.scope}{" "}
        {entity.scopeIds.map((each) => {
          const id = each.startsWith("syn") ? each : `syn${each}`;
          return entity.concreteType.endsWith("SubmissionView") ? `${each} ` : <To key={id} to={`/Synapse:${id}`}>{id} </To>;
        })}
      </Text>
    );
  }
  if ("items" in entity && entity.items) return <Text size="sm">{t.tables.items(entity.items.length)}</Text>;
  if ("definingSQL" in entity && typeof entity.definingSQL === "string") {
    return (
      <Text size="sm" component="div">
        {t.tables.defined} <Code>{entity.definingSQL}</Code>
      </Text>
    );
  }
  return null;
}
