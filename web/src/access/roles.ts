// Roles in words, and the kinds of access behind them.
import type { Schemas } from "../api/client";

export type Access = NonNullable<NonNullable<Schemas["ResourceAccess"]["accessType"]>[number]>;
export type Role = "view" | "download" | "edit" | "delete" | "admin" | "custom";

const VIEW: Access[] = ["READ"];
const DOWNLOAD: Access[] = [...VIEW, "DOWNLOAD"];
const EDIT: Access[] = [...DOWNLOAD, "CREATE", "UPDATE"];
const DELETE: Access[] = [...EDIT, "DELETE"];
const ADMIN: Access[] = [...DELETE, "MODERATE", "CHANGE_SETTINGS", "CHANGE_PERMISSIONS"];
export const ROLES: Record<Exclude<Role, "custom">, Access[]> = { view: VIEW, download: DOWNLOAD, edit: EDIT, delete: DELETE, admin: ADMIN };

export function roleOf(access: readonly string[] | null | undefined): Role {
  const given = [...new Set(access ?? [])].sort().join();
  for (const [role, wanted] of Object.entries(ROLES)) if ([...wanted].sort().join() === given) return role as Role;
  return "custom";
}
