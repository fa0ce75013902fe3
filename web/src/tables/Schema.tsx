// The columns of a table: to read, and to change in one transaction.
import { ActionIcon, Button, Group, Modal, NativeSelect, NumberInput, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas, take } from "../api/client";
import { tell, useDo, Wrong } from "../shell/common";
import { t } from "../texts";
import { change } from "./changing";

type Column = Schemas["ColumnModel"];

const TYPES = ["STRING", "DOUBLE", "INTEGER", "BOOLEAN", "DATE", "FILEHANDLEID", "ENTITYID", "SUBMISSIONID", "EVALUATIONID", "LINK", "MEDIUMTEXT", "LARGETEXT", "USERID", "STRING_LIST", "INTEGER_LIST", "BOOLEAN_LIST", "DATE_LIST", "ENTITYID_LIST", "USERID_LIST", "JSON"];
const SIZED = /^(STRING|LINK|STRING_LIST)$/;
const FACETS: Record<string, string[]> = { STRING: ["enumeration", "range"], INTEGER: ["enumeration", "range"], DOUBLE: ["range"], DATE: ["range"] };
const NO_FACET = /^(LINK|LARGETEXT|MEDIUMTEXT|FILEHANDLEID|JSON)$/;
const facetsOf = (type: string) => (NO_FACET.test(type) ? [] : (FACETS[type] ?? ["enumeration"]));

