// What a dataset is made of: a version of each of its files, or of each dataset of a collection.
import { Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Bundle, type Header, type Schemas, take } from "../api/client";
import { Choose } from "../entities/Choose";
import { FormDialog, KindIcon, size, tell, useDo, Wait, Wrong } from "../shell/common";
import { To } from "../shell/router";
import { t } from "../texts";

type Item = Schemas["EntityRef"];
type Dataset = Schemas["Dataset"] | Schemas["DatasetCollection"];

const SHOWN = 50;
const MOST_HEADERS = 5000;

export const itemOf = (header: Header): Item => ({ entityId: header.id, versionNumber: header.versionNumber ?? 1 });

async function headersOf(references: Schemas["Reference"][]): Promise<Header[]> {
  const found: Header[] = [];
  for (let from = 0; from < references.length; from += MOST_HEADERS) {
    found.push(...(await take(api.POST("/repo/v1/entity/header", { body: { references: references.slice(from, from + MOST_HEADERS) } }))).results);
  }
  return found;
}

export function Items({ bundle, mayEdit }: { bundle: Bundle; mayEdit: boolean }) {
  const dataset = bundle.entity as Dataset;
  const id = dataset.id ?? "";
  const items = dataset.items ?? [];
  const [most, setMost] = useState(SHOWN);
  const [adding, setAdding] = useState(false);
  const doing = useDo();
  const queries = useQueryClient();
  const shown = items.slice(0, most);
  const headers = useQuery({
    queryKey: ["headers", shown],
    enabled: shown.length > 0,
    placeholderData: (before) => before,
    queryFn: () => headersOf(shown.map((each) => ({ targetId: each.entityId, targetVersionNumber: each.versionNumber }))),
  });
  const known = new Map(headers.data?.map((each) => [each.id, each]));
  const store = async (next: Item[]) => {
    // With the etag that was shown: what others have changed since is not undone.
    await take(api.PUT("/repo/v1/entity/{id}", { params: { path: { id } }, body: { ...dataset, items: next } }));
    await Promise.all([queries.invalidateQueries({ queryKey: ["bundle", id] }), queries.invalidateQueries({ queryKey: ["query"] })]);
  };
  const renew = async () => {
    const latest = new Map((await headersOf(items.map((each) => ({ targetId: each.entityId })))).map((each) => [each.id, each.versionNumber]));
    await store(items.map((each) => ({ ...each, versionNumber: latest.get(each.entityId) ?? each.versionNumber })));
    tell(t.common.saved);
  };
  return (
    <section aria-labelledby="items">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4" id="items">
          {t.datasets.items(items.length)}
          {"size" in dataset && dataset.size ? ` · ${size(dataset.size)}` : ""}
        </Title>
        {mayEdit && (
          <Group gap="xs">
            {items.length > 0 && (
              <Button size="xs" variant="default" loading={doing.busy} onClick={() => doing.run(renew)}>
                {t.datasets.renew}
              </Button>
            )}
            <Button size="xs" onClick={() => setAdding(true)}>
              {t.datasets.add}
            </Button>
          </Group>
        )}
      </Group>
      <Wrong error={headers.error ?? doing.error} />
      {headers.isLoading && <Wait />}
      {items.length === 0 && <Text c="dimmed">{t.datasets.none}</Text>}
      {headers.data && shown.length > 0 && (
        <Table.ScrollContainer minWidth={320} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table aria-label={t.datasets.list}>
            <Table.Tbody>
              {shown.map((item) => (
                <Line key={item.entityId} item={item} header={known.get(item.entityId)} {...(mayEdit && !doing.busy ? { onRemove: () => doing.run(() => store(items.filter((each) => each !== item))) } : {})} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {items.length > most && (
        <Button size="xs" variant="default" onClick={() => setMost(most + SHOWN)}>
          {t.common.more}
        </Button>
      )}
      {adding && <Add bundle={bundle} items={items} onAdd={store} onClose={() => setAdding(false)} />}
    </section>
  );
}

function Line({ item, header, onRemove }: { item: Item; header: Header | undefined; onRemove?: () => void }) {
  const name = header?.name ?? item.entityId ?? "";
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          {header && <KindIcon type={header.type} />}
          <div style={{ minWidth: 0 }}>
            <To to={`/Synapse:${item.entityId}.${item.versionNumber}`} style={{ overflowWrap: "anywhere" }}>
              {name}
            </To>
            <Text size="sm" c="dimmed">
              {header ? t.entity.version(item.versionNumber ?? 1) : t.datasets.unseen}
              {header?.isLatestVersion === false ? ` · ${t.datasets.newer}` : ""}
            </Text>
          </div>
        </Group>
      </Table.Td>
      <Table.Td ta="right">
        {onRemove && (
          <Button size="compact-sm" variant="default" aria-label={`${t.common.remove} ${name}`} onClick={onRemove}>
            {t.common.remove}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function Add({ bundle, items, onAdd, onClose }: { bundle: Bundle; items: Item[]; onAdd: (items: Item[]) => Promise<void>; onClose: () => void }) {
  const [chosen, setChosen] = useState<Header[]>([]);
  const has = new Set(items.map((each) => each.entityId));
  const isCollection = bundle.entity?.concreteType.endsWith(".DatasetCollection") ?? false;
  return (
    <FormDialog title={t.datasets.add} verb={t.datasets.add} onClose={onClose} onDo={() => onAdd([...items, ...chosen.filter((each) => !has.has(each.id)).map(itemOf)])}>
      <Stack gap="xs">
        <Text size="sm">{t.datasets.addText}</Text>
        <Choose root={bundle.path?.path?.[1]?.id ?? ""} type={isCollection ? "dataset" : "file"} chosen={chosen} onChange={setChosen} />
      </Stack>
    </FormDialog>
  );
}
