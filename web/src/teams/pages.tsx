// Teams: mine, and each with its members, invitations and requests.
import { ActionIcon, Badge, Button, Group, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconX } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { FindPrincipal } from "../access/Sharing";
import { api, type Schemas, take } from "../api/client";
import { FormDialog, More, tell, useDo, usePageTitle, Wait, Wrong } from "../shell/common";
import { go, type Place, To } from "../shell/router";
import { t } from "../texts";
import { Person, useMe } from "../users/me";

export function TeamsPage() {
  usePageTitle(t.teams.title);
  const me = useMe();
  const id = me?.ownerId ?? "";
  const [making, setMaking] = useState(false);
  const [text, setText] = useState("");
  const [fragment] = useDebouncedValue(text, 200);
  const queries = useQueryClient();
  const mine = useQuery({ queryKey: ["teams", id], enabled: !!id, queryFn: () => take(api.GET("/repo/v1/user/{id}/team", { params: { path: { id }, query: { limit: 100 } } })) });
  const invitations = useQuery({ queryKey: ["invitations", id], enabled: !!id, queryFn: () => take(api.GET("/repo/v1/user/{id}/openInvitation", { params: { path: { id }, query: { limit: 50 } } })) });
  const found = useQuery({ queryKey: ["teams", "find", fragment], enabled: fragment !== "", queryFn: () => take(api.GET("/repo/v1/teams", { params: { query: { fragment, limit: 20 } } })) });
  const doing = useDo();
  return (
    <Stack maw={800}>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t.teams.mine}
        </Title>
        <Button onClick={() => setMaking(true)}>{t.teams.create}</Button>
      </Group>
      <Wrong error={mine.error ?? doing.error} />
      {mine.isPending && <Wait />}
      {mine.data?.results.length === 0 && <Text>{t.teams.none}</Text>}
      <Teams list={mine.data?.results ?? []} />
      {!!invitations.data?.results.length && (
        <Title order={2} size="h4">
          {t.teams.invitations}
        </Title>
      )}
      {invitations.data?.results.map((each) => (
        <Group key={each.id}>
          <Person id={each.teamId} />
          <Text c="dimmed">{each.message}</Text>
          <Button
            size="xs"
            onClick={() =>
              doing.run(async () => {
                await take(api.PUT("/repo/v1/team/{id}/member/{principalId}", { params: { path: { id: each.teamId ?? "", principalId: id } } }));
                await queries.invalidateQueries();
              })
            }
          >
            {t.teams.accept}
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() =>
              doing.run(async () => {
                await take(api.DELETE("/repo/v1/membershipInvitation/{id}", { params: { path: { id: each.id ?? "" } } }));
                await queries.invalidateQueries({ queryKey: ["invitations"] });
              })
            }
          >
            {t.teams.decline}
          </Button>
        </Group>
      ))}
      <TextInput label={t.teams.find} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <Teams list={found.data?.results ?? []} />
      {making && <Make onClose={() => setMaking(false)} />}
    </Stack>
  );
}

