// An entity of which only the id is known, shown by its name.
import { useQuery } from "@tanstack/react-query";
import { api, take } from "../api/client";
import { EntityLine } from "../shell/common";

export function Named({ id, version }: { id: string; version?: number | null | undefined }) {
  const references = [{ targetId: id, ...(version ? { targetVersionNumber: version } : {}) }];
  const headers = useQuery({ queryKey: ["headers", references], queryFn: () => take(api.POST("/repo/v1/entity/header", { body: { references } })) });
  const found = headers.data?.results[0];
  const dotted = version ? `${id}.${version}` : id;
  return <EntityLine entity={{ id: dotted, type: found?.type, name: found?.name ?? dotted }} />;
}
