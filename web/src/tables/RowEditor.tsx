// Rows of a result to write in. Nothing is stored before all of it is, in one transaction.
import { ActionIcon, Button, Group, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { Schemas } from "../api/client";
import { tell, useDo, Wrong } from "../shell/common";
import { t } from "../texts";
import { type Change, change } from "./changing";

type Head = Schemas["SelectColumn"];
type Cells = Record<string, string>;

/** Rows can be written if every column is one of the table's own. */
export const canEdit = (heads: Head[]): boolean => heads.length > 0 && heads.every((each) => each.id);

/** Columns of views that are no annotations: they are changed elsewhere. */
const FIXED = new Set("id name description createdOn createdBy etag modifiedOn modifiedBy path type currentVersion parentId benefactorId projectId dataFileHandleId dataFileName dataFileSizeBytes dataFileMD5Hex dataFileConcreteType dataFileBucket dataFileKey datasetSizeInBytes datasetMD5Hex datasetItemCount".split(" "));

interface Props {
  table: string;
  isTable: boolean;
  heads: Head[];
  columns: Schemas["ColumnModel"][];
  rows: Schemas["Row"][];
  onClose: (changed: boolean) => void;
}

const shown = (cell: unknown) => (cell === null || cell === undefined ? "" : String(cell));

/** A moment as people write it; anything else as it is. */
function written(cell: unknown, head: Head): string {
  const text = shown(cell);
  return head.columnType === "DATE" && /^-?\d+$/.test(text) ? new Date(Number(text)).toISOString() : text;
}

export function RowEditor({ table, isTable, heads, columns, rows, onClose }: Props) {
  const [changed, setChanged] = useState<Record<string, Cells>>({});
  const [added, setAdded] = useState<Cells[]>(rows.length || !isTable ? [] : [{}]);
  const [gone, setGone] = useState<Set<number>>(new Set());
  const doing = useDo();
  const count = Object.keys(changed).filter((id) => !gone.has(Number(id))).length + added.filter((each) => Object.keys(each).length).length + gone.size;

  async function save() {
    const values = (cells: Cells) => Object.entries(cells).map(([key, text]) => ({ key, value: text === "" ? null : text }));
    const partial = [
      ...Object.entries(changed)
        .filter(([id]) => !gone.has(Number(id)))
        .map(([id, cells]) => {
          const row = rows.find((each) => each.rowId === Number(id));
          return { rowId: Number(id), values: values(cells), ...(row?.etag ? { etag: row.etag } : {}) };
        }),
      ...added.filter((each) => Object.keys(each).length).map((cells) => ({ values: values(cells) })),
    ];
    const changes: Change[] = [];
    const kind = "org.sagebionetworks.repo.model.table.AppendableRowSetRequest";
    if (partial.length) changes.push({ concreteType: kind, entityId: table, toAppend: { concreteType: "org.sagebionetworks.repo.model.table.PartialRowSet", tableId: table, rows: partial } });
    if (gone.size) {
      const leaving = rows.filter((row) => row.rowId != null && gone.has(row.rowId)).map((row) => ({ rowId: row.rowId, versionNumber: row.versionNumber }));
      changes.push({ concreteType: kind, entityId: table, toAppend: { concreteType: "org.sagebionetworks.repo.model.table.RowSet", tableId: table, headers: heads, rows: leaving } } as Change);
    }
    await change(table, changes);
    tell(t.common.saved);
    onClose(true);
  }

  const set = (id: number, column: string, text: string, before: string) =>
    setChanged((now) => {
      const { [column]: _, ...rest } = now[id] ?? {};
      const cells = text === before ? rest : { ...rest, [column]: text };
      const { [id]: __, ...others } = now;
      return Object.keys(cells).length ? { ...others, [id]: cells } : others;
    });

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void doing.run(save);
      }}
    >
      <Wrong error={doing.error} />
      <div className="scroll" tabIndex={0} role="group" aria-label={t.tables.editing}>
        <table className="grid">
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head.id} scope="col">
                  {head.name}
                  <Text span size="xs" c="dimmed">
                    {" "}
                    {head.columnType}
                  </Text>
                </th>
              ))}
              {isTable && <th scope="col">{t.common.remove}</th>}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const id = row.rowId ?? 0;
              return (
                <tr key={id} className={gone.has(id) ? "gone" : ""}>
                  {heads.map((head, place) => {
                    const before = written(row.values?.[place], head);
                    return (
                      <td key={head.id}>
                        <Cell head={head} model={columns.find((each) => each.id === head.id)} label={t.tables.cell(head.name ?? "", id)} value={changed[id]?.[head.id ?? ""] ?? before} disabled={gone.has(id) || (!isTable && FIXED.has(head.name ?? ""))} onChange={(text) => set(id, head.id ?? "", text, before)} />
                      </td>
                    );
                  })}
                  {isTable && <td>
                    <ActionIcon
                      variant={gone.has(id) ? "filled" : "default"}
                      aria-label={t.tables.removeRow(id)}
                      aria-pressed={gone.has(id)}
                      onClick={() =>
                        setGone((now) => {
                          const next = new Set(now);
                          if (!next.delete(id)) next.add(id);
                          return next;
                        })
                      }
                    >
                      <IconTrash size={16} aria-hidden />
                    </ActionIcon>
                  </td>}
                </tr>
              );
            })}
            {added.map((cells, index) => (
              <tr key={`new${index}`}>
                {heads.map((head) => (
                  <td key={head.id}>
                    <Cell
                      head={head}
                      model={columns.find((each) => each.id === head.id)}
                      label={t.tables.newCell(head.name ?? "", index + 1)}
                      value={cells[head.id ?? ""] ?? ""}
                      disabled={false}
                      onChange={(text) => setAdded((now) => now.map((each, place) => (place === index ? { ...each, [head.id ?? ""]: text } : each)))}
                    />
                  </td>
                ))}
                <td />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Group mt="xs" gap="xs">
        {isTable && (
          <Button size="xs" variant="default" onClick={() => setAdded((now) => [...now, {}])}>
            {t.tables.addRow}
          </Button>
        )}
        <Button size="xs" type="submit" loading={doing.busy} disabled={count === 0}>
          {t.tables.saveRows(count)}
        </Button>
        <Button size="xs" variant="default" onClick={() => onClose(false)}>
          {t.common.cancel}
        </Button>
      </Group>
    </form>
  );
}

interface CellProps {
  head: Head;
  model: Schemas["ColumnModel"] | undefined;
  label: string;
  value: string;
  disabled: boolean;
  onChange: (text: string) => void;
}

function Cell({ head, model, label, value, disabled, onChange }: CellProps) {
  const choices = head.columnType === "BOOLEAN" ? ["true", "false"] : head.columnType?.endsWith("_LIST") ? null : model?.enumValues;
  if (choices?.length) {
    return (
      <select className="cell-input" aria-label={label} value={value} disabled={disabled} onChange={(event) => onChange(event.currentTarget.value)}>
        {["", ...choices, ...(value && !choices.includes(value) ? [value] : [])].map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    );
  }
  const hint = head.columnType?.endsWith("_LIST") ? '["a", "b"]' : head.columnType === "DATE" ? "2026-01-31" : undefined;
  return <input className="cell-input" aria-label={label} value={value} placeholder={hint} disabled={disabled} inputMode={head.columnType === "INTEGER" ? "numeric" : undefined} onChange={(event) => onChange(event.currentTarget.value)} />;
}
