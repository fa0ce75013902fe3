// The discussion of a project: its threads, and one thread with its replies.
import { Badge, Button, Card, Group, Menu, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, type Schemas, take } from "../api/client";
import { useToken } from "../api/session";
import { Ask, Empty, FormDialog, More, tell, useDo, usePageTitle, Wait, when, Wrong } from "../shell/common";
import { go, To } from "../shell/router";
import { t } from "../texts";
import { Person, useMe } from "../users/me";
import { render } from "../wiki/markdown";

type Thread = Schemas["DiscussionThreadBundle"];
type Reply = Schemas["DiscussionReplyBundle"];

const PAGE = 20;

export function Discussion({ projectId, threadId, mayModerate }: { projectId: string; threadId: string | undefined; mayModerate: boolean }) {
  const forum = useQuery({ queryKey: ["forum", projectId], queryFn: () => take(api.GET("/repo/v1/project/{projectId}/forum", { params: { path: { projectId } } })) });
  if (forum.error) return <Wrong error={forum.error} retry={() => void forum.refetch()} />;
  if (!forum.data) return <Wait />;
  const to = `/Synapse:${projectId}/discussion`;
  return threadId ? <One id={threadId} back={to} mayModerate={mayModerate} /> : <Threads forumId={forum.data.id} to={to} />;
}

