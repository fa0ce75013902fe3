// A request for access: who wants it, what for, and the papers that are asked for.
import { Button, FileButton, Group, Pill, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { FindPrincipal } from "../access/Sharing";
import { api, type Schemas, take } from "../api/client";
import { uploadHandle } from "../files/upload";
import { FormDialog, tell, useDo, Wait, Wrong } from "../shell/common";
import { t } from "../texts";
import { useMe } from "../users/me";
import { type Subject, useStandingChanged } from "./Conditions";
import type { Managed } from "./requirements";

type Project = Schemas["ResearchProject"];
type Papers = Pick<Schemas["Request"], "ducFileHandleId" | "irbFileHandleId" | "attachments">;
type Colleague = Pick<Schemas["UserGroupHeader"], "ownerId" | "userName">;

interface Props {
  requirement: Managed;
  subject: Subject;
  onClose: () => void;
}

/** What the user has written under a requirement before, to go on with. */
function useBefore(requirementId: string) {
  return useQuery({
    queryKey: ["requirement", requirementId, "request"],
    gcTime: 0,
    staleTime: Infinity,
    queryFn: async () => {
      const params = { params: { path: { requirementId } } };
      const [project, request] = await Promise.all([take(api.GET("/repo/v1/accessRequirement/{requirementId}/researchProjectForUpdate", params)), take(api.GET("/repo/v1/accessRequirement/{requirementId}/dataAccessRequestForUpdate", params))]);
      return { project, request };
    },
  });
}

export function RequestAccess(props: Props) {
  const before = useBefore(String(props.requirement.id));
  if (before.error) return <Wrong error={before.error} />;
  return before.data ? <Form {...props} before={before.data} /> : <Wait />;
}

function Form({ requirement, subject, before, onClose }: Props & { before: { project: Project; request: Schemas["Request"] | Schemas["Renewal"] } }) {
  const me = useMe();
  const changed = useStandingChanged();
  const [project, setProject] = useState(before.project);
  const [papers, setPapers] = useState<Papers>({ ducFileHandleId: before.request.ducFileHandleId, irbFileHandleId: before.request.irbFileHandleId, attachments: before.request.attachments });
  const [colleagues, setColleagues] = useState<Colleague[]>([]);
  const set = (fields: Partial<Project>) => setProject((now) => ({ ...now, ...fields }));
  const isRenewal = before.request.concreteType.endsWith(".Renewal");
  const handIn = async () => {
    const kept = await take(api.POST("/repo/v1/researchProject", { body: project }));
    const type = isRenewal ? ("RENEW_ACCESS" as const) : ("GAIN_ACCESS" as const);
    const accessorChanges = [{ userId: me?.ownerId, type }, ...colleagues.map((each) => ({ userId: each.ownerId, type: "GAIN_ACCESS" as const }))];
    const request = await take(api.POST("/repo/v1/dataAccessRequest", { body: { ...before.request, ...papers, researchProjectId: kept.id, accessorChanges } }));
    const body = { requestId: request.id, requestEtag: request.etag, subjectId: subject.id, subjectType: subject.type };
    await take(api.POST("/repo/v1/dataAccessRequest/{requestId}/submission", { params: { path: { requestId: request.id ?? "" } }, body }));
    tell(t.governance.handedIn);
    await changed(String(requirement.id));
  };
  return (
    <FormDialog title={t.governance.request} verb={t.governance.handIn} onClose={onClose} onDo={handIn}>
      <TextInput label={t.governance.institution} value={project.institution ?? ""} required data-autofocus onChange={(event) => set({ institution: event.currentTarget.value })} />
      <TextInput label={t.governance.lead} value={project.projectLead ?? ""} required onChange={(event) => set({ projectLead: event.currentTarget.value })} />
      <Textarea label={t.governance.purpose} description={requirement.isIDUPublic ? t.governance.purposePublic : undefined} autosize minRows={3} required={requirement.isIDURequired ?? false} value={project.intendedDataUseStatement ?? ""} onChange={(event) => set({ intendedDataUseStatement: event.currentTarget.value })} />
      <Stack gap="xs">
        <FindPrincipal label={t.governance.colleagues} typeFilter="USERS_ONLY" onFound={(found) => setColleagues((now) => (now.some((each) => each.ownerId === found.ownerId) ? now : [...now, found]))} />
        <Pill.Group>
          {colleagues.map((each) => (
            <Pill key={each.ownerId} withRemoveButton removeButtonProps={{ "aria-label": t.access.removeOf(each.userName ?? each.ownerId), "aria-hidden": false, tabIndex: 0 }} onRemove={() => setColleagues((now) => now.filter((other) => other !== each))}>
              {each.userName}
            </Pill>
          ))}
        </Pill.Group>
      </Stack>
      {requirement.isDUCRequired && (
        <Paper label={t.governance.duc} count={papers.ducFileHandleId ? 1 : 0} onFile={(ducFileHandleId) => setPapers((now) => ({ ...now, ducFileHandleId }))}>
          {requirement.ducTemplateFileHandleId && <Template requirement={String(requirement.id)} handle={requirement.ducTemplateFileHandleId} />}
        </Paper>
      )}
      {requirement.isIRBApprovalRequired && <Paper label={t.governance.irb} count={papers.irbFileHandleId ? 1 : 0} onFile={(irbFileHandleId) => setPapers((now) => ({ ...now, irbFileHandleId }))} />}
      {requirement.areOtherAttachmentsRequired && <Paper label={t.governance.other} count={papers.attachments?.length ?? 0} onFile={(handle) => setPapers((now) => ({ ...now, attachments: [...(now.attachments ?? []), handle] }))} />}
    </FormDialog>
  );
}

function Paper({ label, count, onFile, children }: { label: string; count: number; onFile: (handle: string) => void; children?: React.ReactNode }) {
  const doing = useDo();
  const hand = (file: File | null) =>
    file &&
    void doing.run(async () => {
      const handle = await uploadHandle(file);
      if (handle) onFile(handle);
    });
  return (
    <div>
      <Text size="sm" fw={500}>
        {label}
      </Text>
      <Group gap="sm">
        <FileButton onChange={hand} inputProps={{ "aria-label": label, tabIndex: -1 }}>
          {(props) => (
            <Button size="xs" variant="default" loading={doing.busy} {...props}>
              {t.governance.choose}
            </Button>
          )}
        </FileButton>
        {children}
        <Text size="sm" role="status">
          {t.governance.papers(count)}
        </Text>
      </Group>
      <Wrong error={doing.error} />
    </div>
  );
}

/** The form that is to be filled in and signed. */
function Template({ requirement, handle }: { requirement: string; handle: string }) {
  const doing = useDo();
  return (
    <Button
      size="xs"
      variant="subtle"
      loading={doing.busy}
      onClick={() =>
        doing.run(async () => {
          const query = { fileAssociateType: "AccessRequirementAttachment" as const, fileAssociateId: requirement, redirect: false };
          window.location.assign(await take(api.GET("/file/v1/file/{id}", { params: { path: { id: handle }, query }, parseAs: "text" })));
        })
      }
    >
      {t.governance.template}
    </Button>
  );
}
