// A project, folder, file, link or table: its head, and what is in it.
import { ActionIcon, Alert, Badge, Breadcrumbs, Button, Group, NavLink, Stack, Tabs, Text, Title } from "@mantine/core";
import { IconDots, IconLock, IconShare, IconStar, IconStarFilled, IconWorld } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { api, type Bundle, reason, Refused, take } from "../api/client";
import { useToken } from "../api/session";
import { FileList, useChildren } from "../files/FileList";
import { Empty, Id, isAsked, KindIcon, kindOf, More, usePageTitle, Wait, Wrong } from "../shell/common";
import { follow, go, type Place, To } from "../shell/router";
import { t } from "../texts";
import { EntityMenu } from "./actions";
import { Annotations, Details } from "./facts";
import { Named } from "./Named";

const FilePage = lazy(async () => ({ default: (await import("../files/FilePage")).FilePage }));
const Wiki = lazy(async () => ({ default: (await import("../wiki/Wiki")).Wiki }));
const Tables = lazy(async () => ({ default: (await import("../tables/Tables")).Tables }));
const TablePage = lazy(async () => ({ default: (await import("../tables/TablePage")).TablePage }));
const Evaluations = lazy(async () => ({ default: (await import("../evaluations/Evaluations")).Evaluations }));
const Discussion = lazy(async () => ({ default: (await import("../discussions/Discussion")).Discussion }));
const Conditions = lazy(async () => ({ default: (await import("../governance/Conditions")).Conditions }));
const Sharing = lazy(async () => ({ default: (await import("../access/Sharing")).Sharing }));

const PARTS = {
  includeEntity: true,
  includeAnnotations: true,
  includePermissions: true,
  includeEntityPath: true,
  includeBenefactorACL: true,
  includeFileHandles: true,
  includeRootWikiId: true,
  includeFileName: true,
  includeRestrictionInformation: true,
};

export function useBundle(id: string, version?: number) {
  return useQuery({
    queryKey: ["bundle", id, version],
    queryFn: () =>
      version
        ? take(api.POST("/repo/v1/entity/{id}/version/{versionNumber}/bundle2", { params: { path: { id, versionNumber: version } }, body: PARTS }))
        : take(api.POST("/repo/v1/entity/{id}/bundle2", { params: { path: { id } }, body: PARTS })),
  });
}

/** syn1, syn1.3, syn1/version/3, and what comes after. */
function read(place: Place): { id: string; version: number | undefined; rest: string[] } {
  const [id = "", dotted] = place.token.split(".");
  const slashed = place.rest[0] === "version" ? place.rest[1] : undefined;
  const number = Number(slashed ?? dotted);
  return { id, version: Number.isInteger(number) && number > 0 ? number : undefined, rest: slashed === undefined ? place.rest : place.rest.slice(2) };
}

export function EntityPage({ place }: { place: Place }) {
  const { id, version, rest } = read(place);
  const bundle = useBundle(id, version);
  const { data, error } = bundle;
  usePageTitle(data?.entity?.name ?? undefined);
  if (error instanceof Refused && (error.status === 401 || error.status === 403)) return <Closed error={error} />;
  if (error) return <Wrong error={error} retry={() => void bundle.refetch()} />;
  if (!data?.entity) return <Wait />;
  const kind = kindOf(data.entity.concreteType);
  return (
    <Stack maw={1300}>
      <Head bundle={data} />
      {version !== undefined && "isLatestVersion" in data.entity && data.entity.isLatestVersion === false && (
        <Alert color="yellow" variant="outline">
          {t.entity.older(version)} <To to={`/Synapse:${id}`}>{t.entity.latest}</To>
        </Alert>
      )}
      {!!data.restrictionInformation?.restrictionDetails?.length && (
        <Suspense fallback={<Wait />}>
          <Conditions id={id} information={data.restrictionInformation} />
        </Suspense>
      )}
      <Suspense fallback={<Wait />}>
        {kind === "project" && <ProjectTabs bundle={data} rest={rest} />}
        {kind === "folder" && <FolderPage bundle={data} />}
        {kind === "file" && <FilePage bundle={data} version={version} />}
        {isAsked(kind) && <TablePage bundle={data} place={place} version={version} />}
        {kind === "link" && <LinkPage bundle={data} />}
      </Suspense>
    </Stack>
  );
}

