// A file: what is in it, what is known of it, what it was made from, and its versions.
import { Alert, Anchor, Button, FileButton, Group, Stack, Text, Title } from "@mantine/core";
import { IconDownload, IconUpload } from "@tabler/icons-react";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { api, type Bundle, type Schemas, take } from "../api/client";
import { Annotations, Details } from "../entities/facts";
import { More, size, tell, useDo, Wait, when, Wrong } from "../shell/common";
import { To } from "../shell/router";
import { t } from "../texts";
import { Person } from "../users/me";
import { GetWith } from "./snippets";
import { uploadVersion } from "./upload";

const Preview = lazy(async () => ({ default: (await import("./Preview")).Preview }));
const Provenance = lazy(async () => ({ default: (await import("../provenance/Provenance")).Provenance }));

/** A signed URL of a version's bytes. */
export function addressOf(id: string, version: number): Promise<string> {
  return take(api.GET("/repo/v1/entity/{id}/version/{versionNumber}/file", { params: { path: { id, versionNumber: version }, query: { redirect: false } }, parseAs: "text" }));
}

export function FilePage({ bundle, version }: { bundle: Bundle; version: number | undefined }) {
  const entity = bundle.entity as Schemas["FileEntity"];
  const id = entity.id ?? "";
  const number = entity.versionNumber ?? 1;
  const doing = useDo();
  const queries = useQueryClient();
  const handle = bundle.fileHandles?.[0];
  const external = handle && "externalURL" in handle ? (handle as { externalURL?: string | null }).externalURL : null;
  const isUnmet = bundle.restrictionInformation?.hasUnmetAccessRequirement ?? false; // said above
  const mayDownload = !isUnmet && (bundle.permissions?.canDownload ?? false);
  const name = bundle.fileName ?? handle?.fileName ?? entity.name ?? "";
  return (
    <div className="file-columns">
      <Stack style={{ minWidth: 0 }}>
        <Group gap="xs">
          {mayDownload && !external && (
            <Button
              leftSection={<IconDownload size={16} aria-hidden />}
              loading={doing.busy}
              onClick={() =>
                doing.run(async () => {
                  const link = document.createElement("a");
                  link.href = await addressOf(id, number);
                  link.download = name;
                  link.rel = "noreferrer";
                  link.click();
                })
              }
            >
              {t.entity.download} {handle?.contentSize != null ? `(${size(handle.contentSize)})` : ""}
            </Button>
          )}
          {bundle.permissions?.canUpload && version === undefined && (
            <FileButton
              onChange={async (file) => {
                if (file && (await uploadVersion(entity, file))) {
                  await queries.invalidateQueries({ queryKey: ["bundle", id] });
                  await queries.invalidateQueries({ queryKey: ["versions", id] });
                  tell(t.common.saved);
                }
              }}
              inputProps={{ "aria-label": t.entity.newVersion, tabIndex: -1 }}
            >
              {(props) => (
                <Button variant="default" leftSection={<IconUpload size={16} aria-hidden />} {...props}>
                  {t.entity.newVersion}
                </Button>
              )}
            </FileButton>
          )}
        </Group>
        <Wrong error={doing.error} />
        {external && (
          <Alert variant="outline">
            {t.entity.external}{" "}
            {/^(https?|ftp):/i.test(external) ? (
              <Anchor href={external} target="_blank" rel="noopener noreferrer">
                {external}
              </Anchor>
            ) : (
              <code>{external}</code>
            )}
          </Alert>
        )}
        {!mayDownload && !isUnmet && <Alert variant="outline">{t.entity.downloadRefused}</Alert>}
        {mayDownload && !external && (
          <section aria-labelledby="preview">
            <Title order={2} size="h4" mb="xs" id="preview">
              {t.preview.title}
            </Title>
            <Suspense fallback={<Wait />}>
              <Preview key={`${id}.${number}`} id={id} version={number} name={name} contentType={handle?.contentType ?? ""} bytes={handle?.contentSize ?? 0} />
            </Suspense>
          </section>
        )}
        <Suspense fallback={<Wait />}>
          <Provenance id={id} version={number} name={entity.name ?? id} />
        </Suspense>
      </Stack>
      <Stack style={{ minWidth: 0 }} gap="lg">
        <Annotations bundle={bundle} readonly={version !== undefined && entity.isLatestVersion === false} />
        <Details bundle={bundle} />
        <Versions id={id} here={number} />
        <section aria-labelledby="get">
          <Title order={2} size="h4" mb="xs" id="get">
            {t.entity.get}
          </Title>
          <GetWith id={id} version={version} container={false} />
        </section>
      </Stack>
    </div>
  );
}

const PAGE = 20;

export function Versions({ id, here }: { id: string; here: number }) {
  const versions = useInfiniteQuery({
    queryKey: ["versions", id],
    initialPageParam: 0,
    queryFn: ({ pageParam }) => take(api.GET("/repo/v1/entity/{id}/version", { params: { path: { id }, query: { offset: pageParam, limit: PAGE } } })),
    getNextPageParam: (last, all) => (last.results.length === PAGE ? all.length * PAGE : undefined),
  });
  return (
    <section aria-labelledby="versions">
      <Title order={2} size="h4" mb="xs" id="versions">
        {t.entity.versions}
      </Title>
      <Wrong error={versions.error} />
      <Stack gap="xs" component="ol" style={{ listStyle: "none", padding: 0, margin: 0 }}>
        {versions.data?.pages
          .flatMap((page) => page.results)
          .map((each) => (
            <li key={each.versionNumber}>
              <To to={`/Synapse:${id}/version/${each.versionNumber}`} fw={each.versionNumber === here ? 700 : 400} aria-current={each.versionNumber === here ? "page" : undefined}>
                {t.entity.version(each.versionNumber)}
                {each.versionLabel && each.versionLabel !== String(each.versionNumber) ? ` (${each.versionLabel})` : ""}
              </To>
              <Text size="sm" c="dimmed">
                {when(each.modifiedOn)} {t.entity.by} <Person id={each.modifiedByPrincipalId} />
                {each.contentSize ? ` · ${size(Number(each.contentSize))}` : ""}
              </Text>
              {each.versionComment && <Text size="sm">{each.versionComment}</Text>}
            </li>
          ))}
      </Stack>
      <More list={versions} mt="xs" size="xs" />
    </section>
  );
}
