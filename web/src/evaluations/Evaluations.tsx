// The evaluation queues of a project, and the submissions of one with their statuses.
import { Badge, Button, Card, Group, NativeSelect, Stack, Table, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas, take } from "../api/client";
import { useToken } from "../api/session";
import { Empty, FormDialog, More, tell, useDo, usePageTitle, Wait, when, Wrong } from "../shell/common";
import { go, To } from "../shell/router";
import { t } from "../texts";
import { Person } from "../users/me";

type Evaluation = Schemas["Evaluation"];
type State = NonNullable<Schemas["synapse_wire.submissions.SubmissionStatus"]["status"]>;

const PAGE = 20;
const STATES: State[] = ["RECEIVED", "EVALUATION_IN_PROGRESS", "VALIDATED", "INVALID", "SCORED", "ACCEPTED", "REJECTED", "OPEN", "CLOSED"];
const CHOICES = STATES.map((value) => ({ value, label: t.queues.states[value] }));

export function Evaluations({ projectId, queueId, mayAdd }: { projectId: string; queueId: string | undefined; mayAdd: boolean }) {
  const to = `/Synapse:${projectId}/challenge`;
  return queueId ? <Queue id={queueId} back={to} /> : <Queues projectId={projectId} to={to} mayAdd={mayAdd} />;
}

function Queues({ projectId, to, mayAdd }: { projectId: string; to: string; mayAdd: boolean }) {
  const [making, setMaking] = useState(false);
  const queues = useQuery({ queryKey: ["queues", projectId], queryFn: () => take(api.GET("/repo/v1/entity/{id}/evaluation", { params: { path: { id: projectId }, query: { limit: 100, offset: 0 } } })) });
  const rows = queues.data?.results ?? [];
  const button = mayAdd && <Button onClick={() => setMaking(true)}>{t.queues.create}</Button>;
  return (
    <Stack maw={rows.length ? 900 : undefined}>
      <Wrong error={queues.error} />
      {queues.isPending && <Wait />}
      {queues.isSuccess && rows.length === 0 && (
        <Empty title={t.queues.none}>
          <Stack align="center">
            <Text ta="center">{t.queues.noneText}</Text>
            {button}
          </Stack>
        </Empty>
      )}
      {rows.length > 0 && <Group>{button}</Group>}
      {rows.map((each) => (
        <Card key={each.id} withBorder padding="sm">
          <To to={`${to}/${each.id}`} fw={600}>
            {each.name}
          </To>
          <Text size="sm">{each.description}</Text>
          <Text size="sm" c="dimmed">
            {t.queues.id(each.id ?? "")} · {when(each.createdOn)}
          </Text>
        </Card>
      ))}
      {making && <Make projectId={projectId} to={to} onClose={() => setMaking(false)} />}
    </Stack>
  );
}

function Make({ projectId, to, onClose }: { projectId: string; to: string; onClose: () => void }) {
  const [body, setBody] = useState<Evaluation>({ contentSource: projectId, name: "", description: "", submissionInstructionsMessage: "", submissionReceiptMessage: "" });
  const queries = useQueryClient();
  return (
    <FormDialog
      title={t.queues.create}
      verb={t.common.create}
      onClose={onClose}
      onDo={async () => {
        const made = await take(api.POST("/repo/v1/evaluation", { body }));
        await queries.invalidateQueries({ queryKey: ["queues"] });
        go(`${to}/${made.id}`);
      }}
    >
      <TextInput label={t.common.name} value={body.name ?? ""} required data-autofocus onChange={(event) => setBody({ ...body, name: event.currentTarget.value })} />
      <Textarea label={t.teams.description} value={body.description ?? ""} onChange={(event) => setBody({ ...body, description: event.currentTarget.value })} />
      <Textarea label={t.queues.instructions} value={body.submissionInstructionsMessage ?? ""} onChange={(event) => setBody({ ...body, submissionInstructionsMessage: event.currentTarget.value })} />
      <Textarea label={t.queues.receipt} value={body.submissionReceiptMessage ?? ""} onChange={(event) => setBody({ ...body, submissionReceiptMessage: event.currentTarget.value })} />
    </FormDialog>
  );
}

