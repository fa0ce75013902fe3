// A new requirement on an entity, and changes of one, by the compliance team.
import { Checkbox, NativeSelect, NumberInput, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas, take, takeOrNull } from "../api/client";
import { FormDialog, tell, Wait, Wrong } from "../shell/common";
import { t } from "../texts";
import { DAY, isSelfService, type Kind, kindOf, type Managed, type Requirement } from "./requirements";

type Page = Schemas["WikiPage"];

const KINDS: Kind[] = ["SelfSignAccessRequirement", "TermsOfUseAccessRequirement", "ManagedACTAccessRequirement", "ACTAccessRequirement"];
const FLAGS = ["isCertifiedUserRequired", "isValidatedProfileRequired", "isTwoFaRequired", "isIDURequired", "isDUCRequired", "isIRBApprovalRequired", "areOtherAttachmentsRequired"] as const;
type Flag = (typeof FLAGS)[number];

/** What can be wanted by each kind of requirement. */
function flagsOf(kind: Kind): readonly Flag[] {
  if (kind === "ManagedACTAccessRequirement") return FLAGS;
  return kind === "SelfSignAccessRequirement" ? FLAGS.slice(0, 2) : [];
}

interface Draft {
  kind: Kind;
  name: string;
  text: string;
  contact: string;
  days: number;
  wanted: Flag[];
}

/** What a draft says of a requirement; its text is a page of its own, but for terms of use. */
function fieldsOf({ kind, name, text, contact, days, wanted }: Draft) {
  return {
    name: name.trim(),
    ...(kind === "TermsOfUseAccessRequirement" ? { termsOfUse: text } : {}),
    ...(isSelfService(kind) ? {} : { actContactInfo: contact }),
    ...(kind === "ManagedACTAccessRequirement" ? { expirationPeriod: days * DAY } : {}),
    ...Object.fromEntries(flagsOf(kind).map((flag) => [flag, wanted.includes(flag)])),
  };
}

async function storeText(ownerId: string, page: Page | null, { name, text }: Draft): Promise<void> {
  const title = name.trim();
  if (page) {
    if (text === page.markdown) return;
    await take(api.PUT("/repo/v1/access_requirement/{ownerId}/wiki/{wikiId}", { params: { path: { ownerId, wikiId: page.id ?? "" } }, body: { ...page, title, markdown: text } }));
  } else if (text.trim()) {
    await take(api.POST("/repo/v1/access_requirement/{ownerId}/wiki", { params: { path: { ownerId } }, body: { title, markdown: text } }));
  }
}

async function make(entity: string, draft: Draft): Promise<void> {
  const { kind } = draft;
  const body = { concreteType: `org.sagebionetworks.repo.model.${kind}`, accessType: "DOWNLOAD", subjectIds: [{ id: entity, type: "ENTITY" }], ...fieldsOf(draft) } as Requirement;
  const made = await take(api.POST("/repo/v1/accessRequirement", { body }));
  if (kind !== "TermsOfUseAccessRequirement") await storeText(String(made.id), null, draft);
}

async function change(requirement: Requirement, page: Page | null, draft: Draft): Promise<void> {
  const requirementId = String(requirement.id);
  const body = { ...requirement, ...fieldsOf(draft) } as Requirement;
  await take(api.PUT("/repo/v1/accessRequirement/{requirementId}", { params: { path: { requirementId } }, body }));
  if (draft.kind !== "TermsOfUseAccessRequirement") await storeText(requirementId, page, draft);
}

export function MakeRequirement({ entity, name, onClose }: { entity: string; name: string; onClose: () => void }) {
  const start: Draft = { kind: "SelfSignAccessRequirement", name: "", text: "", contact: "", days: 365, wanted: [] };
  return <Form title={t.governance.makeOn(name)} verb={t.common.create} start={start} isNew onDo={(draft) => make(entity, draft)} onClose={onClose} />;
}