function Teams({ list }: { list: Schemas["Team"][] }) {
  return (
    <>
      {list.map((each) => (
        <div key={each.id}>
          <To to={`/Team:${each.id}`} fw={600}>
            {each.name}
          </To>
          <Text size="sm" c="dimmed">
            {each.description}
          </Text>
        </div>
      ))}
    </>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  return (
    <FormDialog title={t.teams.create} verb={t.common.create} onClose={onClose} onDo={async () => go(`/Team:${(await take(api.POST("/repo/v1/team", { body: { name, description } }))).id}`)}>
      <TextInput label={t.common.name} value={name} required data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
      <Textarea label={t.teams.description} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
    </FormDialog>
  );
}

const PAGE = 50;

export function TeamPage({ place }: { place: Place }) {
  const id = place.token;
  const me = useMe();
  const queries = useQueryClient();
  const doing = useDo();
  const team = useQuery({ queryKey: ["team", id], queryFn: () => take(api.GET("/repo/v1/team/{id}", { params: { path: { id } } })) });
  usePageTitle(team.data?.name ?? undefined);
  const members = useInfiniteQuery({
    queryKey: ["members", id],
    initialPageParam: 0,
    queryFn: ({ pageParam }) => take(api.GET("/repo/v1/teamMembers/{id}", { params: { path: { id }, query: { offset: pageParam, limit: PAGE } } })),
    getNextPageParam: (last, all) => (last.results.length === PAGE ? all.length * PAGE : undefined),
  });
  const mine = me?.ownerId ?? "";
  const status = useQuery({
    queryKey: ["membership", id, mine],
    enabled: !!mine,
    queryFn: () => take(api.GET("/repo/v1/team/{id}/member/{principalId}/membershipStatus", { params: { path: { id, principalId: mine } } })),
  });
  const rows = members.data?.pages.flatMap((page) => page.results) ?? [];
  const isManager = rows.some((each) => each.member.ownerId === mine && each.isAdmin);
  const requests = useQuery({ queryKey: ["requests", id], enabled: isManager, queryFn: () => take(api.GET("/repo/v1/team/{id}/openRequest", { params: { path: { id }, query: { limit: 50 } } })) });
  const refresh = async () => {
    for (const key of ["members", "membership", "requests", "teams"]) await queries.invalidateQueries({ queryKey: [key] });
  };
  const change = (work: () => Promise<unknown>) =>
    doing.run(async () => {
      await work();
      await refresh();
    });
  if (team.error) return <Wrong error={team.error} />;
  if (!team.data) return <Wait />;
  return (
    <Stack maw={800}>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {team.data.name}
        </Title>
        {status.data?.isMember && (
          <Button variant="default" onClick={() => change(() => take(api.DELETE("/repo/v1/team/{id}/member/{principalId}", { params: { path: { id, principalId: mine } } })))}>
            {t.teams.leave}
          </Button>
        )}
        {status.data && !status.data.isMember && status.data.canJoin && (
          <Button onClick={() => change(() => take(api.PUT("/repo/v1/team/{id}/member/{principalId}", { params: { path: { id, principalId: mine } } })))}>{t.teams.join}</Button>
        )}
        {status.data && !status.data.isMember && !status.data.canJoin && !status.data.hasOpenRequest && (
          <Button variant="default" onClick={() => change(() => take(api.POST("/repo/v1/membershipRequest", { body: { teamId: id } })))}>
            {t.teams.ask}
          </Button>
        )}
        {status.data?.hasOpenRequest && <Text c="dimmed">{t.teams.asked}</Text>}
      </Group>
      {team.data.description && <Text>{team.data.description}</Text>}
      <Wrong error={members.error ?? doing.error} />
      <Title order={2} size="h4">
        {t.teams.members}
      </Title>
      {rows.map((each) => {
        const name = each.member.userName ?? each.member.ownerId;
        return (
          <Group key={each.member.ownerId} justify="space-between">
            <Group gap="xs">
              <To to={`/Profile:${each.member.ownerId}`}>{name}</To>
              {each.isAdmin && (
                <Badge variant="outline" color="gray" className="plain-badge" tt="none">
                  {t.teams.manager}
                </Badge>
              )}
            </Group>
            {isManager && each.member.ownerId !== mine && (
              <Group gap="xs">
                {!each.isAdmin && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={t.teams.makeManager(name)}
                    onClick={() => change(() => take(api.PUT("/repo/v1/team/{id}/member/{principalId}/permission", { params: { path: { id, principalId: each.member.ownerId }, query: { isAdmin: true } } })))}
                  >
                    {t.teams.manager}
                  </Button>
                )}
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t.teams.removeMember(name)}
                  onClick={() => change(() => take(api.DELETE("/repo/v1/team/{id}/member/{principalId}", { params: { path: { id, principalId: each.member.ownerId } } })))}
                >
                  <IconX size={16} />
                </ActionIcon>
              </Group>
            )}
          </Group>
        );
      })}
      <More list={members} />
      {isManager && (
        <FindPrincipal
          label={t.teams.add}
          typeFilter="USERS_ONLY"
          onFound={(found) =>
            void change(async () => {
              await take(api.POST("/repo/v1/membershipInvitation", { body: { teamId: id, inviteeId: found.ownerId } }));
              tell(t.teams.invited(found.userName ?? found.ownerId));
            })
          }
        />
      )}
      {!!requests.data?.results.length && (
        <Title order={2} size="h4">
          {t.teams.requests}
        </Title>
      )}
      {requests.data?.results.map((each) => (
        <Group key={each.id}>
          <Person id={each.userId} />
          <Button size="xs" onClick={() => change(() => take(api.PUT("/repo/v1/team/{id}/member/{principalId}", { params: { path: { id, principalId: each.userId ?? "" } } })))}>
            {t.teams.letIn}
          </Button>
          <Button size="xs" variant="default" onClick={() => change(() => take(api.DELETE("/repo/v1/membershipRequest/{id}", { params: { path: { id: each.id ?? "" } } })))}>
            {t.teams.decline}
          </Button>
        </Group>
      ))}
    </Stack>
  );
}