/** What the user may not see, or not before they sign in. */
function Closed({ error }: { error: Refused }) {
  const token = useToken();
  const login = `/Login?to=${encodeURIComponent(location.pathname)}`;
  return (
    <Empty title={token ? t.errors.closed : t.signIn.first}>
      <Stack align="center" gap="sm">
        <Text ta="center">{token ? t.errors.closedText : t.signIn.firstText}</Text>
        {token ? (
          <Text ta="center" size="sm" c="dimmed" role="alert">
            {reason(error)}
          </Text>
        ) : (
          <Button component="a" href={login} onClick={(event) => follow(event, login)}>
            {t.shell.signIn}
          </Button>
        )}
      </Stack>
    </Empty>
  );
}

export function isPublic(bundle: Bundle): boolean {
  return bundle.permissions?.canPublicRead ?? false;
}

function Head({ bundle }: { bundle: Bundle }) {
  const entity = bundle.entity!;
  const id = entity.id ?? "";
  const token = useToken();
  const [sharing, setSharing] = useState(false);
  const above = (bundle.path?.path ?? []).slice(1, -1);
  const inherited = bundle.benefactorAcl?.id !== undefined && bundle.benefactorAcl?.id !== id;
  return (
    <Stack gap="xs">
      {above.length > 0 && (
        <nav aria-label={t.entity.path}>
          <Breadcrumbs separator="›" style={{ flexWrap: "wrap" }}>
            {above.map((each) => (
              <To key={each.id} to={kindOf(each.type) === "project" ? `/Synapse:${each.id}/files` : `/Synapse:${each.id}`} size="sm">
                {each.name}
              </To>
            ))}
          </Breadcrumbs>
        </nav>
      )}
      <Group justify="space-between" align="flex-start" gap="sm">
        <Group gap="sm" style={{ minWidth: 0, flex: "1 1 16rem" }}>
          <Group gap="sm" wrap="nowrap" align="flex-start" className="title">
            <KindIcon type={entity.concreteType} />
            <Title order={1} size="h2" style={{ overflowWrap: "anywhere", minWidth: 0 }}>
              {entity.name}
            </Title>
          </Group>
          <Id id={id} />
          <Badge variant="outline" color="gray" className="plain-badge" tt="none" leftSection={isPublic(bundle) ? <IconWorld size={12} aria-hidden /> : <IconLock size={12} aria-hidden />}>
            {isPublic(bundle) ? t.entity.public : t.entity.private}
            {inherited ? ` · ${t.entity.inherited}` : ""}
          </Badge>
        </Group>
        {token && (
          <Group gap="xs" wrap="nowrap">
            <Star id={id} />
            <Button variant="default" size="sm" leftSection={<IconShare size={16} aria-hidden />} onClick={() => setSharing(true)}>
              {t.entity.share}
            </Button>
            <EntityMenu
              entity={{ id, name: entity.name, type: entity.concreteType }}
              onGone={() => go(entity.parentId && above.length ? `/Synapse:${entity.parentId}` : "/")}
              target={
                <ActionIcon variant="default" size="lg" aria-label={t.entity.more}>
                  <IconDots size={18} />
                </ActionIcon>
              }
            />
          </Group>
        )}
      </Group>
      {entity.description && <Text c="dimmed">{entity.description}</Text>}
      {sharing && (
        <Suspense>
          <Sharing id={id} name={entity.name ?? ""} onClose={() => setSharing(false)} />
        </Suspense>
      )}
    </Stack>
  );
}

function Star({ id }: { id: string }) {
  const queries = useQueryClient();
  const favorites = useQuery({ queryKey: ["favorites"], queryFn: () => take(api.GET("/repo/v1/favorite", { params: { query: { limit: 50 } } })) });
  const is = favorites.data?.results.some((each) => each.id === id) ?? false;
  return (
    <ActionIcon
      variant="default"
      size="lg"
      aria-label={is ? t.entity.unstar : t.entity.star}
      aria-pressed={is}
      onClick={async () => {
        const params = { params: { path: { id } } };
        await (is ? take(api.DELETE("/repo/v1/favorite/{id}", params)) : take(api.POST("/repo/v1/favorite/{id}", params)));
        await queries.invalidateQueries({ queryKey: ["favorites"] });
      }}
    >
      {is ? <IconStarFilled size={18} /> : <IconStar size={18} />}
    </ActionIcon>
  );
}

const TABS = ["wiki", "files", "tables", "challenge", "discussion"] as const;

