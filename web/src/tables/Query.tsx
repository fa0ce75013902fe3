// A query and its result: facets, sorting, paging, CSV. Stands in a table's page and among the text of
// wikis alike.
import { Button, Group, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useRef, useState } from "react";
import type { Schemas } from "../api/client";
import { Copy, useDo, Wait, Wrong } from "../shell/common";
import { To } from "../shell/router";
import { t } from "../texts";
import { Person } from "../users/me";
import { ask, type Asked, downloadCsv, tableOf } from "./asking";
import { Facets } from "./Facets";
import { canEdit, RowEditor } from "./RowEditor";

const SqlEditor = lazy(async () => ({ default: (await import("./SqlEditor")).SqlEditor }));

const PAGE = 25;
/** Kinds of columns whose values may break into lines. */
const LONG = /TEXT|STRING|LIST|JSON|LINK/;
const classOf = (type: string | null | undefined) => (LONG.test(type ?? "") ? undefined : /^(INTEGER|DOUBLE)$/.test(type ?? "") ? "short number" : "short");

interface Props {
  sql: string;
  compact?: boolean;
  mayEdit?: boolean;
  isTable?: boolean;
  onAsked?: (sql: string) => void;
}

export function Query({ sql: start, compact = false, mayEdit = false, isTable = true, onAsked }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const [editing, setEditing] = useState(false);
  const [text, setText] = useState(start);
  const [asked, setAsked] = useState<Asked>({ sql: start, facets: [], sort: [], offset: 0 });
  const limit = compact ? 10 : PAGE;
  const id = tableOf(asked.sql);
  const doing = useDo();
  const answer = useQuery({
    queryKey: ["query", asked, limit],
    enabled: id !== null,
    retry: false,
    queryFn: ({ signal }) => ask(id ?? "", asked, limit, signal, { includeEntityEtag: mayEdit && !isTable }),
    placeholderData: (before) => before,
  });
  const data = answer.data;
  const rows = data?.queryResult?.queryResults.rows ?? [];
  const heads = data?.selectColumns ?? data?.queryResult?.queryResults.headers ?? [];
  const count = data?.queryCount ?? 0;
  const facets = data?.facets ?? [];
  const sorted = asked.sort[0];
  const sortBy = (column: string) => {
    const next = sorted?.column !== column ? "ASC" : sorted.direction === "ASC" ? "DESC" : null;
    setAsked({ ...asked, offset: 0, sort: next ? [{ column, direction: next }] : [] });
  };
  return (
    <div>
      {!compact && (
        <form
          ref={form}
          onSubmit={(event) => {
            event.preventDefault();
            setAsked({ sql: text, facets: [], sort: [], offset: 0 });
            onAsked?.(text);
            if (text === asked.sql) void answer.refetch();
          }}
        >
          <Group align="flex-end" gap="sm" mb="sm">
            <Suspense fallback={<Textarea label={t.tables.sql} value={text} readOnly style={{ flex: "1 1 20rem" }} styles={{ input: { fontFamily: "monospace" } }} />}>
              <SqlEditor value={text} onChange={setText} onRun={() => form.current?.requestSubmit()} table={id ?? ""} columns={data?.columnModels?.map((each) => each.name ?? "") ?? []} />
            </Suspense>
            <Button type="submit" loading={answer.isFetching}>
              {t.tables.run}
            </Button>
          </Group>
        </form>
      )}
      <Wrong error={answer.error ?? doing.error} />
      {answer.isLoading && <Wait what={t.tables.working} />}
      {data && (
        <div className={facets.length && !compact ? "with-facets" : ""}>
          {facets.length > 0 && !compact && <Facets facets={facets} columns={data.columnModels ?? []} asked={asked} onChange={(chosen) => setAsked({ ...asked, facets: chosen, offset: 0 })} />}
          <div style={{ minWidth: 0 }}>
            <Group justify="space-between" mb="xs">
              <Text size="sm" c="dimmed" role="status">
                {t.tables.rows(count)}
                {rows.length > 0 && count > rows.length ? ` · ${t.tables.page(asked.offset + 1, asked.offset + rows.length)}` : ""}
              </Text>
              <Group gap="xs">
                {!compact && id && <Copy text={`${location.origin}/Synapse:${id}/tables/?sql=${encodeURIComponent(asked.sql)}`} label={t.tables.link} />}
                {compact && id && <To to={`/Synapse:${id}/tables/?sql=${encodeURIComponent(asked.sql)}`}>{id}</To>}
                {mayEdit && !editing && canEdit(heads) && (
                  <Button size="xs" variant="default" onClick={() => setEditing(true)}>
                    {t.tables.edit}
                  </Button>
                )}
                {!compact && id && (
                  <Button size="xs" variant="default" loading={doing.busy} onClick={() => doing.run(() => downloadCsv(id, asked))}>
                    {t.tables.csv}
                  </Button>
                )}
              </Group>
            </Group>
            {rows.length === 0 && !editing && !answer.isFetching && <Text>{t.tables.empty}</Text>}
            {editing && id && <RowEditor table={id} isTable={isTable} heads={heads} columns={data.columnModels ?? []} rows={rows} onClose={(changed) => { setEditing(false); if (changed) void answer.refetch(); }} />}
            {rows.length > 0 && !editing && <Grid heads={heads} rows={rows} sorted={sorted} busy={answer.isFetching} {...(compact ? {} : { onSort: sortBy })} />}
            {count > limit && !editing && (
              <Group mt="xs" gap="xs">
                <Button size="xs" variant="default" disabled={asked.offset === 0} onClick={() => setAsked({ ...asked, offset: Math.max(0, asked.offset - limit) })}>
                  {t.tables.previous}
                </Button>
                <Button size="xs" variant="default" disabled={asked.offset + rows.length >= count} onClick={() => setAsked({ ...asked, offset: asked.offset + limit })}>
                  {t.tables.next}
                </Button>
              </Group>
            )}
          </div>
        </div>
      )}
    </div>
  );
}

