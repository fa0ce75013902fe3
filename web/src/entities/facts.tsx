// What is known of an entity: its annotations, and when and by whom it was made.
import { ActionIcon, Button, Group, Select, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Bundle, type Schemas, take } from "../api/client";
import { size, tell, useDo, when, Wrong } from "../shell/common";
import { t } from "../texts";
import { Person } from "../users/me";

type Type = keyof typeof t.entity.annotationTypes;
interface Line {
  key: string;
  type: Type;
  text: string;
}

function shownAs(type: string | null | undefined, value: string | null): string {
  if (type === "TIMESTAMP_MS" && value) return new Date(Number(value)).toISOString();
  return value ?? "";
}

function toLines(annotations: Schemas["Annotations"]): Line[] {
  return Object.entries(annotations.annotations ?? {})
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([key, each]) => ({ key, type: (each.type ?? "STRING") as Type, text: quote((each.value ?? []).map((value) => shownAs(each.type, value))) }));
}

/** Values in one line; those with a comma stand in quotes. */
export function quote(values: string[]): string {
  return values.map((each) => (/[",]/.test(each) || each !== each.trim() ? `"${each.replaceAll('"', '""')}"` : each)).join(", ");
}

export function unquote(text: string): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*?))\s*(?:,|$)/g)) {
    const value = match[1] === undefined ? (match[2] ?? "") : match[1].replaceAll('""', '"');
    if (value !== "" || match[1] !== undefined) found.push(value);
  }
  return found;
}

function toWire(type: Type, value: string): string {
  const good =
    type === "STRING" ||
    (type === "LONG" && /^-?\d+$/.test(value)) ||
    (type === "DOUBLE" && (value.trim() !== "" && (Number.isFinite(Number(value)) || /^(NaN|-?Infinity)$/.test(value)))) ||
    (type === "BOOLEAN" && /^(true|false)$/i.test(value)) ||
    (type === "TIMESTAMP_MS" && !Number.isNaN(Date.parse(value)));
  if (!good) throw new Error(t.entity.badValue(value, t.entity.annotationTypes[type]));
  if (type === "TIMESTAMP_MS") return String(Date.parse(value));
  return type === "BOOLEAN" ? value.toLowerCase() : value;
}

export function Annotations({ bundle, readonly = false }: { bundle: Bundle; readonly?: boolean }) {
  const [editing, setEditing] = useState<Line[] | null>(null);
  const doing = useDo();
  const queries = useQueryClient();
  const id = bundle.entity?.id ?? "";
  const known = bundle.annotations ?? {};
  const lines = toLines(known);
  const mayEdit = !readonly && (bundle.permissions?.canEdit ?? false);
  const set = (index: number, fields: Partial<Line>) => setEditing((now) => (now ?? []).map((each, place) => (place === index ? { ...each, ...fields } : each)));
  return (
    <section aria-labelledby="annotations">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4" id="annotations">
          {t.entity.annotations}
        </Title>
        {mayEdit && !editing && (
          <Button size="xs" variant="default" onClick={() => setEditing(lines.length ? lines : [{ key: "", type: "STRING", text: "" }])} aria-label={`${t.common.edit}: ${t.entity.annotations}`}>
            {t.common.edit}
          </Button>
        )}
      </Group>
      {!editing && lines.length === 0 && <Text c="dimmed">{t.entity.noAnnotations}</Text>}
      {!editing && lines.length > 0 && (
        <Table layout="fixed">
          <Table.Tbody>
            {lines.map((each) => (
              <Table.Tr key={each.key}>
                <Table.Th style={{ overflowWrap: "anywhere", width: "40%" }}>{each.key}</Table.Th>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{each.text}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {editing && (
        <form
          onSubmit={async (event) => {
            event.preventDefault();
            const good = await doing.run(async () => {
              const annotations: NonNullable<Schemas["Annotations"]["annotations"]> = {};
              for (const { key, type, text } of editing) if (key.trim()) annotations[key.trim()] = { type, value: unquote(text).map((value) => toWire(type, value)) };
              // With the etag that was shown: what others have changed since is not overwritten.
              await take(api.PUT("/repo/v1/entity/{id}/annotations2", { params: { path: { id } }, body: { id, etag: known.etag, annotations } }));
              await queries.invalidateQueries({ queryKey: ["bundle", id] });
            });
            if (good) {
              setEditing(null);
              tell(t.common.saved);
            }
          }}
        >
          <Stack gap="xs">
            {editing.map((each, index) => (
              <Group key={index} gap="xs" align="flex-end">
                <TextInput size="xs" label={t.entity.key} flex="1 1 7rem" value={each.key} onChange={(event) => set(index, { key: event.currentTarget.value })} />
                <Select
                  size="xs"
                  label={t.entity.type}
                  flex="1 1 7rem"
                  value={each.type}
                  allowDeselect={false}
                  data={Object.entries(t.entity.annotationTypes).map(([value, label]) => ({ value, label }))}
                  onChange={(value) => set(index, { type: (value ?? "STRING") as Type })}
                />
                <TextInput size="xs" label={t.entity.values} title={t.entity.valuesHint} flex="2 1 11rem" value={each.text} onChange={(event) => set(index, { text: event.currentTarget.value })} />
                <ActionIcon variant="subtle" color="gray" aria-label={`${t.common.remove} ${each.key}`} onClick={() => setEditing(editing.filter((_, place) => place !== index))}>
                  <IconTrash size={16} />
                </ActionIcon>
              </Group>
            ))}
            <Wrong error={doing.error} />
            <Group justify="space-between">
              <Button size="xs" variant="default" onClick={() => setEditing([...editing, { key: "", type: "STRING", text: "" }])}>
                {t.entity.addAnnotation}
              </Button>
              <Group gap="xs">
                <Button size="xs" variant="default" onClick={() => (doing.clear(), setEditing(null))}>
                  {t.common.cancel}
                </Button>
                <Button size="xs" type="submit" loading={doing.busy}>
                  {t.common.save}
                </Button>
              </Group>
            </Group>
          </Stack>
        </form>
      )}
    </section>
  );
}

export function Details({ bundle }: { bundle: Bundle }) {
  const entity = bundle.entity;
  const handle = bundle.fileHandles?.[0];
  const words = Object.entries(t.entity.permissionWords).filter(([name]) => bundle.permissions?.[name as keyof typeof t.entity.permissionWords]);
  const rows: [string, React.ReactNode][] = [
    [t.entity.created, <>{when(entity?.createdOn)} {t.entity.by} <Person id={entity?.createdBy} /></>],
    [t.entity.modified, <>{when(entity?.modifiedOn)} {t.entity.by} <Person id={entity?.modifiedBy} /></>],
  ];
  if (handle?.contentSize != null) rows.push([t.entity.size, size(handle.contentSize)]);
  if (handle?.contentMd5) rows.push([t.entity.md5, <code>{handle.contentMd5}</code>]);
  if (handle?.contentType) rows.push([t.entity.contentType, handle.contentType]);
  rows.push([t.entity.permissions, words.map(([, word]) => word).join(", ")]);
  return (
    <section aria-labelledby="details">
      <Title order={2} size="h4" id="details" mb="xs">
        {t.entity.details}
      </Title>
      <Table layout="fixed">
        <Table.Tbody>
          {rows.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th style={{ width: "40%" }}>{name}</Table.Th>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
