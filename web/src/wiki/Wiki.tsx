// The wiki of a project or folder: pages to read, with live queries among the text, and to write.
import { Button, Group, Menu, Modal, NavLink, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { api, type Schemas, take, takeOrNull } from "../api/client";
import { Ask, Empty, tell, usePageTitle, Wait, when, Wrong } from "../shell/common";
import { follow, go } from "../shell/router";
import { t } from "../texts";
import { Person } from "../users/me";
import { PageText } from "./Page";

const Editor = lazy(async () => ({ default: (await import("./Editor")).Editor }));

function useHeaders(ownerId: string) {
  return useQuery({
    queryKey: ["wiki", ownerId, "headers"],
    queryFn: async () => {
      const found: Schemas["V2WikiHeader"][] = [];
      for (let offset = 0; offset < 1000; offset += 50) {
        const page = await takeOrNull(api.GET("/repo/v1/entity/{ownerId}/wikiheadertree2", { params: { path: { ownerId }, query: { offset, limit: 50 } } }));
        found.push(...(page?.results ?? []));
        if ((page?.results.length ?? 0) < 50) break;
      }
      return found;
    },
  });
}

export function Wiki({ ownerId, mayEdit, pageId }: { ownerId: string; mayEdit: boolean; pageId: string | undefined }) {
  const headers = useHeaders(ownerId);
  const queries = useQueryClient();
  const [editing, setEditing] = useState<{ page: string | null; parent: string | null } | null>(null);
  const [history, setHistory] = useState(false);
  const [removing, setRemoving] = useState(false);
  const root = headers.data?.find((each) => !each.parentId)?.id ?? null;
  const id = pageId ?? root;
  const here = headers.data?.find((each) => each.id === id);
  usePageTitle(here?.title ?? undefined);
  const refresh = async () => {
    await queries.invalidateQueries({ queryKey: ["wiki", ownerId] });
    await queries.invalidateQueries({ queryKey: ["bundle", ownerId] });
  };
  if (headers.error) return <Wrong error={headers.error} retry={() => void headers.refetch()} />;
  if (!headers.data) return <Wait />;
  if (editing) {
    return (
      <Suspense fallback={<Wait />}>
        <Editor
          ownerId={ownerId}
          pageId={editing.page}
          parentId={editing.parent}
          onClose={async (saved) => {
            if (saved) await refresh();
            setEditing(null);
            if (saved && saved !== id && id !== null) go(`/Synapse:${ownerId}/wiki/${saved}`);
          }}
        />
      </Suspense>
    );
  }
  if (id === null) {
    return (
      <Empty title={mayEdit ? t.wiki.none : t.wiki.noneReader}>
        {mayEdit && (
          <Stack align="center">
            <Text ta="center">{t.wiki.noneText}</Text>
            <Button onClick={() => setEditing({ page: null, parent: null })}>{t.wiki.create}</Button>
          </Stack>
        )}
      </Empty>
    );
  }
  return (
    <div className="with-tree" style={{ display: "grid", gridTemplateColumns: "minmax(0, 1fr)", gap: "1rem" }}>
      {headers.data.length > 1 && (
        <nav aria-label={t.wiki.pages} className="tree">
          <Pages headers={headers.data} parent={null} here={id} ownerId={ownerId} />
        </nav>
      )}
      <article style={{ minWidth: 0, maxWidth: "60rem" }}>
        <Group justify="space-between" align="flex-start" mb="sm">
          <Title order={2}>{here?.title || t.wiki.untitled}</Title>
          {mayEdit && (
            <Group gap="xs">
              <Button size="xs" variant="default" onClick={() => setEditing({ page: id, parent: null })} aria-label={`${t.wiki.edit}: ${here?.title || t.wiki.untitled}`}>
                {t.wiki.edit}
              </Button>
              <Button size="xs" variant="default" onClick={() => setEditing({ page: null, parent: id })}>
                {t.wiki.add}
              </Button>
              <Menu position="bottom-end">
                <Menu.Target>
                  <Button size="xs" variant="default" aria-label={`${t.entity.more}: ${here?.title || t.wiki.untitled}`}>
                    {t.entity.more}
                  </Button>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item onClick={() => setHistory(true)}>{t.wiki.history}</Menu.Item>
                  <Menu.Item onClick={() => setRemoving(true)}>{t.wiki.remove}</Menu.Item>
                </Menu.Dropdown>
              </Menu>
            </Group>
          )}
        </Group>
        <PageText ownerId={ownerId} pageId={id} />
      </article>
      {history && <History ownerId={ownerId} pageId={id} onClose={() => setHistory(false)} onRestored={refresh} />}
      {removing && (
        <Ask
          title={t.wiki.remove}
          text={t.wiki.removeText}
          verb={t.wiki.remove}
          onClose={() => setRemoving(false)}
          onYes={async () => {
            await take(api.DELETE("/repo/v1/entity/{ownerId}/wiki2/{wikiId}", { params: { path: { ownerId, wikiId: id } } }));
            await refresh();
            go(`/Synapse:${ownerId}/wiki`);
          }}
        />
      )}
    </div>
  );
}

function Pages({ headers, parent, here, ownerId }: { headers: Schemas["V2WikiHeader"][]; parent: string | null; here: string; ownerId: string }) {
  return headers
    .filter((each) => (each.parentId ?? null) === parent)
    .map((each) => {
      const to = `/Synapse:${ownerId}/wiki/${each.id}`;
      return (
        <div key={each.id} style={{ paddingLeft: parent ? ".8rem" : 0 }}>
          <NavLink href={to} label={each.title || t.wiki.untitled} active={each.id === here} variant="subtle" py={4} onClick={(event) => follow(event, to)} {...(each.id === here ? { "aria-current": "page" as const } : {})} />
          {each.id && <Pages headers={headers} parent={each.id} here={here} ownerId={ownerId} />}
        </div>
      );
    });
}

function History({ ownerId, pageId, onClose, onRestored }: { ownerId: string; pageId: string; onClose: () => void; onRestored: () => Promise<void> }) {
  const path = { ownerId, wikiId: pageId };
  const history = useQuery({ queryKey: ["wiki", ownerId, "history", pageId], queryFn: () => take(api.GET("/repo/v1/entity/{ownerId}/wiki2/{wikiId}/wikihistory", { params: { path, query: { offset: 0, limit: 50 } } })) });
  const [shown, setShown] = useState<number | null>(null);
  return (
    <Modal opened onClose={onClose} title={t.wiki.history} size="xl" closeButtonProps={{ "aria-label": t.common.close }}>
      <Wrong error={history.error} />
      <Stack gap="xs">
        {history.data?.results.map((each, index) => (
          <Group key={each.version} justify="space-between">
            <Text>
              {t.wiki.version(each.version ?? "")} · {when(each.modifiedOn)} {t.entity.by} <Person id={each.modifiedBy} />
            </Text>
            <Group gap="xs">
              <Button size="xs" variant="default" onClick={() => setShown(Number(each.version))}>
                {t.wiki.preview}
              </Button>
              {index > 0 && (
                <Button
                  size="xs"
                  variant="default"
                  onClick={async () => {
                    await take(api.PUT("/repo/v1/entity/{ownerId}/wiki2/{wikiId}/{wikiVersion}", { params: { path: { ...path, wikiVersion: Number(each.version) } } }));
                    await onRestored();
                    tell(t.wiki.restored);
                    onClose();
                  }}
                >
                  {t.wiki.restore}
                </Button>
              )}
            </Group>
          </Group>
        ))}
      </Stack>
      {shown !== null && <PageText ownerId={ownerId} pageId={pageId} version={shown} />}
    </Modal>
  );
}