/** Change a requirement: who meets it now goes on to meet it. */
export function ChangeRequirement({ requirement, onClose }: { requirement: Requirement; onClose: () => void }) {
  const ownerId = String(requirement.id);
  const page = useQuery({
    queryKey: ["requirement", ownerId, "page"],
    queryFn: async () => {
      const root = await takeOrNull(api.GET("/repo/v1/access_requirement/{ownerId}/wikikey", { params: { path: { ownerId } } }));
      return root?.wikiPageId ? take(api.GET("/repo/v1/access_requirement/{ownerId}/wiki/{wikiId}", { params: { path: { ownerId, wikiId: root.wikiPageId } } })) : null;
    },
  });
  if (page.error) return <Wrong error={page.error} />;
  if (page.data === undefined) return <Wait />;
  const kind = kindOf(requirement.concreteType);
  const known = requirement as Partial<Omit<Managed, "concreteType"> & Pick<Schemas["TermsOfUseAccessRequirement"], "termsOfUse">>;
  const start: Draft = {
    kind,
    name: requirement.name ?? "",
    text: (kind === "TermsOfUseAccessRequirement" ? known.termsOfUse : page.data?.markdown) ?? "",
    contact: known.actContactInfo ?? "",
    days: Math.round((known.expirationPeriod ?? 0) / DAY),
    wanted: FLAGS.filter((flag) => known[flag]),
  };
  return <Form title={t.governance.change} verb={t.common.save} start={start} onDo={(draft) => change(requirement, page.data, draft)} onClose={onClose} />;
}

function Form({ title, verb, start, isNew = false, onDo, onClose }: { title: string; verb: string; start: Draft; isNew?: boolean; onDo: (draft: Draft) => Promise<void>; onClose: () => void }) {
  const [draft, setDraft] = useState(start);
  const set = (fields: Partial<Draft>) => setDraft((now) => ({ ...now, ...fields }));
  const queries = useQueryClient();
  const flags = flagsOf(draft.kind);
  return (
    <FormDialog
      title={title}
      verb={verb}
      onClose={onClose}
      onDo={async () => {
        await onDo(draft);
        tell(t.common.saved);
        await Promise.all(["bundle", "requirement", "requirements"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
      }}
    >
      {isNew && <Text size="sm">{t.governance.makeText}</Text>}
      <TextInput label={t.common.name} value={draft.name} required maxLength={50} data-autofocus onChange={(event) => set({ name: event.currentTarget.value })} />
      {isNew && <NativeSelect label={t.governance.kind} value={draft.kind} data={KINDS.map((value) => ({ value, label: t.governance.kinds[value] }))} onChange={(event) => set({ kind: event.currentTarget.value as Kind })} />}
      <Textarea label={t.governance.text} description={draft.kind === "TermsOfUseAccessRequirement" ? undefined : t.governance.textHint} autosize minRows={4} maxRows={16} required={isSelfService(draft.kind)} value={draft.text} onChange={(event) => set({ text: event.currentTarget.value })} />
      {!isSelfService(draft.kind) && <TextInput label={t.governance.contact} value={draft.contact} onChange={(event) => set({ contact: event.currentTarget.value })} />}
      {flags.length > 0 && (
        <Checkbox.Group label={t.governance.wanted} value={draft.wanted} onChange={(wanted) => set({ wanted: wanted as Flag[] })}>
          <Stack gap={6} mt="xs">
            {flags.map((flag) => (
              <Checkbox key={flag} value={flag} label={t.governance.wants[flag]} />
            ))}
          </Stack>
        </Checkbox.Group>
      )}
      {draft.kind === "ManagedACTAccessRequirement" && <NumberInput label={t.governance.days} description={t.governance.daysHint} min={0} max={36_500} value={draft.days} onChange={(days) => set({ days: Number(days) || 0 })} />}
    </FormDialog>
  );
}
