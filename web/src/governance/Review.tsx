// Submissions that wait for a decision, and the decision.
import { Badge, Button, Card, Group, Stack, Text, Textarea } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas, take } from "../api/client";
import { Named } from "../entities/Named";
import { FormDialog, More, useDo, Wait, when, Wrong } from "../shell/common";
import { To } from "../shell/router";
import { t } from "../texts";
import { Person } from "../users/me";
import { useStandingChanged } from "./Conditions";

type Found = Schemas["SubmissionSearchResult"];

/** The submissions that the user may review: those of one requirement, or all that wait. */
export function Submissions({ requirement }: { requirement?: string }) {
  const list = useInfiniteQuery({
    queryKey: ["access submissions", requirement],
    staleTime: 0, // reviewers look whether something new has come
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      take(api.POST("/repo/v1/dataAccessSubmission/search", { body: { ...(requirement ? { accessRequirementId: requirement } : { submissionState: "SUBMITTED" }), sort: [{ field: "CREATED_ON", direction: "DESC" }], nextPageToken: pageParam } })),
    getNextPageParam: (last) => last.nextPageToken ?? undefined,
  });
  const rows = list.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <Stack gap="sm">
      <Wrong error={list.error} retry={() => void list.refetch()} />
      {list.isPending && <Wait />}
      {list.isSuccess && rows.length === 0 && <Text c="dimmed">{t.governance.noSubmissions}</Text>}
      {rows.map((each) => (
        <Submission key={each.id} found={each} named={requirement === undefined} />
      ))}
      <More list={list} />
    </Stack>
  );
}

function Submission({ found, named }: { found: Found; named: boolean }) {
  const [rejecting, setRejecting] = useState(false);
  const doing = useDo();
  const changed = useStandingChanged();
  const decide = async (newState: "APPROVED" | "REJECTED", rejectedReason?: string) => {
    await take(api.PUT("/repo/v1/dataAccessSubmission/{submissionId}", { params: { path: { submissionId: found.id } }, body: { submissionId: found.id, newState, rejectedReason } }));
    await changed(found.accessRequirementId);
  };
  return (
    <Card withBorder padding="md" component="article" aria-label={t.governance.submission(found.id)}>
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Text fw={600}>
            {named ? <To to={`/AccessRequirement:${found.accessRequirementId}`}>{found.accessRequirementName}</To> : t.governance.submission(found.id)}
          </Text>
          <Badge variant="outline" color="gray" tt="none" className="plain-badge">
            {t.governance.states[found.state]}
          </Badge>
        </Group>
        <Text size="sm" c="dimmed">
          <Person id={found.submitterId} /> · {when(found.createdOn)}
        </Text>
        <Details id={found.id} />
        <Wrong error={doing.error} />
        {found.state === "SUBMITTED" && (
          <Group gap="xs">
            <Button size="xs" loading={doing.busy} onClick={() => doing.run(() => decide("APPROVED"))}>
              {t.governance.approve}
            </Button>
            <Button size="xs" variant="default" onClick={() => setRejecting(true)}>
              {t.governance.reject}
            </Button>
          </Group>
        )}
      </Stack>
      {rejecting && <Reject onReject={(reason) => decide("REJECTED", reason)} onClose={() => setRejecting(false)} />}
    </Card>
  );
}

/** What was handed in. */
function Details({ id }: { id: string }) {
  const submission = useQuery({ queryKey: ["access submissions", "one", id], queryFn: () => take(api.GET("/repo/v1/dataAccessSubmission/{submissionId}", { params: { path: { submissionId: id } } })) });
  const doing = useDo();
  if (submission.error) return <Wrong error={submission.error} />;
  if (!submission.data) return <Wait />;
  const { researchProjectSnapshot: project, accessorChanges, ducFileHandleId, irbFileHandleId, attachments, rejectedReason, subjectId } = submission.data;
  const papers = [[t.governance.duc, ducFileHandleId] as const, [t.governance.irb, irbFileHandleId] as const, ...(attachments ?? []).map((each) => [t.governance.other, each] as const)];
  return (
    <>
      <Text size="sm">{[project.projectLead, project.institution].filter(Boolean).join(", ")}</Text>
      {project.intendedDataUseStatement && <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{project.intendedDataUseStatement}</Text>}
      <Group gap="xs">
        {accessorChanges.map((each) => (
          <Text key={each.userId} size="sm">
            {t.governance.changes[each.type ?? "GAIN_ACCESS"]} <Person id={each.userId} />
          </Text>
        ))}
      </Group>
      {subjectId && (
        <Group gap="xs">
          <Text size="sm">{t.governance.for}</Text>
          <Named id={subjectId} />
        </Group>
      )}
      <Group gap="xs">
        {papers.map(
          ([label, handle]) =>
            handle && (
              <Button
                key={handle}
                size="compact-sm"
                variant="default"
                onClick={() =>
                  doing.run(async () => {
                    const query = { fileAssociateType: "DataAccessSubmissionAttachment" as const, fileAssociateId: id, redirect: false };
                    window.location.assign(await take(api.GET("/file/v1/file/{id}", { params: { path: { id: handle }, query }, parseAs: "text" })));
                  })
                }
              >
                {label}
              </Button>
            ),
        )}
      </Group>
      {rejectedReason && <Text size="sm">{`${t.governance.rejected} ${rejectedReason}`}</Text>}
      <Wrong error={doing.error} />
    </>
  );
}

function Reject({ onReject, onClose }: { onReject: (reason: string) => Promise<void>; onClose: () => void }) {
  const [reason, setReason] = useState("");
  return (
    <FormDialog title={t.governance.reject} verb={t.governance.reject} color="red" onClose={onClose} onDo={() => onReject(reason)}>
      <Textarea label={t.governance.why} value={reason} required data-autofocus autosize minRows={2} onChange={(event) => setReason(event.currentTarget.value)} />
    </FormDialog>
  );
}
