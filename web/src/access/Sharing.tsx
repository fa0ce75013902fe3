// Who may do what: people, teams and the public, with roles in words, and where it is inherited from.
import { ActionIcon, Alert, Badge, Button, Group, Modal, Radio, Select, Stack, Text, Title, Tooltip } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconX } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, type Schemas, take } from "../api/client";
import { tell, useDo, Wait, Wrong } from "../shell/common";
import { To } from "../shell/router";
import { t } from "../texts";
import { usePrincipals } from "../users/me";
import { type Access, type Role, ROLES, roleOf } from "./roles";

const AUTHENTICATED = 273948;
const PUBLIC = 273949;
type Level = "none" | "members" | "public";
type Entry = { principalId: number; accessType: Access[] };

function levelOf(entries: Entry[]): Level {
  if (entries.some((each) => each.principalId === PUBLIC)) return "public";
  return entries.some((each) => each.principalId === AUTHENTICATED) ? "members" : "none";
}

function withLevel(entries: Entry[], level: Level): Entry[] {
  const rest = entries.filter((each) => each.principalId !== PUBLIC && each.principalId !== AUTHENTICATED);
  if (level !== "none") rest.push({ principalId: AUTHENTICATED, accessType: [...ROLES.download] });
  if (level === "public") rest.push({ principalId: PUBLIC, accessType: ["READ"] });
  return rest;
}

export function Sharing({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const queries = useQueryClient();
  const bundle = useQuery({
    queryKey: ["sharing", id],
    gcTime: 0,
    queryFn: () => take(api.POST("/repo/v1/entity/{id}/bundle2", { params: { path: { id } }, body: { includeEntity: true, includePermissions: true, includeBenefactorACL: true, includeEntityPath: true } })),
  });
  const acl = bundle.data?.benefactorAcl;
  const own = acl?.id === id;
  const [entries, setEntries] = useState<Entry[]>([]);
  const [owning, setOwning] = useState(false);
  const doing = useDo();
  useEffect(() => {
    setEntries((acl?.resourceAccess ?? []).map((each) => ({ principalId: each.principalId ?? 0, accessType: (each.accessType ?? []) as Access[] })));
    setOwning(own);
  }, [acl, own]);
  const people = usePrincipals(entries.map((each) => String(each.principalId)));
  const mayShare = bundle.data?.permissions?.canChangePermissions ?? false;
  const mayEdit = mayShare && owning;
  const from = bundle.data?.path?.path?.find((each) => each.id === acl?.id);
  const isProject = bundle.data?.entityType === "project" || bundle.data?.entity?.concreteType.endsWith(".Project");
  const shown = entries.filter((each) => each.principalId !== PUBLIC && each.principalId !== AUTHENTICATED);
  const level = levelOf(entries);
  const set = (principalId: number, role: Role) => setEntries(entries.map((each) => (each.principalId === principalId && role !== "custom" ? { principalId, accessType: [...ROLES[role]] } : each)));

  const done = async () => {
    await queries.invalidateQueries({ queryKey: ["bundle"] });
    tell(t.access.saved);
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title={t.access.title(name)} size="lg" closeButtonProps={{ "aria-label": t.common.close }}>
      <Wrong error={bundle.error} />
      {bundle.isPending && <Wait />}
      {acl && (
        <Stack>
          {!own && !owning && (
            <Alert variant="outline">
              <Text mb="xs">
                {t.access.inherits} <To to={`/Synapse:${acl.id}`}>{from?.name ?? acl.id}</To>
              </Text>
              {mayShare && (
                <Button size="xs" variant="default" onClick={() => setOwning(true)}>
                  {t.access.makeOwn}
                </Button>
              )}
            </Alert>
          )}
          {owning && !isProject && (
            <Group justify="space-between">
              <Text size="sm">{t.access.own}</Text>
              {mayShare && own && bundle.data?.permissions?.canEnableInheritance && (
                <Button
                  size="xs"
                  variant="default"
                  onClick={async () => (await doing.run(async () => void (await take(api.DELETE("/repo/v1/entity/{id}/acl", { params: { path: { id } } }))))) && void done()}
                >
                  {t.access.inherit}
                </Button>
              )}
            </Group>
          )}
          {!mayShare && <Text c="dimmed">{t.access.readonly}</Text>}
          <Title order={3} size="h5">
            {t.access.people}
          </Title>
          {shown.map((each) => {
            const person = people.get(String(each.principalId));
            const called = person?.userName ?? String(each.principalId);
            const role = roleOf(each.accessType);
            return (
              <Group key={each.principalId} justify="space-between" wrap="nowrap">
                <Group gap="xs" style={{ minWidth: 0 }}>
                  <Text className="ellipsis">{called}</Text>
                  <Badge size="sm" variant="outline" color="gray" tt="none" className="plain-badge">
                    {person?.isIndividual === false ? t.access.team : t.access.person}
                  </Badge>
                </Group>
                <Group gap={4} wrap="nowrap">
                  <Tooltip label={each.accessType.join(", ")}>
                    <Select
                      size="xs"
                      aria-label={t.access.roleOf(called)}
                      value={role}
                      disabled={!mayEdit}
                      allowDeselect={false}
                      onChange={(value) => set(each.principalId, (value ?? role) as Role)}
                      data={(["view", "download", "edit", "delete", "admin", ...(role === "custom" ? (["custom"] as const) : [])] as Role[]).map((value) => ({ value, label: t.access.roles[value] }))}
                      comboboxProps={{ width: 300 }}
                      renderOption={({ option }) => (
                        <div>
                          <Text size="sm">{option.label}</Text>
                          <Text size="xs" c="dimmed">
                            {t.access.roleMeaning[option.value as Role]}
                          </Text>
                        </div>
                      )}
                    />
                  </Tooltip>
                  <ActionIcon variant="subtle" color="gray" disabled={!mayEdit} aria-label={t.access.removeOf(called)} onClick={() => setEntries(entries.filter((other) => other.principalId !== each.principalId))}>
                    <IconX size={16} />
                  </ActionIcon>
                </Group>
              </Group>
            );
          })}
          {mayEdit && (
            <FindPrincipal
              label={t.access.add}
              onFound={(found) => {
                const principalId = Number(found.ownerId);
                if (!entries.some((each) => each.principalId === principalId)) setEntries([...entries, { principalId, accessType: [...ROLES.download] }]);
              }}
            />
          )}
          <Radio.Group label={t.access.everyone} description={t.access.publicHint} value={level} onChange={(value) => setEntries(withLevel(entries, value as Level))}>
            <Stack gap="xs" mt="xs">
              {(["none", "members", "public"] as const).map((each) => (
                <Radio key={each} value={each} label={t.access.publicLevels[each]} disabled={!mayEdit} />
              ))}
            </Stack>
          </Radio.Group>
          <Wrong error={doing.error} />
          {mayEdit && (
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t.common.cancel}
              </Button>
              <Button
                loading={doing.busy}
                onClick={async () =>
                  (await doing.run(async () => {
                    const params = { params: { path: { id } } };
                    if (own) await take(api.PUT("/repo/v1/entity/{id}/acl", { ...params, body: { ...acl, resourceAccess: entries } }));
                    else await take(api.POST("/repo/v1/entity/{id}/acl", { ...params, body: { id, resourceAccess: entries } }));
                  })) && void done()
                }
              >
                {t.common.save}
              </Button>
            </Group>
          )}
        </Stack>
      )}
    </Modal>
  );
}

