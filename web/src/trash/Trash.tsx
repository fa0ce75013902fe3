// What was thrown away, to be put back or done away with.
import { Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas, take } from "../api/client";
import { Ask, More, tell, useDo, usePageTitle, Wait, when, Wrong } from "../shell/common";
import { t } from "../texts";

const PAGE = 50;

export function Trash() {
  usePageTitle(t.trash.title);
  const queries = useQueryClient();
  const doing = useDo();
  const [purging, setPurging] = useState<Schemas["TrashedEntity"] | null>(null);
  const list = useInfiniteQuery({
    queryKey: ["trash"],
    initialPageParam: 0,
    queryFn: ({ pageParam }) => take(api.GET("/repo/v1/trashcan/view", { params: { query: { offset: pageParam, limit: PAGE } } })),
    getNextPageParam: (last, all) => (last.results.length === PAGE ? all.length * PAGE : undefined),
  });
  const rows = list.data?.pages.flatMap((page) => page.results);
  return (
    <Stack maw={900}>
      <Title order={1} size="h2">
        {t.trash.title}
      </Title>
      <Wrong error={list.error ?? doing.error} retry={() => void list.refetch()} />
      {list.isPending && <Wait />}
      {rows?.length === 0 && <Text c="dimmed">{t.trash.none}</Text>}
      {!!rows?.length && (
        <Table.ScrollContainer minWidth={320} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.common.name}</Table.Th>
              <Table.Th visibleFrom="sm">{t.files.id}</Table.Th>
              <Table.Th visibleFrom="sm">{t.trash.deleted}</Table.Th>
              <Table.Td />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((each) => (
              <Table.Tr key={each.entityId}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{each.entityName}</Table.Td>
                <Table.Td visibleFrom="sm">{each.entityId}</Table.Td>
                <Table.Td visibleFrom="sm">{when(each.deletedOn)}</Table.Td>
                <Table.Td>
                  <Group gap="xs" justify="flex-end">
                    <Button
                      size="xs"
                      variant="default"
                      aria-label={`${t.trash.restore}: ${each.entityName}`}
                      onClick={() =>
                        doing.run(async () => {
                          await take(api.PUT("/repo/v1/trashcan/restore/{id}", { params: { path: { id: each.entityId } } }));
                          await queries.invalidateQueries();
                          tell(t.trash.restored(each.entityName));
                        })
                      }
                    >
                      {t.trash.restore}
                    </Button>
                    <Button size="xs" variant="default" aria-label={`${t.trash.purge}: ${each.entityName}`} onClick={() => setPurging(each)}>
                      {t.trash.purge}
                    </Button>
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        </Table.ScrollContainer>
      )}
      <More list={list} />
      {purging && (
        <Ask
          title={t.trash.purge}
          text={t.trash.purgeText(purging.entityName)}
          verb={t.trash.purge}
          onClose={() => setPurging(null)}
          onYes={async () => {
            await take(api.PUT("/repo/v1/trashcan/purge/{id}", { params: { path: { id: purging.entityId } } }));
            await queries.invalidateQueries({ queryKey: ["trash"] });
          }}
        />
      )}
    </Stack>
  );
}
