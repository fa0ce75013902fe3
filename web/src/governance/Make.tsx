// A new requirement on an entity, by the compliance team.
import { Checkbox, NativeSelect, NumberInput, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, take } from "../api/client";
import { FormDialog, tell } from "../shell/common";
import { t } from "../texts";
import { DAY, isSelfService, type Kind, type Requirement } from "./requirements";

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

/** Store a requirement on an entity; what it says is a page of its own, but for terms of use. */
async function store(entity: string, { kind, name, text, contact, days, wanted }: Draft): Promise<void> {
  const body = {
    concreteType: `org.sagebionetworks.repo.model.${kind}`,
    name: name.trim(),
    accessType: "DOWNLOAD",
    subjectIds: [{ id: entity, type: "ENTITY" }],
    ...(kind === "TermsOfUseAccessRequirement" ? { termsOfUse: text } : {}),
    ...(isSelfService(kind) ? {} : { actContactInfo: contact }),
    ...(kind === "ManagedACTAccessRequirement" ? { expirationPeriod: days * DAY } : {}),
    ...Object.fromEntries(flagsOf(kind).map((flag) => [flag, wanted.includes(flag)])),
  } as Requirement;
  const made = await take(api.POST("/repo/v1/accessRequirement", { body }));
  if (text.trim() && kind !== "TermsOfUseAccessRequirement") {
    await take(api.POST("/repo/v1/access_requirement/{ownerId}/wiki", { params: { path: { ownerId: String(made.id) } }, body: { title: name.trim(), markdown: text } }));
  }
}

export function MakeRequirement({ entity, name: called, onClose }: { entity: string; name: string; onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>({ kind: "SelfSignAccessRequirement", name: "", text: "", contact: "", days: 365, wanted: [] });
  const set = (fields: Partial<Draft>) => setDraft((now) => ({ ...now, ...fields }));
  const queries = useQueryClient();
  const flags = flagsOf(draft.kind);
  return (
    <FormDialog
      title={t.governance.makeOn(called)}
      verb={t.common.create}
      onClose={onClose}
      onDo={async () => {
        await store(entity, draft);
        tell(t.common.saved);
        await Promise.all([queries.invalidateQueries({ queryKey: ["bundle"] }), queries.invalidateQueries({ queryKey: ["requirements"] })]);
      }}
    >
      <Text size="sm">{t.governance.makeText}</Text>
      <TextInput label={t.common.name} value={draft.name} required maxLength={50} data-autofocus onChange={(event) => set({ name: event.currentTarget.value })} />
      <NativeSelect label={t.governance.kind} value={draft.kind} data={KINDS.map((value) => ({ value, label: t.governance.kinds[value] }))} onChange={(event) => set({ kind: event.currentTarget.value as Kind })} />
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