interface Shown {
  heads: Schemas["SelectColumn"][];
  rows: Schemas["Row"][];
  sorted: Schemas["SortItem"] | undefined;
  busy: boolean;
  onSort?: (column: string) => void;
}

function Grid({ heads, rows, sorted, busy, onSort }: Shown) {
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={t.tables.result}>
      <table className="grid" aria-busy={busy}>
        <thead>
          <tr>
            {heads.map((head, index) => (
              <th key={index} scope="col" className={classOf(head.columnType)} aria-sort={sorted?.column === head.name ? (sorted?.direction === "DESC" ? "descending" : "ascending") : "none"}>
                {!onSort ? (
                  head.name
                ) : (
                  <button type="button" className="plain" aria-label={t.tables.sortBy(head.name ?? "")} onClick={() => onSort(head.name ?? "")}>
                    {head.name} {sorted?.column === head.name ? (sorted?.direction === "DESC" ? "↓" : "↑") : ""}
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={row.rowId ?? index}>
              {heads.map((head, place) => (
                <td key={place} className={classOf(head.columnType)}>
                  <CellView type={head.columnType} value={row.values?.[place]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CellView({ type, value }: { type: string | null | undefined; value: unknown }) {
  if (value === null || value === undefined) return null;
  const text = String(value);
  if (type === "ENTITYID" && /^syn\d+(\.\d+)?$/i.test(text)) return <To to={`/Synapse:${text}`}>{text}</To>;
  if (type === "USERID" && /^\d+$/.test(text)) return <Person id={text} />;
  if (type === "LINK" && /^https?:\/\//i.test(text)) {
    return (
      <a className="as-link" href={text} target="_blank" rel="noopener noreferrer">
        {text}
      </a>
    );
  }
  if (type === "DATE" && /^-?\d+$/.test(text)) return new Date(Number(text)).toISOString().replace("T", " ").replace(/\.000Z$/, "");
  if (type?.endsWith("_LIST")) {
    try {
      const values = JSON.parse(text) as unknown;
      if (Array.isArray(values)) return values.map((each) => (type === "DATE_LIST" ? new Date(Number(each)).toISOString() : String(each))).join(", ");
    } catch {
      // shown as it is
    }
  }
  return text;
}
