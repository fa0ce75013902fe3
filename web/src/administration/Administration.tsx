// The server as its administrators see it: users, storage, jobs, health.
import { Badge, Button, Group, SimpleGrid, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas, take } from "../api/client";
import { More, size, tell, useDo, usePageTitle, Wait, when, Wrong } from "../shell/common";
import { To } from "../shell/router";
import { t } from "../texts";
import { Person } from "../users/me";

const PAGE = 50;

export function Administration() {
  usePageTitle(t.administration.title);
  const overview = useQuery({ queryKey: ["overview"], queryFn: () => take(api.GET("/repo/v1/admin/overview")) });
  const health = useQuery({ queryKey: ["health"], retry: false, queryFn: async () => (await fetch("/health/ready")).ok });
  const data = overview.data;
  return (
    <Stack maw={1100}>
      <Title order={1} size="h2">
        {t.administration.title}
      </Title>
      <Wrong error={overview.error} retry={() => void overview.refetch()} />
      {overview.isPending && <Wait />}
      {data && (
        <>
          <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm">
            <Figure label={t.administration.health} value={health.isPending ? "…" : health.data ? t.administration.ready : t.administration.notReady} />
            <Figure label={t.administration.version} value={data.version} />
            <Figure label={t.administration.users} value={data.users.toLocaleString()} />
            <Figure label={t.administration.files} value={size(data.fileBytes)} />
            <Figure label={t.administration.database(data.database)} value={size(data.databaseBytes)} />
            <Figure label={t.administration.trashed} value={data.trashed.toLocaleString()} />
          </SimpleGrid>
          <Group gap="xs" role="group" aria-label={t.administration.content}>
            {data.entities.map((each) => (
              <Badge key={each.type} variant="outline" color="gray" className="plain-badge" tt="none">
                {t.types[each.type] ?? each.type}: {each.count.toLocaleString()}
              </Badge>
            ))}
          </Group>
          <section aria-labelledby="jobs">
            <Title order={2} size="h4" mb="xs" id="jobs">
              {t.administration.jobs}
            </Title>
            <Text size="sm" mb="xs">
              {data.jobs.map((each) => `${t.administration.states[each.state]}: ${each.count.toLocaleString()}`).join(" · ") || t.administration.noJobs}
            </Text>
            {data.failedJobs.length > 0 && <Failed jobs={data.failedJobs} />}
          </section>
        </>
      )}
      {data && <Accounts />}
    </Stack>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <Stack gap={0} p="sm" style={{ border: "1px solid var(--line)", borderRadius: ".5rem" }}>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text fw={600} size="lg">
        {value}
      </Text>
    </Stack>
  );
}

function Failed({ jobs }: { jobs: Schemas["FailedJob"][] }) {
  return (
    <Table.ScrollContainer minWidth={500} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {[t.administration.job, t.administration.by, t.administration.when, t.administration.why].map((head) => (
              <Table.Th key={head}>{head}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {jobs.map((each) => (
            <Table.Tr key={each.jobId}>
              <Table.Td>{each.kind.split(".").pop()}</Table.Td>
              <Table.Td>
                <Person id={each.startedByUserId} />
              </Table.Td>
              <Table.Td>{when(each.changedOn)}</Table.Td>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{each.errorMessage}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Accounts() {
  const [text, setText] = useState("");
  const [fragment] = useDebouncedValue(text, 250);
  const accounts = useInfiniteQuery({
    queryKey: ["accounts", fragment],
    initialPageParam: 0,
    queryFn: ({ pageParam }) => take(api.GET("/repo/v1/admin/accounts", { params: { query: { fragment, offset: pageParam, limit: PAGE } } })),
    getNextPageParam: (last, all) => (last.results.length === PAGE ? all.length * PAGE : undefined),
  });
  return (
    <section aria-labelledby="accounts">
      <Title order={2} size="h4" mb="xs" id="accounts">
        {t.administration.users}
      </Title>
      <TextInput label={t.administration.find} value={text} mb="sm" maw={360} onChange={(event) => setText(event.currentTarget.value)} />
      <Wrong error={accounts.error} />
      <Table.ScrollContainer minWidth={760} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              {[t.common.name, t.administration.email, t.administration.created, t.administration.seen, t.administration.files, t.administration.standing, t.administration.actions].map((head) => (
                <Table.Th key={head}>{head}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {accounts.data?.pages.flatMap((page) => page.results).map((each) => <AccountRow key={each.ownerId} account={each} />)}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <More list={accounts} mt="sm" />
    </section>
  );
}

function AccountRow({ account }: { account: Schemas["Account"] }) {
  const queries = useQueryClient();
  const doing = useDo();
  const { ownerId: id, userName, isCertified } = account;
  const standing = [account.isAdmin && t.administration.admin, isCertified && t.administration.certified, account.isDisabled && t.administration.disabled].filter(Boolean);
  return (
    <Table.Tr>
      <Table.Td>
        <To to={`/Profile:${id}`}>{userName}</To>
        <Wrong error={doing.error} />
      </Table.Td>
      <Table.Td>{account.email}</Table.Td>
      <Table.Td>{when(account.createdOn)}</Table.Td>
      <Table.Td>{account.authenticatedOn ? when(account.authenticatedOn) : t.administration.never}</Table.Td>
      <Table.Td>{size(account.fileBytes)}</Table.Td>
      <Table.Td>{standing.join(", ")}</Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <Button
            size="compact-xs"
            variant="default"
            disabled={doing.busy}
            aria-label={`${isCertified ? t.administration.uncertify : t.administration.certify}: ${userName}`}
            onClick={() =>
              doing.run(async () => {
                await take(api.PUT("/repo/v1/admin/user/{id}/certificationStatus", { params: { path: { id }, query: { isCertified: !isCertified } } }));
                await queries.invalidateQueries({ queryKey: ["accounts"] });
              })
            }
          >
            {isCertified ? t.administration.uncertify : t.administration.certify}
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            disabled={doing.busy}
            aria-label={`${t.administration.signOut}: ${userName}`}
            onClick={() =>
              doing.run(async () => {
                await take(api.DELETE("/auth/v1/user/{targetUserId}/sessionAccessToken/all", { params: { path: { targetUserId: id } } }));
                tell(t.administration.signedOut(userName));
              })
            }
          >
            {t.administration.signOut}
          </Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