function Queue({ id, back }: { id: string; back: string }) {
  const token = useToken();
  const path = { evalId: id };
  const queue = useQuery({ queryKey: ["queue", id], queryFn: () => take(api.GET("/repo/v1/evaluation/{evalId}", { params: { path } })) });
  const may = useQuery({ queryKey: ["queue", id, "permissions"], queryFn: () => take(api.GET("/repo/v1/evaluation/{evalId}/permissions", { params: { path } })) });
  const [filter, setFilter] = useState("");
  const [submitting, setSubmitting] = useState(false);
  const readsAll = may.data?.canViewPrivateSubmissionStatusAnnotations ?? false;
  const bundles = useInfiniteQuery({
    queryKey: ["submissions", id, readsAll, filter],
    enabled: may.isSuccess && token !== null,
    initialPageParam: 0,
    queryFn: ({ pageParam }) => {
      const page = { limit: PAGE, offset: pageParam };
      return take(
        readsAll
          ? api.GET("/repo/v1/evaluation/{evalId}/submission/bundle/all", { params: { path, query: { ...page, ...(filter ? { status: filter as State } : {}) } } })
          : api.GET("/repo/v1/evaluation/{evalId}/submission/bundle", { params: { path, query: page } }),
      );
    },
    getNextPageParam: (last, all) => (last.results.length === PAGE ? all.length * PAGE : undefined),
  });
  usePageTitle(queue.data?.name ?? undefined);
  if (queue.error) return <Wrong error={queue.error} />;
  if (!queue.data) return <Wait />;
  const rows = bundles.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <Stack>
      <To to={back}>{t.queues.back}</To>
      <Group justify="space-between" align="flex-start">
        <Title order={2} size="h3">
          {queue.data.name}
        </Title>
        {may.data?.canSubmit && <Button onClick={() => setSubmitting(true)}>{t.queues.submit}</Button>}
      </Group>
      {queue.data.description && <Text>{queue.data.description}</Text>}
      {queue.data.submissionInstructionsMessage && (
        <Text>
          <strong>{t.queues.instructions}:</strong> {queue.data.submissionInstructionsMessage}
        </Text>
      )}
      <Group justify="space-between" align="flex-end">
        <Title order={3} size="h4">
          {readsAll ? t.queues.all : t.queues.mine}
        </Title>
        {readsAll && <NativeSelect label={t.queues.state} value={filter} data={[{ value: "", label: t.queues.anyState }, ...CHOICES]} onChange={(event) => setFilter(event.currentTarget.value)} />}
      </Group>
      <Wrong error={bundles.error ?? may.error} />
      {bundles.isSuccess && rows.length === 0 && <Text c="dimmed">{t.queues.empty}</Text>}
      {rows.length > 0 && (
        <Table.ScrollContainer minWidth={640} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                {[t.queues.submission, t.queues.what, t.queues.who, t.queues.date, t.queues.state, t.queues.notes].map((head) => (
                  <Table.Th key={head}>{head}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((each) => (
                <Row key={each.submission?.id} bundle={each} mayScore={may.data?.canEditSubmissionStatuses ?? false} queueId={id} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <More list={bundles} />
      {submitting && <Submit queue={queue.data} onClose={() => setSubmitting(false)} />}
    </Stack>
  );
}

/** The annotations of a status, in both of their forms. */
function notes(status: Schemas["synapse_wire.submissions.SubmissionStatus"] | null | undefined): string {
  const found = Object.entries(status?.submissionAnnotations?.annotations ?? {}).map(([key, value]) => `${key}: ${(value.value ?? []).join(", ")}`);
  return found.join("; ");
}

function Row({ bundle, mayScore, queueId }: { bundle: Schemas["SubmissionBundle"]; mayScore: boolean; queueId: string }) {
  const { submission, submissionStatus: status } = bundle;
  const queries = useQueryClient();
  const doing = useDo();
  const what = `${submission?.entityId ?? ""}${submission?.versionNumber ? `.${submission.versionNumber}` : ""}`;
  return (
    <Table.Tr>
      <Table.Td>{submission?.id}</Table.Td>
      <Table.Td>
        <To to={`/Synapse:${what}`}>{submission?.name || what}</To>
      </Table.Td>
      <Table.Td>
        <Person id={submission?.teamId ?? submission?.userId} />
      </Table.Td>
      <Table.Td>{when(submission?.createdOn)}</Table.Td>
      <Table.Td>
        {mayScore && status ? (
          <NativeSelect
            size="xs"
            aria-label={t.queues.stateOf(submission?.id ?? "")}
            value={status.status ?? ""}
            disabled={doing.busy}
            data={CHOICES}
            onChange={(event) => {
              const next = event.currentTarget.value as State;
              void doing.run(async () => {
                await take(api.PUT("/repo/v1/evaluation/submission/{subId}/status", { params: { path: { subId: status.id ?? "" } }, body: { ...status, status: next } }));
                await queries.invalidateQueries({ queryKey: ["submissions", queueId] });
              });
            }}
          />
        ) : (
          <Badge variant="outline" color="gray" className="plain-badge" tt="none">
            {status?.status && t.queues.states[status.status]}
          </Badge>
        )}
        <Wrong error={doing.error} />
      </Table.Td>
      <Table.Td style={{ overflowWrap: "anywhere" }}>{notes(status)}</Table.Td>
    </Table.Tr>
  );
}

function Submit({ queue, onClose }: { queue: Evaluation; onClose: () => void }) {
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const queries = useQueryClient();
  return (
    <FormDialog
      title={t.queues.submit}
      verb={t.queues.submit}
      onClose={onClose}
      onDo={async () => {
        const [, entityId = "", version] = /^(syn\d+)(?:\.(\d+))?$/i.exec(id.trim()) ?? [];
        if (!entityId) throw new Error(t.queues.noId);
        const entity = await take(version ? api.GET("/repo/v1/entity/{id}/version/{versionNumber}", { params: { path: { id: entityId, versionNumber: Number(version) } } }) : api.GET("/repo/v1/entity/{id}", { params: { path: { id: entityId } } }));
        const versionNumber = "versionNumber" in entity ? (entity.versionNumber ?? 1) : 1;
        const body = { evaluationId: queue.id, entityId, versionNumber, ...(name ? { name } : {}) };
        await take(api.POST("/repo/v1/evaluation/submission", { params: { query: { etag: entity.etag ?? "" } }, body }));
        await queries.invalidateQueries({ queryKey: ["submissions", queue.id] });
        tell(queue.submissionReceiptMessage || t.queues.submitted);
        onClose();
      }}
    >
      <TextInput label={t.queues.entity} placeholder="syn123" value={id} required data-autofocus onChange={(event) => setId(event.currentTarget.value)} />
      <TextInput label={t.queues.name} value={name} onChange={(event) => setName(event.currentTarget.value)} />
    </FormDialog>
  );
}
