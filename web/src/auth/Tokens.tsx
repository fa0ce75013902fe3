// Personal access tokens: made with the rights that they need, shown once, revoked.
import { Alert, Button, Checkbox, Group, Modal, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas, take } from "../api/client";
import { Ask, Code, useDo, usePageTitle, Wait, when, Wrong } from "../shell/common";
import { t } from "../texts";

const SCOPES = ["view", "download", "modify"] as const;

export function Tokens() {
  usePageTitle(t.tokens.title);
  const queries = useQueryClient();
  const list = useQuery({
    queryKey: ["tokens"],
    queryFn: async () => {
      const found: Schemas["TokenRecord"][] = [];
      let nextPageToken: string | undefined;
      do {
        const page = await take(api.GET("/auth/v1/personalAccessToken", { params: { query: { nextPageToken } } }));
        found.push(...page.results);
        nextPageToken = page.nextPageToken ?? undefined;
      } while (nextPageToken && found.length < 1000);
      return found;
    },
  });
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Schemas["TokenRecord"] | null>(null);
  return (
    <Stack maw={900}>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t.tokens.title}
        </Title>
        <Button onClick={() => setMaking(true)}>{t.tokens.create}</Button>
      </Group>
      <Text>{t.tokens.intro}</Text>
      <Wrong error={list.error} retry={() => void list.refetch()} />
      {list.isPending && <Wait />}
      {list.data?.length === 0 && <Text c="dimmed">{t.tokens.none}</Text>}
      {!!list.data?.length && (
        <Table.ScrollContainer minWidth={320} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.common.name}</Table.Th>
              <Table.Th>{t.tokens.scopes}</Table.Th>
              <Table.Th visibleFrom="sm">{t.tokens.created}</Table.Th>
              <Table.Th visibleFrom="sm">{t.tokens.last}</Table.Th>
              <Table.Td />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.data.map((each) => (
              <Table.Tr key={each.id}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{each.name}</Table.Td>
                <Table.Td>{each.scopes.join(", ")}</Table.Td>
                <Table.Td visibleFrom="sm">{when(each.createdOn)}</Table.Td>
                <Table.Td visibleFrom="sm">{when(each.lastUsed) || t.tokens.never}</Table.Td>
                <Table.Td ta="right">
                  <Button size="xs" variant="default" onClick={() => setRevoking(each)} aria-label={`${t.tokens.revoke}: ${each.name}`}>
                    {t.tokens.revoke}
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        </Table.ScrollContainer>
      )}
      {making && <Make onClose={() => (setMaking(false), void queries.invalidateQueries({ queryKey: ["tokens"] }))} />}
      {revoking && (
        <Ask
          title={t.tokens.revoke}
          text={t.tokens.revokeText(revoking.name)}
          verb={t.tokens.revoke}
          onClose={() => setRevoking(null)}
          onYes={async () => {
            await take(api.DELETE("/auth/v1/personalAccessToken/{id}", { params: { path: { id: revoking.id } } }));
            await queries.invalidateQueries({ queryKey: ["tokens"] });
          }}
        />
      )}
    </Stack>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>(["view", "download"]);
  const [token, setToken] = useState<string | null>(null);
  const doing = useDo();
  return (
    <Modal opened onClose={onClose} title={t.tokens.create} size="lg" closeButtonProps={{ "aria-label": t.common.close }}>
      {token ? (
        <Stack>
          <Alert color="teal" variant="outline">
            {t.tokens.once}
          </Alert>
          <Code text={token} label={t.tokens.copy} />
          <Text>{t.tokens.use}</Text>
          <Code text={`[authentication]\nauthtoken = ${token.slice(0, 12)}…`} label="~/.synapseConfig" />
        </Stack>
      ) : (
        <form
          onSubmit={async (event) => {
            event.preventDefault();
            await doing.run(async () => {
              const scope = SCOPES.filter((each) => scopes.includes(each));
              setToken((await take(api.POST("/auth/v1/personalAccessToken", { body: { name: name || undefined, scope } }))).token);
            });
          }}
        >
          <Stack>
            <TextInput label={t.tokens.name} value={name} required data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
            <Checkbox.Group label={t.tokens.scopes} value={scopes} onChange={setScopes}>
              <Stack gap="xs" mt="xs">
                {SCOPES.map((each) => (
                  <Checkbox key={each} value={each} label={t.tokens.scopeWords[each]} />
                ))}
              </Stack>
            </Checkbox.Group>
            <Wrong error={doing.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t.common.cancel}
              </Button>
              <Button type="submit" loading={doing.busy} disabled={!scopes.length}>
                {t.common.create}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