export function Schema({ id, mayEdit }: { id: string; mayEdit: boolean }) {
  const columns = useQuery({ queryKey: ["columns", id], queryFn: () => take(api.GET("/repo/v1/entity/{id}/column", { params: { path: { id } } })) });
  const [editing, setEditing] = useState(false);
  const queries = useQueryClient();
  return (
    <section aria-labelledby="columns">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4" id="columns">
          {t.tables.schema}
        </Title>
        {mayEdit && columns.data && (
          <Button size="xs" variant="default" onClick={() => setEditing(true)}>
            {t.tables.editColumns}
          </Button>
        )}
      </Group>
      <Wrong error={columns.error} />
      <Table.ScrollContainer minWidth={400} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              {[t.common.name, t.tables.columnType, t.tables.maximum, t.tables.facet].map((head) => (
                <Table.Th key={head}>{head}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {columns.data?.results.map((each) => (
              <Table.Tr key={each.id}>
                <Table.Td>{each.name}</Table.Td>
                <Table.Td>{each.columnType}</Table.Td>
                <Table.Td>{each.maximumSize}</Table.Td>
                <Table.Td>{each.facetType}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {editing && columns.data && (
        <Columns
          id={id}
          before={columns.data.results}
          onClose={async (changed) => {
            setEditing(false);
            if (changed) await Promise.all([queries.invalidateQueries({ queryKey: ["columns", id] }), queries.invalidateQueries({ queryKey: ["query"] })]);
          }}
        />
      )}
    </section>
  );
}

interface Draft {
  key: string;
  was: Column | null;
  now: Column;
}

/** What tells one column from another, its id apart. */
const told = ({ id: _, ...rest }: Column) => JSON.stringify(rest, Object.keys(rest).sort());

/** Store the columns as they are drafted. */
async function store(id: string, before: Column[], drafts: Draft[]): Promise<void> {
  const fresh = drafts.filter((each) => !each.was || told(each.was) !== told(each.now));
  const made = fresh.length ? ((await take(api.POST("/repo/v1/column/batch", { body: { list: fresh.map(({ now: { id: _, ...column } }) => column) } }))).list ?? []) : [];
  const ids = new Map(fresh.map((each, index) => [each.key, made[index]?.id ?? ""]));
  const idOf = (each: Draft) => ids.get(each.key) ?? each.was?.id ?? "";
  const changes = [
    ...before.filter((column) => !drafts.some((each) => each.was?.id === column.id)).map((column) => ({ oldColumnId: column.id, newColumnId: null })),
    ...fresh.map((each) => ({ oldColumnId: each.was?.id ?? null, newColumnId: idOf(each) })),
  ];
  await change(id, [{ concreteType: "org.sagebionetworks.repo.model.table.TableSchemaChangeRequest", entityId: id, changes, orderedColumnIds: drafts.map(idOf) }]);
}

function Columns({ id, before, onClose }: { id: string; before: Column[]; onClose: (changed: boolean) => void }) {
  const [drafts, setDrafts] = useState<Draft[]>(before.map((column) => ({ key: column.id ?? "", was: column, now: column })));
  const doing = useDo();
  const set = (key: string, more: Partial<Column>) =>
    setDrafts((all) =>
      all.map((each) => {
        if (each.key !== key) return each;
        const now = { ...each.now, ...more };
        if (!SIZED.test(now.columnType ?? "")) delete now.maximumSize;
        if (!(now.columnType ?? "").endsWith("_LIST")) delete now.maximumListLength;
        if (now.facetType && !facetsOf(now.columnType ?? "").includes(now.facetType)) delete now.facetType;
        return { ...each, now };
      }),
    );
  const move = (index: number, by: number) =>
    setDrafts((all) => {
      const next = [...all];
      const [one] = next.splice(index, 1);
      if (one) next.splice(index + by, 0, one);
      return next;
    });
  return (
    <Modal opened onClose={() => onClose(false)} title={t.tables.editColumns} size="xl" closeButtonProps={{ "aria-label": t.common.close }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void doing.run(async () => {
            await store(id, before, drafts);
            tell(t.common.saved);
            onClose(true);
          });
        }}
      >
        <Stack>
          <Text size="sm">{t.tables.columnsHint}</Text>
          {drafts.map(({ key, now }, index) => {
            const name = now.name || t.tables.column(index + 1);
            const facets = facetsOf(now.columnType ?? "");
            return (
              <Group key={key} gap="xs" align="flex-end" role="group" aria-label={name}>
                <TextInput label={t.common.name} value={now.name ?? ""} required maxLength={256} style={{ flex: "1 1 10rem" }} onChange={(event) => set(key, { name: event.currentTarget.value })} />
                <NativeSelect label={t.tables.columnType} data={TYPES} value={now.columnType ?? "STRING"} onChange={(event) => set(key, { columnType: event.currentTarget.value as NonNullable<Column["columnType"]> })} />
                {SIZED.test(now.columnType ?? "") && <NumberInput label={t.tables.maximum} w="6rem" min={1} max={1000} value={now.maximumSize ?? 50} onChange={(size) => set(key, { maximumSize: Number(size) || 50 })} />}
                {facets.length > 0 && (
                  <NativeSelect
                    label={t.tables.facet}
                    data={[{ value: "", label: t.tables.noFacet }, ...facets]}
                    value={now.facetType ?? ""}
                    onChange={(event) => {
                      const { facetType: _, ...rest } = now;
                      const chosen = event.currentTarget.value;
                      setDrafts((all) => all.map((each) => (each.key === key ? { ...each, now: chosen ? { ...rest, facetType: chosen as NonNullable<Column["facetType"]> } : rest } : each)));
                    }}
                  />
                )}
                <Group gap={4}>
                  <ActionIcon variant="default" size="lg" aria-label={t.tables.up(name)} disabled={index === 0} onClick={() => move(index, -1)}>
                    <IconArrowUp size={16} aria-hidden />
                  </ActionIcon>
                  <ActionIcon variant="default" size="lg" aria-label={t.tables.down(name)} disabled={index === drafts.length - 1} onClick={() => move(index, 1)}>
                    <IconArrowDown size={16} aria-hidden />
                  </ActionIcon>
                  <ActionIcon variant="default" size="lg" aria-label={t.tables.removeColumn(name)} onClick={() => setDrafts((all) => all.filter((each) => each.key !== key))}>
                    <IconTrash size={16} aria-hidden />
                  </ActionIcon>
                </Group>
              </Group>
            );
          })}
          <Group>
            <Button variant="default" onClick={() => setDrafts((all) => [...all, { key: `new${Date.now()}${all.length}`, was: null, now: { name: "", columnType: "STRING", maximumSize: 50 } }])}>
              {t.tables.addColumn}
            </Button>
          </Group>
          <Wrong error={doing.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => onClose(false)}>
              {t.common.cancel}
            </Button>
            <Button type="submit" loading={doing.busy}>
              {t.common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
