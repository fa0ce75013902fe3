// Who besides the compliance team reviews requests, and whom a requirement spares.
import { Checkbox, Stack, Table, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { FindPrincipal } from "../access/Sharing";
import { api, type Schemas, take, takeOrNull } from "../api/client";
import { useDo, Wait, Wrong } from "../shell/common";
import { t } from "../texts";
import { Person } from "../users/me";

type Acl = Schemas["AccessControlList"];
type Entry = Schemas["ResourceAccess"];
type Access = NonNullable<Entry["accessType"]>[number];

const GRANTS: Access[] = ["REVIEW_SUBMISSIONS", "EXEMPTION_ELIGIBLE"];

export function Reviewers({ id }: { id: string }) {
  const params = { path: { requirementId: id } };
  const queryKey = ["requirement", id, "acl"];
  const queries = useQueryClient();
  const doing = useDo();
  const acl = useQuery({ queryKey, queryFn: () => takeOrNull(api.GET("/repo/v1/accessRequirement/{requirementId}/acl", { params })) });
  const entries = acl.data?.resourceAccess ?? [];
  const keep = async (body: Acl) => {
    if (body.resourceAccess?.length === 0) await take(api.DELETE("/repo/v1/accessRequirement/{requirementId}/acl", { params }));
    else if (acl.data) await take(api.PUT("/repo/v1/accessRequirement/{requirementId}/acl", { params, body }));
    else await take(api.POST("/repo/v1/accessRequirement/{requirementId}/acl", { params, body }));
  };
  const store = (resourceAccess: Entry[]) =>
    doing.run(async () => {
      const body = { ...acl.data, id, resourceAccess };
      queries.setQueryData(queryKey, body); // shown at once; what the server made of it follows
      try {
        await keep(body);
      } finally {
        await queries.invalidateQueries({ queryKey });
      }
    });
  const set = (entry: Entry, access: Access, isGiven: boolean) => {
    const accessType = isGiven ? [...(entry.accessType ?? []), access] : (entry.accessType ?? []).filter((each) => each !== access);
    return store(entries.map((each) => (each === entry ? { ...each, accessType } : each)).filter((each) => each.accessType?.length));
  };
  return (
    <Stack gap="sm">
      <Text size="sm">{t.governance.reviewersText}</Text>
      <div style={{ maxWidth: 360 }}>
        <FindPrincipal
          label={t.governance.addReviewer}
          onFound={({ ownerId }) => {
            const principalId = Number(ownerId);
            if (!entries.some((each) => each.principalId === principalId)) void store([...entries, { principalId, accessType: ["REVIEW_SUBMISSIONS"] }]);
          }}
        />
      </div>
      <Wrong error={acl.error ?? doing.error} />
      {acl.isPending && <Wait />}
      {entries.length > 0 && (
        <Table aria-label={t.governance.reviewers}>
          <Table.Tbody>
            {entries.map((entry) => (
              <Table.Tr key={entry.principalId}>
                <Table.Td>
                  <Person id={String(entry.principalId)} />
                </Table.Td>
                <Table.Td>
                  <Stack gap={4}>
                    {GRANTS.map((access) => (
                      <Checkbox key={access} label={t.governance.grants[access]} checked={entry.accessType?.includes(access) ?? false} disabled={doing.busy} onChange={(event) => void set(entry, access, event.currentTarget.checked)} />
                    ))}
                  </Stack>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  );
}
