// What one sees first: projects and favourites; for who is not signed in, what this is.
import { Button, Card, Group, SegmentedControl, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconPlus, IconStar } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, take } from "../api/client";
import { useToken } from "../api/session";
import { Start } from "../files/snippets";
import { Empty, EntityLine, FormDialog, KindIcon, More, usePageTitle, Wait, when, Wrong } from "../shell/common";
import { follow, go, To } from "../shell/router";
import { t } from "../texts";

type Filter = "ALL" | "CREATED" | "PARTICIPATED" | "TEAM";

export function Home() {
  const token = useToken();
  return token ? <Mine /> : <Stranger />;
}

function Stranger() {
  usePageTitle(undefined);
  const found = useQuery({
    queryKey: ["public"],
    queryFn: () => take(api.POST("/repo/v1/entity/children", { body: { includeTypes: ["project"], sortBy: "MODIFIED_ON", sortDirection: "DESC" } })),
  });
  return (
    <Stack maw={900} mx="auto" mt="lg">
      <Title order={1}>{t.home.welcome}</Title>
      <Text size="lg">{t.home.welcomeText}</Text>
      <Group>
        <Button component="a" href="/Login" onClick={(event) => follow(event, "/Login")}>
          {t.shell.signIn}
        </Button>
        <Button component="a" variant="default" href="/Register" onClick={(event) => follow(event, "/Register")}>
          {t.shell.register}
        </Button>
      </Group>
      {!!found.data?.page.length && (
        <section>
          <Title order={2} size="h3" mt="lg" mb="sm">
            {t.home.public}
          </Title>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            {found.data.page.map((each) => (
              <Project key={each.id} id={each.id ?? ""} name={each.name ?? ""} when={each.modifiedOn} />
            ))}
          </SimpleGrid>
        </section>
      )}
    </Stack>
  );
}

function Project({ id, name, when: moment }: { id: string; name: string; when: string | null | undefined }) {
  return (
    <Card withBorder padding="md">
      <Group wrap="nowrap" gap="sm" align="flex-start">
        <KindIcon type="Project" />
        <div style={{ minWidth: 0 }}>
          <To to={`/Synapse:${id}`} fw={600} style={{ overflowWrap: "anywhere" }}>
            {name}
          </To>
          <Text size="sm" c="dimmed">
            {id}
          </Text>
          {moment && (
            <Text size="sm" c="dimmed">
              {t.home.activity} {when(moment)}
            </Text>
          )}
        </div>
      </Group>
    </Card>
  );
}

function Mine() {
  usePageTitle(t.home.title);
  const [filter, setFilter] = useState<Filter>("ALL");
  const [making, setMaking] = useState(false);
  const projects = useInfiniteQuery({
    queryKey: ["projects", filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => take(api.GET("/repo/v1/projects", { params: { query: { filter, sort: "LAST_ACTIVITY", sortDirection: "DESC", nextPageToken: pageParam } } })),
    getNextPageParam: (last) => last.nextPageToken ?? undefined,
  });
  const favorites = useQuery({ queryKey: ["favorites"], queryFn: () => take(api.GET("/repo/v1/favorite", { params: { query: { limit: 50 } } })) });
  const found = projects.data?.pages.flatMap((page) => page.results);
  return (
    <Stack maw={1100}>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t.home.projects}
        </Title>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
          {t.home.create}
        </Button>
      </Group>
      <SegmentedControl
        aria-label={t.home.projects}
        style={{ alignSelf: "flex-start", maxWidth: "100%", flexWrap: "wrap" }}
        value={filter}
        onChange={(value) => setFilter(value as Filter)}
        data={[
          { value: "ALL", label: t.home.mine },
          { value: "CREATED", label: t.home.created },
          { value: "PARTICIPATED", label: t.home.shared },
          { value: "TEAM", label: t.home.team },
        ]}
      />
      <Wrong error={projects.error} retry={() => void projects.refetch()} />
      {projects.isPending && <Wait />}
      {found?.length === 0 && (
        <Empty title={t.home.none}>
          <Text ta="center" mb="md">
            {t.home.noneText}
          </Text>
          <Start id={null} />
        </Empty>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>{found?.map((each) => <Project key={each.id} id={each.id} name={each.name} when={each.lastActivity ?? each.modifiedOn} />)}</SimpleGrid>
      <More list={projects} />
      <Title order={2} size="h3" mt="lg">
        <IconStar size={18} aria-hidden /> {t.home.favorites}
      </Title>
      {favorites.data?.results.length === 0 && <Text c="dimmed">{t.home.noFavorites}</Text>}
      <Stack gap="xs">
        {favorites.data?.results.map((each) => (
          <EntityLine key={each.id} entity={each} />
        ))}
      </Stack>
      {making && <Make onClose={() => setMaking(false)} />}
    </Stack>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const queries = useQueryClient();
  return (
    <FormDialog
      title={t.home.createTitle}
      verb={t.common.create}
      onClose={onClose}
      onDo={async () => {
        const body = { concreteType: "org.sagebionetworks.repo.model.Project" as const, name: name.trim() };
        const made = await take(api.POST("/repo/v1/entity", { body }));
        await queries.invalidateQueries({ queryKey: ["projects"] });
        go(`/Synapse:${made.id}/files`);
      }}
    >
      <TextInput label={t.common.name} description={t.home.createHint} value={name} required maxLength={256} data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
    </FormDialog>
  );
}
