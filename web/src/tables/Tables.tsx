// The tables of a project, and a new one from a CSV file.
import { Button, FileButton, Group, Stack, Text } from "@mantine/core";
import { IconTable } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, finished, type Header, take } from "../api/client";
import { useChildren } from "../files/FileList";
import { uploadHandle } from "../files/upload";
import { Empty, KindIcon, kindOf, More, useDo, Wait, when, Wrong } from "../shell/common";
import { go, To } from "../shell/router";
import { t } from "../texts";
import { change, descriptorOf, rowsOf } from "./changing";
import { Make, type Making, makings } from "./Make";

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
  const [making, setMaking] = useState<Making | null>(null);
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
  const others =
    mayAdd &&
    makings.map((each) => (
      <Button key={each} variant="default" onClick={() => setMaking(each)}>
        {t.making[each].create}
      </Button>
    ));
  return (
    <Stack>
      {making && <Make what={making} parentId={id} onClose={() => setMaking(null)} />}
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
          <div className="rows" role="table" aria-label={t.entity.tabs.tables}>
            <div role="row" className="tables-row head">
              <span role="columnheader">{t.files.name}</span>
              <span role="columnheader">{t.search.kind}</span>
              <span role="columnheader" className="wide">
                {t.files.id}
              </span>
              <span role="columnheader" className="wide">
                {t.files.modified}
              </span>
            </div>
            {rows.map((each) => (
              <Row key={each.id} table={each} />
            ))}
          </div>
          <More list={tables} />
        </>
      )}
    </Stack>
  );
}

function Row({ table }: { table: Header }) {
  return (
    <div role="row" className="tables-row">
      <Group role="cell" gap="xs" wrap="nowrap" style={{ minWidth: 0 }}>
        <KindIcon type={table.type} />
        <To to={`/Synapse:${table.id}`} className="ellipsis" title={table.name ?? ""}>
          {table.name}
        </To>
      </Group>
      <Text role="cell" size="sm">
        {t.kinds[kindOf(table.type)]}
      </Text>
      <Text role="cell" size="sm" c="dimmed" className="wide">
        {table.id}
      </Text>
      <Text role="cell" size="sm" c="dimmed" className="wide">
        {when(table.modifiedOn)}
      </Text>
    </div>
  );
}