function ProjectTabs({ bundle, rest }: { bundle: Bundle; rest: string[] }) {
  const id = bundle.entity?.id ?? "";
  const asked = rest[0] === "datasets" ? "tables" : rest[0];
  const shown = TABS.find((each) => each === asked) ?? (bundle.rootWikiId ? "wiki" : "files");
  const mayAdd = bundle.permissions?.canAddChild ?? false;
  return (
    <Tabs value={shown} onChange={(value) => go(`/Synapse:${id}/${value}`)} keepMounted={false}>
      <Tabs.List mb="md">
        {TABS.map((each) => (
          <Tabs.Tab key={each} value={each}>
            {t.entity.tabs[each]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="wiki">
        <Suspense fallback={<Wait />}>
          <Wiki ownerId={id} mayEdit={bundle.permissions?.canEdit ?? false} pageId={rest[0] === "wiki" ? rest[1] : undefined} />
        </Suspense>
      </Tabs.Panel>
      <Tabs.Panel value="files">
        <WithTree root={id} here={id}>
          <FileList id={id} mayAdd={mayAdd} />
          <Annotations bundle={bundle} />
        </WithTree>
      </Tabs.Panel>
      <Tabs.Panel value="tables">
        <Suspense fallback={<Wait />}>
          <Tables id={id} mayAdd={mayAdd} />
        </Suspense>
      </Tabs.Panel>
      <Tabs.Panel value="challenge">
        <Suspense fallback={<Wait />}>
          <Evaluations projectId={id} queueId={rest[1]} mayAdd={mayAdd} />
        </Suspense>
      </Tabs.Panel>
      <Tabs.Panel value="discussion">
        <Suspense fallback={<Wait />}>
          <Discussion projectId={id} threadId={rest[1]} mayModerate={bundle.permissions?.canModerate ?? false} />
        </Suspense>
      </Tabs.Panel>
    </Tabs>
  );
}

function FolderPage({ bundle }: { bundle: Bundle }) {
  const id = bundle.entity?.id ?? "";
  const project = bundle.path?.path?.[1]?.id ?? id;
  return (
    <WithTree root={project} here={id} open={(bundle.path?.path ?? []).map((each) => each.id ?? "")}>
      <FileList id={id} mayAdd={bundle.permissions?.canAddChild ?? false} />
      {bundle.rootWikiId && (
        <Suspense fallback={<Wait />}>
          <Wiki ownerId={id} mayEdit={bundle.permissions?.canEdit ?? false} pageId={undefined} />
        </Suspense>
      )}
      <Annotations bundle={bundle} />
      <Details bundle={bundle} />
    </WithTree>
  );
}

function WithTree({ root, here, open = [], children }: { root: string; here: string; open?: string[]; children: React.ReactNode }) {
  return (
    <div style={{ display: "grid", gridTemplateColumns: "minmax(0, 1fr)", gap: "1rem" }} className="with-tree">
      <nav aria-label={t.files.tree} className="tree folders">
        <Branch id={root} here={here} open={open} />
      </nav>
      <Stack style={{ minWidth: 0 }}>{children}</Stack>
    </div>
  );
}

function Branch({ id, here, open }: { id: string; here: string; open: string[] }) {
  const folders = useChildren(id, ["folder"]);
  const [opened, setOpened] = useState<Record<string, boolean>>({});
  useEffect(() => setOpened((now) => ({ ...Object.fromEntries(open.map((each) => [each, true])), ...now })), [open.join()]);
  return (
    <>
      {folders.data?.pages
        .flatMap((page) => page.page)
        .map((each) => {
          const child = each.id ?? "";
          return (
            <div key={child} style={{ paddingLeft: ".6rem" }}>
              <Group gap={2} wrap="nowrap">
                <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t.files.open(each.name ?? "")} aria-expanded={opened[child] ?? false} onClick={() => setOpened({ ...opened, [child]: !opened[child] })}>
                  {opened[child] ? "▾" : "▸"}
                </ActionIcon>
                <NavLink href={`/Synapse:${child}`} label={each.name} active={child === here} variant="subtle" py={4} onClick={(event) => (event.preventDefault(), go(`/Synapse:${child}`))} {...(child === here ? { "aria-current": "page" as const } : {})} />
              </Group>
              {opened[child] && <Branch id={child} here={here} open={open} />}
            </div>
          );
        })}
      <More list={folders} size="compact-xs" variant="subtle" />
    </>
  );
}

function LinkPage({ bundle }: { bundle: Bundle }) {
  const entity = bundle.entity;
  const to = entity && "linksTo" in entity ? entity.linksTo : undefined;
  return (
    <>
      <Group gap="xs">
        <Text>{t.entity.linkTo}</Text>
        {to?.targetId && <Named id={to.targetId} version={to.targetVersionNumber} />}
      </Group>
      <Annotations bundle={bundle} />
      <Details bundle={bundle} />
    </>
  );
}

