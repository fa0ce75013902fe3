// What must be done before something can be downloaded, and the way to do it.
import { Alert, Badge, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { api, type Schemas, take } from "../api/client";
import { useToken } from "../api/session";
import { useDo, Wait, when, Wrong } from "../shell/common";
import { To } from "../shell/router";
import { t } from "../texts";
import { PageHtml } from "../wiki/Page";
import { kindOf, type Managed, type Requirement, useExplanation, useRequirement, useStatus, wantsOf } from "./requirements";

const RequestAccess = lazy(async () => ({ default: (await import("./RequestAccess")).RequestAccess }));

/** Where a user came from: what they want to reach. */
export type Subject = Schemas["RestrictableObjectDescriptor"];

/** All conditions on an entity: open when one of them is not met. */
export function Conditions({ id, information }: { id: string; information: Schemas["RestrictionInformation"] }) {
  const details = information.restrictionDetails ?? [];
  const unmet = details.filter((each) => !each.isMet).length;
  const list = (
    <Stack gap="sm" mt="sm">
      {details.map((each) => (
        <Known key={each.accessRequirementId} id={String(each.accessRequirementId)} subject={{ id, type: "ENTITY" }} isMet={each.isMet} isExempt={each.isExempt && !each.isApproved} />
      ))}
    </Stack>
  );
  if (!unmet) {
    return (
      <details>
        <summary>{t.governance.allMet(details.length)}</summary>
        {list}
      </details>
    );
  }
  return (
    <section aria-labelledby="conditions">
      <Title order={2} size="h4" mb="xs" id="conditions">
        {t.governance.title}
      </Title>
      <Text>{t.governance.unmet(unmet)}</Text>
      {list}
    </section>
  );
}

function Known({ id, ...rest }: { id: string; subject: Subject; isMet: boolean; isExempt: boolean }) {
  const requirement = useRequirement(id);
  if (requirement.error) return <Wrong error={requirement.error} />;
  return requirement.data ? <Condition requirement={requirement.data} {...rest} /> : <Wait />;
}

/** One condition: what it says, whether the user meets it, and what they can do. */
export function Condition({ requirement, subject, isMet, isExempt = false, isNamed = true }: { requirement: Requirement; subject: Subject; isMet: boolean; isExempt?: boolean; isNamed?: boolean }) {
  const id = String(requirement.id);
  const kind = kindOf(requirement.concreteType);
  const explanation = useExplanation(id);
  const wants = wantsOf(requirement);
  return (
    <Card withBorder padding="md" component="article" aria-label={requirement.name ?? id}>
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          {isNamed ? (
            <To to={`/AccessRequirement:${id}`} fw={600} style={{ overflowWrap: "anywhere" }}>
              {requirement.name}
            </To>
          ) : (
            <Text fw={600}>{t.governance.kinds[kind]}</Text>
          )}
          <Badge variant="outline" color={isMet ? "teal" : "gray"} tt="none" className="plain-badge">
            {isExempt ? t.governance.exempt : isMet ? t.governance.met : t.governance.notMet}
          </Badge>
        </Group>
        {isNamed && (
          <Text size="sm" c="dimmed">
            {t.governance.kinds[kind]}
          </Text>
        )}
        {explanation.data && (
          <div className="page-text">
            <PageHtml text={explanation.data} />
          </div>
        )}
        {"termsOfUse" in requirement && requirement.termsOfUse && <Said>{requirement.termsOfUse}</Said>}
        {"actContactInfo" in requirement && requirement.actContactInfo && (
          <Said>
            {t.governance.contactTo} {requirement.actContactInfo}
          </Said>
        )}
        {wants.length > 0 && (
          <ul className="wants">
            {wants.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        )}
        <Way requirement={requirement} subject={subject} isMet={isMet} />
      </Stack>
    </Card>
  );
}

function Said({ children }: { children: ReactNode }) {
  return <Text style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{children}</Text>;
}

/** What the user can do about a condition. */
function Way({ requirement, subject, isMet }: { requirement: Requirement; subject: Subject; isMet: boolean }) {
  const token = useToken();
  if (!token) return <To to={`/Login?to=${encodeURIComponent(location.pathname)}`}>{t.governance.signIn}</To>;
  if (requirement.concreteType.endsWith(".ManagedACTAccessRequirement")) return <Request requirement={requirement as Managed} subject={subject} isMet={isMet} />;
  if (isMet) return null;
  switch (kindOf(requirement.concreteType)) {
    case "ACTAccessRequirement":
      return <Text size="sm">{t.governance.byMail}</Text>;
    case "LockAccessRequirement":
      return <Text size="sm">{t.governance.locked}</Text>;
    default:
      return <Agree requirement={requirement} />;
  }
}

/** Ask again for all that a changed standing opens or closes. */
export function useStandingChanged() {
  const queries = useQueryClient();
  return (id: string) => Promise.all([queries.invalidateQueries({ queryKey: ["bundle"] }), queries.invalidateQueries({ queryKey: ["requirement", id] }), queries.invalidateQueries({ queryKey: ["access submissions"] })]);
}

function Agree({ requirement }: { requirement: Requirement }) {
  const doing = useDo();
  const changed = useStandingChanged();
  return (
    <>
      <Wrong error={doing.error} />
      <Group>
        <Button
          loading={doing.busy}
          onClick={() =>
            doing.run(async () => {
              // The version that was read: a text that was changed meanwhile is not agreed to.
              await take(api.POST("/repo/v1/accessApproval", { body: { requirementId: requirement.id, requirementVersion: requirement.versionNumber } }));
              await changed(String(requirement.id));
            })
          }
        >
          {t.governance.agree}
        </Button>
      </Group>
    </>
  );
}

function Request({ requirement, subject, isMet }: { requirement: Managed; subject: Subject; isMet: boolean }) {
  const id = String(requirement.id);
  const status = useStatus(id, true);
  const [asking, setAsking] = useState(false);
  const doing = useDo();
  const changed = useStandingChanged();
  if (status.error) return <Wrong error={status.error} />;
  if (!status.data) return <Wait />;
  const submission = "currentSubmissionStatus" in status.data ? status.data.currentSubmissionStatus : null;
  const waits = submission?.state === "SUBMITTED";
  return (
    <Stack gap="xs">
      {submission?.state === "REJECTED" && !isMet && (
        <Alert color="red" variant="outline">
          {t.governance.rejected} {submission.rejectedReason}
        </Alert>
      )}
      {waits && <Text size="sm">{t.governance.waits(when(submission.modifiedOn))}</Text>}
      {status.data.isApproved && status.data.expiredOn && <Text size="sm">{t.governance.until(when(status.data.expiredOn))}</Text>}
      <Wrong error={doing.error} />
      <Group>
        {waits ? (
          <Button
            variant="default"
            loading={doing.busy}
            onClick={() =>
              doing.run(async () => {
                await take(api.PUT("/repo/v1/dataAccessSubmission/{submissionId}/cancellation", { params: { path: { submissionId: submission.submissionId } } }));
                await changed(id);
              })
            }
          >
            {t.governance.withdraw}
          </Button>
        ) : (
          <Button variant={isMet ? "default" : "filled"} onClick={() => setAsking(true)}>
            {status.data.isApproved ? t.governance.renew : t.governance.request}
          </Button>
        )}
      </Group>
      {asking && (
        <Suspense>
          <RequestAccess requirement={requirement} subject={subject} onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </Stack>
  );
}
