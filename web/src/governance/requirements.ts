// Access requirements: their kinds, and what is asked and told about them.
import { useQuery } from "@tanstack/react-query";
import { api, type Schemas, take, takeOrNull } from "../api/client";
import { t } from "../texts";

export type Requirement = Schemas["SelfSignAccessRequirement"] | Schemas["TermsOfUseAccessRequirement"] | Schemas["ACTAccessRequirement"] | Schemas["ManagedACTAccessRequirement"] | Schemas["LockAccessRequirement"];
export type Managed = Schemas["ManagedACTAccessRequirement"];
export type Kind = keyof typeof t.governance.kinds;

export function kindOf(type: string): Kind {
  return (type.split(".").pop() ?? type) as Kind;
}

/** Users meet these by agreeing; for the others, somebody approves them. */
export const isSelfService = (kind: Kind) => kind === "SelfSignAccessRequirement" || kind === "TermsOfUseAccessRequirement";

export function useRequirement(id: string) {
  return useQuery({ queryKey: ["requirement", id], queryFn: () => take(api.GET("/repo/v1/accessRequirement/{requirementId}", { params: { path: { requirementId: id } } })) });
}

export function useStatus(id: string, enabled: boolean) {
  return useQuery({ queryKey: ["requirement", id, "status"], enabled, queryFn: () => take(api.GET("/repo/v1/accessRequirement/{requirementId}/status", { params: { path: { requirementId: id } } })) });
}

/** The page that explains a requirement, as HTML; null where there is none. */
export function useExplanation(ownerId: string) {
  return useQuery({
    queryKey: ["requirement", ownerId, "html"],
    queryFn: async () => {
      const root = await takeOrNull(api.GET("/repo/v1/access_requirement/{ownerId}/wikikey", { params: { path: { ownerId } } }));
      if (!root?.wikiPageId) return null;
      return (await take(api.GET("/repo/v1/access_requirement/{ownerId}/wiki2/{wikiId}/html", { params: { path: { ownerId, wikiId: root.wikiPageId } }, parseAs: "text" }))) as string;
    },
  });
}

/** What a requirement wants of a user besides its text. */
export function wantsOf(requirement: Requirement): string[] {
  const words = t.governance.wants;
  const found: string[] = [];
  for (const name of ["isCertifiedUserRequired", "isValidatedProfileRequired", "isTwoFaRequired", "isIDURequired", "isDUCRequired", "isIRBApprovalRequired", "areOtherAttachmentsRequired"] as const) {
    if ((requirement as Partial<Managed>)[name]) found.push(words[name]);
  }
  const period = (requirement as Partial<Managed>).expirationPeriod;
  if (period) found.push(t.governance.lasts(Math.round(period / DAY)));
  return found;
}

/** Milliseconds. */
export const DAY = 86_400_000;
