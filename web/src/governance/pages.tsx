// The page of a requirement, and what the compliance team has to look after.
import { Button, Group, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { FindPrincipal } from "../access/Sharing";
import { api, type Schemas, take } from "../api/client";
import { useToken } from "../api/session";
import { Ask, EntityLine, More, tell, useDo, usePageTitle, Wait, when, Wrong } from "../shell/common";
import { go, type Place, To } from "../shell/router";
import { t } from "../texts";
import { Person, useIsAct } from "../users/me";
import { Condition } from "./Conditions";
import { ChangeRequirement } from "./Make";
import { isSelfService, kindOf, type Requirement, useRequirement, useStatus } from "./requirements";
import { Submissions } from "./Review";
import { Reviewers } from "./Reviewers";

// ---------------------------------------------------------------- one requirement

export function RequirementPage({ place }: { place: Place }) {
  const requirement = useRequirement(place.token);
  usePageTitle(requirement.data?.name ?? undefined);
  if (requirement.error) return <Wrong error={requirement.error} />;
  return requirement.data ? <One requirement={requirement.data} /> : <Wait />;
}

function One({ requirement }: { requirement: Requirement }) {
  const id = String(requirement.id);
  const token = useToken();
  const isAct = useIsAct();
  const status = useStatus(id, token !== null);
  const kind = kindOf(requirement.concreteType);
  const subjects = requirement.subjectIds ?? [];
  const queries = useQueryClient();
  const [changing, setChanging] = useState(false);
  const [deleting, setDeleting] = useState(false);
  return (
    <Stack maw={900}>
      <Group justify="space-between" align="flex-start">
        <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
          {requirement.name}
        </Title>
        {isAct && (
          <Group gap="xs">
            {kind !== "LockAccessRequirement" && (
              <Button variant="default" onClick={() => setChanging(true)}>
                {t.governance.change}
              </Button>
            )}
            <Button variant="default" onClick={() => setDeleting(true)}>
              {t.governance.remove}
            </Button>
          </Group>
        )}
      </Group>
      <Condition requirement={requirement} subject={subjects[0] ?? {}} isMet={status.data?.isApproved ?? false} isNamed={false} />
      <section aria-labelledby="subjects">
        <Title order={2} size="h4" mb="xs" id="subjects">
          {t.governance.subjects}
        </Title>
        <Subjects subjects={subjects} />
      </section>
      {isAct && (
        <section aria-labelledby="approved">
          <Title order={2} size="h4" mb="xs" id="approved">
            {t.governance.approved}
          </Title>
          <Approvals id={id} byAct={!isSelfService(kind) && kind !== "LockAccessRequirement"} />
        </section>
      )}
      {isAct && kind === "ManagedACTAccessRequirement" && (
        <section aria-labelledby="reviewers">
          <Title order={2} size="h4" mb="xs" id="reviewers">
            {t.governance.reviewers}
          </Title>
          <Reviewers id={id} />
        </section>
      )}
      {token && kind === "ManagedACTAccessRequirement" && (
        <section aria-labelledby="submissions">
          <Title order={2} size="h4" mb="xs" id="submissions">
            {t.governance.submissions}
          </Title>
          <Submissions requirement={id} />
        </section>
      )}
      {changing && <ChangeRequirement requirement={requirement} onClose={() => setChanging(false)} />}
      {deleting && (
        <Ask
          title={t.governance.remove}
          text={t.governance.removeText(requirement.name ?? id)}
          verb={t.governance.remove}
          onClose={() => setDeleting(false)}
          onYes={async () => {
            await take(api.DELETE("/repo/v1/accessRequirement/{requirementId}", { params: { path: { requirementId: id } } }));
            await Promise.all([["requirements"], ["access submissions"], ["bundle"]].map((queryKey) => queries.invalidateQueries({ queryKey })));
            go("/DataAccessManagement:0");
          }}
        />
      )}
    </Stack>
  );
}

function Subjects({ subjects }: { subjects: Schemas["RestrictableObjectDescriptor"][] }) {
  const entities = subjects.filter((each) => each.type === "ENTITY").map((each) => ({ targetId: each.id }));
  const headers = useQuery({ queryKey: ["headers", entities], enabled: entities.length > 0, queryFn: () => take(api.POST("/repo/v1/entity/header", { body: { references: entities } })) });
  const found = new Map(headers.data?.results.map((each) => [each.id, each]));
  return (
    <Stack gap="xs">
      {subjects.map((each) => (each.type === "TEAM" ? <Person key={each.id} id={each.id} /> : <EntityLine key={each.id} entity={found.get(each.id) ?? { id: each.id, name: each.id }} />))}
    </Stack>
  );
}

/** Who meets a requirement; the compliance team approves users and takes approvals back. */
function Approvals({ id, byAct }: { id: string; byAct: boolean }) {
  const queries = useQueryClient();
  const doing = useDo();
  const groups = useInfiniteQuery({
    queryKey: ["requirement", id, "approvals"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => take(api.POST("/repo/v1/accessApproval/group", { body: { accessRequirementId: id, nextPageToken: pageParam } })),
    getNextPageParam: (last) => last.nextPageToken ?? undefined,
  });
  const rows = groups.data?.pages.flatMap((page) => page.results.flatMap((group) => group.accessorIds.map((accessor) => ({ accessor, group })))) ?? [];
  const changed = () => queries.invalidateQueries({ queryKey: ["requirement", id] });
  const grant = ({ ownerId, userName }: Schemas["UserGroupHeader"]) =>
    doing.run(async () => {
      await take(api.POST("/repo/v1/accessApproval", { body: { requirementId: Number(id), accessorId: ownerId } }));
      await changed();
      tell(t.governance.granted(userName ?? ownerId));
    });
  return (
    <Stack gap="sm">
      {byAct && (
        <div style={{ maxWidth: 360 }}>
          <FindPrincipal label={t.governance.grant} typeFilter="USERS_ONLY" onFound={(found) => void grant(found)} />
        </div>
      )}
      <Wrong error={groups.error ?? doing.error} />
      {groups.isPending && <Wait />}
      {groups.isSuccess && rows.length === 0 && <Text c="dimmed">{t.governance.nobody}</Text>}
      {rows.length > 0 && (
        <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t.governance.who}</Table.Th>
                <Table.Th>{t.governance.by}</Table.Th>
                <Table.Th>{t.governance.ends}</Table.Th>
                <Table.Td />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(({ accessor, group }) => (
                <Table.Tr key={`${accessor} ${group.submitterId} ${group.expiredOn}`}>
                  <Table.Td>
                    <Person id={accessor} />
                  </Table.Td>
                  <Table.Td>
                    <Person id={group.submitterId} />
                  </Table.Td>
                  <Table.Td>{group.expiredOn ? when(group.expiredOn) : t.governance.never}</Table.Td>
                  <Table.Td ta="right">
                    {byAct && (
                      <Button
                        size="compact-sm"
                        variant="default"
                        disabled={doing.busy}
                        onClick={() =>
                          doing.run(async () => {
                            await take(api.DELETE("/repo/v1/accessApproval", { params: { query: { requirementId: id, accessorId: accessor } } }));
                            await changed();
                          })
                        }
                      >
                        {t.governance.revoke}
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <More list={groups} />
    </Stack>
  );
}

// ---------------------------------------------------------------- all requirements

export function Management() {
  usePageTitle(t.governance.management);
  const [text, setText] = useState("");
  const [nameContains] = useDebouncedValue(text.trim(), 250);
  const list = useInfiniteQuery({
    queryKey: ["requirements", nameContains],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => take(api.POST("/repo/v1/accessRequirement/search", { body: { ...(nameContains ? { nameContains } : {}), sort: [{ field: "CREATED_ON", direction: "DESC" }], nextPageToken: pageParam } })),
    getNextPageParam: (last) => last.nextPageToken ?? undefined,
  });
  const rows = list.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <Stack maw={1100}>
      <Title order={1} size="h2">
        {t.governance.management}
      </Title>
      <section aria-labelledby="waiting">
        <Title order={2} size="h4" mb="xs" id="waiting">
          {t.governance.waiting}
        </Title>
        <Submissions />
      </section>
      <section aria-labelledby="requirements">
        <Title order={2} size="h4" mb="xs" id="requirements">
          {t.governance.requirements}
        </Title>
        <Text size="sm" mb="sm">
          {t.governance.howToMake}
        </Text>
        <TextInput label={t.governance.find} value={text} mb="sm" maw={360} onChange={(event) => setText(event.currentTarget.value)} />
        <Wrong error={list.error} />
        {list.isPending && <Wait />}
        {list.isSuccess && rows.length === 0 && <Text c="dimmed">{t.governance.noRequirements}</Text>}
        <Stack gap="xs">
          {rows.map((each) => (
            <div key={each.id}>
              <To to={`/AccessRequirement:${each.id}`} style={{ overflowWrap: "anywhere" }}>
                {each.name}
              </To>
              <Text size="sm" c="dimmed">
                {t.governance.kinds[kindOf(each.type)]} · {when(each.modifiedOn)}
              </Text>
            </div>
          ))}
        </Stack>
        <More list={list} mt="sm" />
      </section>
    </Stack>
  );
}