/** Find a user or team by the beginning of a name. */
export function FindPrincipal({ label, typeFilter = "ALL", onFound }: { label: string; typeFilter?: "ALL" | "USERS_ONLY" | "TEAMS_ONLY"; onFound: (found: Schemas["UserGroupHeader"]) => void }) {
  const [text, setText] = useState("");
  const [prefix] = useDebouncedValue(text, 200);
  const found = useQuery({
    queryKey: ["find", prefix, typeFilter],
    enabled: prefix.length > 0,
    queryFn: async () => (await take(api.GET("/repo/v1/userGroupHeaders", { params: { query: { prefix, typeFilter, limit: 20 } } }))).children,
  });
  const [key, setKey] = useState(0);
  return (
    <Select
      key={key}
      label={label}
      placeholder={t.access.addHint}
      searchable
      value={null}
      searchValue={text}
      onSearchChange={setText}
      nothingFoundMessage={prefix && found.isSuccess ? t.access.nobody : null}
      filter={({ options }) => options}
      data={(found.data ?? [])
        .filter((each) => !t.access.groups[each.ownerId])
        .map((each) => ({ value: each.ownerId, label: `${each.userName ?? each.ownerId}${each.isIndividual === false ? ` (${t.access.team})` : ""}` }))}
      onChange={(value) => {
        const one = found.data?.find((each) => each.ownerId === value);
        if (!one) return;
        onFound(one);
        setText("");
        setKey(key + 1);
      }}
    />
  );
}
