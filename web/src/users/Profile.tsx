// Who somebody is, and what of theirs one may see.
import { Button, Group, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, useState } from "react";
import { api, type Schemas, take } from "../api/client";
import { tell, useDo, usePageTitle, Wait, Wrong } from "../shell/common";
import { type Place, To } from "../shell/router";
import { t } from "../texts";
import { useMe } from "./me";

const Security = lazy(async () => ({ default: (await import("../auth/TwoFactor")).Security }));

const FIELDS = ["firstName", "lastName", "position", "company", "location"] as const;
const LABELS = { firstName: t.profile.first, lastName: t.profile.last, position: t.profile.position, company: t.profile.company, location: t.profile.location };

async function find(name: string): Promise<Schemas["UserProfile"]> {
  let profileId = name;
  if (!/^\d+$/.test(name)) profileId = String((await take(api.POST("/repo/v1/principal/alias", { body: { alias: name, type: "USER_NAME" } }))).principalId);
  return take(api.GET("/repo/v1/userProfile/{profileId}", { params: { path: { profileId } } }));
}

export function Profile({ place }: { place: Place }) {
  const me = useMe();
  const asked = !place.token || place.token === "v" ? (me?.ownerId ?? "") : place.token;
  const profile = useQuery({ queryKey: ["profile", asked], enabled: asked !== "", queryFn: () => find(asked) });
  const id = profile.data?.ownerId ?? "";
  usePageTitle(profile.data?.userName ?? t.profile.title);
  const projects = useQuery({
    queryKey: ["projects", "of", id],
    enabled: id !== "",
    queryFn: () => take(api.GET("/repo/v1/projects/user/{principalId}", { params: { path: { principalId: Number(id) } } })),
  });
  const teams = useQuery({ queryKey: ["teams", id], enabled: id !== "", queryFn: () => take(api.GET("/repo/v1/user/{id}/team", { params: { path: { id }, query: { limit: 100 } } })) });
  const [editing, setEditing] = useState(false);
  const found = profile.data;
  if (profile.error) return <Wrong error={profile.error} />;
  if (!found) return <Wait />;
  if (place.rest[0] === "settings" && id === me?.ownerId) return <Security />;
  if (editing) return <Edit profile={found} onClose={() => setEditing(false)} />;
  const work = [found.position, found.company, found.location].filter(Boolean).join(" · ");
  const name = [found.firstName, found.lastName].filter(Boolean).join(" ");
  return (
    <Stack maw={800} gap="xs">
      <Group justify="space-between">
        <Title order={1} size="h2">
          {name || found.userName}
        </Title>
        {id === me?.ownerId && (
          <Button variant="default" onClick={() => setEditing(true)}>
            {t.profile.edit}
          </Button>
        )}
      </Group>
      {name && <Text c="dimmed">@{found.userName}</Text>}
      {work && <Text>{work}</Text>}
      {found.summary && <Text style={{ whiteSpace: "pre-wrap" }}>{found.summary}</Text>}
      {!!found.emails?.length && (
        <Text>
          {t.profile.emails}: {found.emails.join(", ")}
        </Text>
      )}
      <Title order={2} size="h4" mt="md">
        {t.profile.projects}
      </Title>
      {projects.data?.results.length === 0 && <Text c="dimmed">{t.profile.noProjects}</Text>}
      {projects.data?.results.map((each) => (
        <To key={each.id} to={`/Synapse:${each.id}`}>
          {each.name}
        </To>
      ))}
      {!!teams.data?.results.length && (
        <Title order={2} size="h4" mt="md">
          {t.profile.teams}
        </Title>
      )}
      {teams.data?.results.map((each) => (
        <To key={each.id} to={`/Team:${each.id}`}>
          {each.name}
        </To>
      ))}
    </Stack>
  );
}

function Edit({ profile, onClose }: { profile: Schemas["UserProfile"]; onClose: () => void }) {
  const [fields, setFields] = useState(profile);
  const doing = useDo();
  const queries = useQueryClient();
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        const good = await doing.run(async () => {
          await take(api.PUT("/repo/v1/userProfile", { body: fields }));
          await queries.invalidateQueries({ queryKey: ["profile"] });
          await queries.invalidateQueries({ queryKey: ["me"] });
        });
        if (good) {
          tell(t.common.saved);
          onClose();
        }
      }}
    >
      <Stack maw={600}>
        <Title order={1} size="h2">
          {t.profile.edit}
        </Title>
        {FIELDS.map((name) => (
          <TextInput key={name} label={LABELS[name]} value={fields[name] ?? ""} onChange={(event) => setFields({ ...fields, [name]: event.currentTarget.value })} />
        ))}
        <Textarea label={t.profile.summary} autosize minRows={3} value={fields.summary ?? ""} onChange={(event) => setFields({ ...fields, summary: event.currentTarget.value })} />
        <Wrong error={doing.error} />
        <Group>
          <Button type="submit" loading={doing.busy}>
            {t.common.save}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t.common.cancel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
