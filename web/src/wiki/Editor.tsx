// Write a page: markdown beside its preview. What is not saved is kept in the browser.
import { Button, FileButton, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, type Schemas, take } from "../api/client";
import { uploadHandle } from "../files/upload";
import { tell, useDo, Wait, Wrong } from "../shell/common";
import { t } from "../texts";
import { PageHtml } from "./Page";

interface Kept {
  title: string;
  markdown: string;
  etag: string | null | undefined;
}

export function Editor({ ownerId, pageId, parentId, onClose }: { ownerId: string; pageId: string | null; parentId: string | null; onClose: (saved: string | null) => void | Promise<void> }) {
  const page = useQuery({
    queryKey: ["wiki", ownerId, "text", pageId],
    enabled: pageId !== null,
    gcTime: 0,
    staleTime: Infinity,
    queryFn: () => take(api.GET("/repo/v1/entity/{ownerId}/wiki/{wikiId}", { params: { path: { ownerId, wikiId: pageId ?? "" } } })),
  });
  if (page.error) return <Wrong error={page.error} />;
  if (pageId !== null && !page.data) return <Wait />;
  return <Form ownerId={ownerId} page={page.data ?? { parentWikiId: parentId }} onClose={onClose} />;
}

function Form({ ownerId, page, onClose }: { ownerId: string; page: Schemas["WikiPage"]; onClose: (saved: string | null) => void | Promise<void> }) {
  const key = `synapse.draft.${ownerId}.${page.id ?? `new.${page.parentWikiId ?? ""}`}`;
  const [title, setTitle] = useState(page.title ?? "");
  const [markdown, setMarkdown] = useState(page.markdown ?? "");
  const [attached, setAttached] = useState(page.attachmentFileHandleIds ?? []);
  const [isDraft, setIsDraft] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const doing = useDo();
  useEffect(() => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(key) ?? "null") as Kept | null;
      // Of the version that is being changed, or it would undo what others have done since.
      if (kept && kept.etag === (page.etag ?? null) && kept.markdown !== (page.markdown ?? "")) {
        setTitle(kept.title);
        setMarkdown(kept.markdown);
        setIsDraft(true);
      }
    } catch {
      // no storage, no drafts
    }
  }, [key, page]);
  useEffect(() => {
    const timer = setTimeout(() => {
      try {
        if (markdown !== (page.markdown ?? "")) sessionStorage.setItem(key, JSON.stringify({ title, markdown, etag: page.etag ?? null } satisfies Kept));
      } catch {
        // as above
      }
    }, 200);
    return () => clearTimeout(timer);
  }, [key, markdown, title, page]);

  const close = (saved: string | null) => {
    try {
      sessionStorage.removeItem(key);
    } catch {
      // as above
    }
    return onClose(saved);
  };

  async function attach(file: File | null) {
    if (!file) return;
    const handle = await uploadHandle(file);
    if (!handle) return;
    setAttached((now) => [...now, handle]);
    const name = encodeURIComponent(file.name).replaceAll(".", "%2E");
    const widget = file.type.startsWith("image/") ? `\${image?fileName=${name}&align=None&altText=${name}}` : `\${previewattachment?fileName=${name}}`;
    const at = area.current?.selectionStart ?? markdown.length;
    setMarkdown((now) => `${now.slice(0, at)}${widget}${now.slice(at)}`);
    tell(t.wiki.attached(file.name));
  }

  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        await doing.run(async () => {
          const body: Schemas["WikiPage"] = { ...page, title, markdown, attachmentFileHandleIds: attached };
          const saved = page.id
            ? await take(api.PUT("/repo/v1/entity/{ownerId}/wiki/{wikiId}", { params: { path: { ownerId, wikiId: page.id } }, body }))
            : await take(api.POST("/repo/v1/entity/{ownerId}/wiki", { params: { path: { ownerId } }, body }));
          tell(t.common.saved);
          await close(saved.id ?? null);
        });
      }}
    >
      <Stack>
        {isDraft && <Text role="status">{t.wiki.draft}</Text>}
        <TextInput label={t.wiki.title} value={title} maxLength={256} onChange={(event) => setTitle(event.currentTarget.value)} />
        <div className="editor">
          <Textarea
            ref={area}
            label={t.wiki.markdown}
            value={markdown}
            autosize
            minRows={16}
            maxRows={40}
            styles={{ input: { fontFamily: "monospace" } }}
            onChange={(event) => setMarkdown(event.currentTarget.value)}
            onPaste={(event) => {
              const file = event.clipboardData.files[0];
              if (file) {
                event.preventDefault();
                void attach(file);
              }
            }}
            onDrop={(event) => {
              const file = event.dataTransfer.files[0];
              if (file) {
                event.preventDefault();
                void attach(file);
              }
            }}
          />
          <section aria-label={t.wiki.preview}>
            <Text size="sm" fw={500}>
              {t.wiki.preview}
            </Text>
            <Draft ownerId={ownerId} pageId={page.id ?? null} markdown={markdown} />
          </section>
        </div>
        <Wrong error={doing.error} />
        <Group justify="space-between">
          <FileButton onChange={attach} inputProps={{ "aria-label": t.wiki.attach, tabIndex: -1 }}>
            {(props) => (
              <Button variant="default" {...props}>
                {t.wiki.attach}
              </Button>
            )}
          </FileButton>
          <Group>
            <Button variant="default" onClick={() => void close(null)}>
              {t.common.cancel}
            </Button>
            <Button type="submit" loading={doing.busy}>
              {t.wiki.save}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}

/** What the page would look like, as the server shows it, some time after the last key. */
function Draft({ ownerId, pageId, markdown }: { ownerId: string; pageId: string | null; markdown: string }) {
  const [shown] = useDebouncedValue(markdown, 400);
  const html = useQuery({
    queryKey: ["wiki", ownerId, "draft", pageId, shown],
    gcTime: 0,
    placeholderData: (before) => before,
    queryFn: ({ signal }) => take(api.POST("/repo/v1/entity/{ownerId}/wikidraft/html", { params: { path: { ownerId } }, body: { markdown: shown, ...(pageId ? { wikiPageId: pageId } : {}) }, parseAs: "text", signal })) as Promise<string>,
  });
  if (html.error) return <Wrong error={html.error} />;
  // Links lead away from what is not saved yet.
  return typeof html.data !== "string" ? <Wait /> : <div onClickCapture={(event) => (event.target as HTMLElement).closest("a") && event.preventDefault()}><PageHtml text={html.data} /></div>;
}
