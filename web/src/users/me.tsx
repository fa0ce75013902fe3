import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, take } from "../api/client";
import { useToken } from "../api/session";
import { To } from "../shell/router";
import { t } from "../texts";

export function useMe() {
  const token = useToken();
  return useQuery({ queryKey: ["me", token], enabled: token !== null, queryFn: () => take(api.GET("/repo/v1/userProfile")) }).data;
}

const ADMINISTRATORS = "2";
const COMPLIANCE_TEAM = "464532";

function useIsMember(id: string): boolean {
  const principalId = useMe()?.ownerId ?? "";
  const status = useQuery({
    queryKey: ["membership", id, principalId],
    enabled: principalId !== "",
    staleTime: 300_000,
    queryFn: () => take(api.GET("/repo/v1/team/{id}/member/{principalId}/membershipStatus", { params: { path: { id, principalId } } })),
  });
  return status.data?.isMember ?? false;
}

/** Whether the user is an administrator: their pages are shown to nobody else. */
export function useIsAdmin(): boolean {
  return useIsMember(ADMINISTRATORS);
}

/** Whether the user speaks for the compliance team; administrators do. */
export function useIsAct(): boolean {
  const isAdmin = useIsAdmin();
  return useIsMember(COMPLIANCE_TEAM) || isAdmin;
}

function useHeaders(ids: (string | null | undefined)[]) {
  const wanted = [...new Set(ids.filter((id): id is string => !!id))].sort();
  return useQuery({
    queryKey: ["principals", wanted.join()],
    enabled: wanted.length > 0,
    staleTime: 300_000,
    queryFn: async () => (await take(api.GET("/repo/v1/userGroupHeaders/batch", { params: { query: { ids: wanted.join() } } }))).children,
  });
}

/** Headers of users and teams by id, from one request. */
export function usePrincipals(ids: (string | null | undefined)[]) {
  return new Map(useHeaders(ids).data?.map((each) => [each.ownerId, each]));
}

export function Person({ id }: { id: string | null | undefined }) {
  const headers = useHeaders([id]);
  const found = headers.data?.find((each) => each.ownerId === id);
  if (!id) return null;
  if (t.access.groups[id]) return <Text span>{t.access.groups[id]}</Text>;
  return <To to={found?.isIndividual === false ? `/Team:${id}` : `/Profile:${id}`}>{found?.userName ?? (headers.isPending ? "…" : id)}</To>;
}