function Threads({ forumId, to }: { forumId: string; to: string }) {
  const token = useToken();
  const [making, setMaking] = useState(false);
  const threads = useInfiniteQuery({
    queryKey: ["threads", forumId],
    initialPageParam: 0,
    queryFn: ({ pageParam }) => take(api.GET("/repo/v1/forum/{forumId}/threads", { params: { path: { forumId }, query: { limit: PAGE, offset: pageParam, filter: "EXCLUDE_DELETED", sort: "PINNED_AND_LAST_ACTIVITY", ascending: false } } })),
    getNextPageParam: (last, all) => (last.results.length === PAGE ? all.length * PAGE : undefined),
  });
  const rows = threads.data?.pages.flatMap((page) => page.results) ?? [];
  const button = token && <Button onClick={() => setMaking(true)}>{t.discussion.create}</Button>;
  return (
    <Stack maw={rows.length ? 900 : undefined}>
      <Wrong error={threads.error} />
      {threads.isPending && <Wait />}
      {threads.isSuccess && rows.length === 0 && (
        <Empty title={t.discussion.none}>
          <Stack align="center">
            <Text ta="center">{t.discussion.noneText}</Text>
            {button}
          </Stack>
        </Empty>
      )}
      {rows.length > 0 && <Group>{button}</Group>}
      {rows.map((each) => (
        <Card key={each.id} withBorder padding="sm">
          <Group gap="xs" wrap="nowrap" justify="space-between">
            <To to={`${to}/${each.id}`} fw={600} style={{ overflowWrap: "anywhere" }}>
              {each.title}
            </To>
            {each.isPinned && (
              <Badge variant="outline" color="gray" className="plain-badge" tt="none">
                {t.discussion.pinned}
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            <Person id={each.createdBy} /> · {t.discussion.replies(each.numberOfReplies)} · {t.discussion.views(each.numberOfViews)} · {when(each.lastActivity)}
          </Text>
        </Card>
      ))}
      <More list={threads} />
      {making && <Open forumId={forumId} to={to} onClose={() => setMaking(false)} />}
    </Stack>
  );
}

function Open({ forumId, to, onClose }: { forumId: string; to: string; onClose: () => void }) {
  const [title, setTitle] = useState("");
  const [messageMarkdown, setMessage] = useState("");
  const queries = useQueryClient();
  return (
    <FormDialog
      title={t.discussion.create}
      verb={t.common.create}
      onClose={onClose}
      onDo={async () => {
        const made = await take(api.POST("/repo/v1/thread", { body: { forumId, title, messageMarkdown } }));
        await queries.invalidateQueries({ queryKey: ["threads"] });
        go(`${to}/${made.id}`);
      }}
    >
      <TextInput label={t.discussion.title} value={title} required maxLength={140} data-autofocus onChange={(event) => setTitle(event.currentTarget.value)} />
      <Textarea label={t.discussion.message} description={t.discussion.markdown} value={messageMarkdown} required autosize minRows={5} onChange={(event) => setMessage(event.currentTarget.value)} />
    </FormDialog>
  );
}

/** The text of a thread or reply, and the same as HTML. */
function useMessage(messageKey: string, kind: "thread" | "reply") {
  return useQuery({
    queryKey: ["message", messageKey],
    staleTime: Infinity,
    queryFn: async () => {
      const query = { messageKey };
      const { messageUrl } = await take(kind === "thread" ? api.GET("/repo/v1/thread/messageUrl", { params: { query } }) : api.GET("/repo/v1/reply/messageUrl", { params: { query } }));
      const answer = await fetch(messageUrl, { credentials: "omit", referrerPolicy: "no-referrer" });
      if (!answer.ok) throw new Error(t.errors.status(answer.status));
      const text = await answer.text();
      return { text, html: await render(text) };
    },
  });
}

function One({ id, back, mayModerate }: { id: string; back: string; mayModerate: boolean }) {
  const queries = useQueryClient();
  const token = useToken();
  const me = useMe();
  const thread = useQuery({ queryKey: ["thread", id], queryFn: () => take(api.GET("/repo/v1/thread/{threadId}", { params: { path: { threadId: id } } })) });
  const replies = useInfiniteQuery({
    queryKey: ["replies", id],
    initialPageParam: 0,
    queryFn: ({ pageParam }) => take(api.GET("/repo/v1/thread/{threadId}/replies", { params: { path: { threadId: id }, query: { limit: PAGE, offset: pageParam, filter: "EXCLUDE_DELETED", sort: "CREATED_ON", ascending: true } } })),
    getNextPageParam: (last, all) => (last.results.length === PAGE ? all.length * PAGE : undefined),
  });
  usePageTitle(thread.data?.title);
  const [text, setText] = useState("");
  const [removing, setRemoving] = useState(false);
  const doing = useDo();
  const refresh = () => Promise.all([queries.invalidateQueries({ queryKey: ["thread", id] }), queries.invalidateQueries({ queryKey: ["replies", id] }), queries.invalidateQueries({ queryKey: ["threads"] })]);
  if (thread.error) return <Wrong error={thread.error} />;
  if (!thread.data) return <Wait />;
  const { title, isPinned, createdBy } = thread.data;
  const path = { params: { path: { threadId: id } } };
  return (
    <Stack maw={900}>
      <To to={back}>{t.discussion.back}</To>
      <Group justify="space-between" align="flex-start">
        <Title order={2} size="h3" style={{ overflowWrap: "anywhere" }}>
          {title}
        </Title>
        {mayModerate && (
          <Menu position="bottom-end">
            <Menu.Target>
              <Button size="xs" variant="default">
                {t.entity.more}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                onClick={() =>
                  doing.run(async () => {
                    await take(isPinned ? api.PUT("/repo/v1/thread/{threadId}/unpin", path) : api.PUT("/repo/v1/thread/{threadId}/pin", path));
                    await refresh();
                  })
                }
              >
                {isPinned ? t.discussion.unpin : t.discussion.pin}
              </Menu.Item>
              <Menu.Item onClick={() => setRemoving(true)}>{t.discussion.removeThread}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </Group>
      <Message of={thread.data} kind="thread" mayEdit={me?.ownerId === createdBy} onChanged={refresh} />
      {replies.data?.pages.flatMap((page) => page.results).map((each) => <Message key={each.id} of={each} kind="reply" mayEdit={me?.ownerId === each.createdBy} mayRemove={mayModerate} onChanged={refresh} />)}
      <More list={replies} />
      <Wrong error={replies.error ?? doing.error} />
      {token && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void doing.run(async () => {
              await take(api.POST("/repo/v1/reply", { body: { threadId: id, messageMarkdown: text } }));
              setText("");
              await refresh();
            });
          }}
        >
          <Stack gap="xs">
            <Textarea label={t.discussion.reply} description={t.discussion.markdown} value={text} required autosize minRows={3} onChange={(event) => setText(event.currentTarget.value)} />
            <Group>
              <Button type="submit" loading={doing.busy}>
                {t.discussion.send}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
      {removing && (
        <Ask
          title={t.discussion.removeThread}
          text={title}
          verb={t.common.remove}
          onClose={() => setRemoving(false)}
          onYes={async () => {
            await take(api.DELETE("/repo/v1/thread/{threadId}", path));
            await queries.invalidateQueries({ queryKey: ["threads"] });
            go(back);
          }}
        />
      )}
    </Stack>
  );
}

interface MessageProps {
  of: Thread | Reply;
  kind: "thread" | "reply";
  mayEdit: boolean;
  mayRemove?: boolean;
  onChanged: () => Promise<unknown>;
}

function Message({ of, kind, mayEdit, mayRemove = false, onChanged }: MessageProps) {
  const message = useMessage(of.messageKey, kind);
  const [text, setText] = useState<string | null>(null);
  const doing = useDo();
  const shown = message.data?.text;
  useEffect(() => setText(null), [shown]);
  const save = () =>
    doing.run(async () => {
      const body = { messageMarkdown: text };
      if (kind === "thread") await take(api.PUT("/repo/v1/thread/{threadId}/message", { params: { path: { threadId: of.id } }, body }));
      else await take(api.PUT("/repo/v1/reply/{replyId}/message", { params: { path: { replyId: of.id } }, body }));
      await onChanged();
      tell(t.common.saved);
    });
  return (
    <Card withBorder padding="sm" component="article" aria-label={t.discussion.by(when(of.createdOn))}>
      <Group justify="space-between" mb="xs">
        <Text size="sm" c="dimmed">
          <Person id={of.createdBy} /> · {when(of.createdOn)}
          {of.isEdited ? ` · ${t.discussion.edited}` : ""}
        </Text>
        <Group gap="xs">
          {mayEdit && shown !== undefined && text === null && (
            <Button size="compact-xs" variant="default" onClick={() => setText(shown)}>
              {t.common.edit}
            </Button>
          )}
          {mayRemove && (
            <Button
              size="compact-xs"
              variant="default"
              onClick={() =>
                doing.run(async () => {
                  await take(api.DELETE("/repo/v1/reply/{replyId}", { params: { path: { replyId: of.id } } }));
                  await onChanged();
                })
              }
            >
              {t.common.remove}
            </Button>
          )}
        </Group>
      </Group>
      <Wrong error={message.error ?? doing.error} />
      {message.isPending && <Wait />}
      {text === null && message.data && <div className="page-text" dangerouslySetInnerHTML={{ __html: message.data.html }} />}
      {text !== null && (
        <Stack gap="xs">
          <Textarea aria-label={t.discussion.message} value={text} autosize minRows={3} onChange={(event) => setText(event.currentTarget.value)} />
          <Group gap="xs">
            <Button size="xs" loading={doing.busy} onClick={() => void save()}>
              {t.common.save}
            </Button>
            <Button size="xs" variant="default" onClick={() => setText(null)}>
              {t.common.cancel}
            </Button>
          </Group>
        </Stack>
      )}
    </Card>
  );
}
