// Widgets among the text of a page. What cannot be shown live stays what the server wrote: a link.
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { api, take } from "../api/client";
import { Boundary, Wait, Wrong } from "../shell/common";
import { t } from "../texts";

const Query = lazy(async () => ({ default: (await import("../tables/Query")).Query }));
const Plot = lazy(async () => ({ default: (await import("./Plot")).Plot }));
const Preview = lazy(async () => ({ default: (await import("../files/Preview")).Preview }));
const Provenance = lazy(async () => ({ default: (await import("../provenance/Provenance")).Provenance }));

/** The widget of a source such as ``plot?query=…``, in its place on the page. */
export function Live({ source, place }: { source: string; place: HTMLElement }) {
  const [name = "", rest = ""] = source.split(/\?(.*)/s);
  const parameters = new URLSearchParams(rest);
  const live = widget(name, parameters);
  const isLive = live !== null;
  useEffect(() => {
    place.classList.toggle("is-live", isLive);
  }, [place, isLive]);
  return (
    live && (
      <Boundary>
        <Suspense fallback={<Wait />}>{live}</Suspense>
      </Boundary>
    )
  );
}

function widget(name: string, parameters: URLSearchParams) {
  const sql = parameters.get("query") ?? "";
  if (name === "plot" && isQuery(sql)) return <Plot sql={sql} parameters={parameters} />;
  if (name === "synapsetable" && isQuery(sql)) return <Query sql={sql} compact />;
  if (name === "preview") {
    const one = entity(parameters.get("entityId") ?? parameters.get("synapseId") ?? "", parameters.get("version") ?? parameters.get("versionNumber"));
    return one && <FilePreview {...one} />;
  }
  if (name === "video") {
    const one = entity(parameters.get("mp4SynapseId") ?? parameters.get("webmSynapseId") ?? parameters.get("oggSynapseId") ?? "");
    return one && <FilePreview {...one} />;
  }
  if (name === "provenance") {
    const all = (parameters.get("entityList") ?? parameters.get("entityId") ?? "").split(",").map((each) => entity(each));
    const depth = Number(parameters.get("depth")) || 1;
    return <>{all.slice(0, 20).map((each, index) => each && <EntityProvenance key={index} {...each} depth={depth} />)}</>;
  }
  return null;
}

const isQuery = (sql: string) => /^\s*(select|with)\b/i.test(sql);

interface One {
  id: string;
  version: number | undefined;
}

function entity(text: string, version: string | null = null): One | null {
  const found = /^\s*(syn\d{1,18})(?:[./](?:version\/)?(\d{1,9}))?\s*$/i.exec(text);
  const number = version && /^\d{1,9}$/.test(version) ? version : found?.[2];
  return found?.[1] ? { id: found[1].toLowerCase(), version: number ? Number(number) : undefined } : null;
}

function useFile({ id, version }: One) {
  return useQuery({
    queryKey: ["bundle", id, version ?? "", "file"],
    queryFn: () => {
      const body = { includeEntity: true, includeFileHandles: true };
      return version === undefined
        ? take(api.POST("/repo/v1/entity/{id}/bundle2", { params: { path: { id } }, body }))
        : take(api.POST("/repo/v1/entity/{id}/version/{versionNumber}/bundle2", { params: { path: { id, versionNumber: version } }, body }));
    },
  });
}

function FilePreview(one: One) {
  const file = useFile(one);
  if (file.error) return <Wrong error={file.error} />;
  const entity = file.data?.entity;
  if (!file.data || !entity) return <Wait />;
  const handle = file.data.fileHandles?.find((each) => "dataFileHandleId" in entity && each.id === entity.dataFileHandleId);
  if (!handle) return <Wrong error={new Error(t.entity.downloadRefused)} />;
  const number = "versionNumber" in entity ? (entity.versionNumber ?? 1) : 1;
  return <Preview id={one.id} version={one.version ?? number} name={entity.name ?? ""} contentType={handle.contentType ?? ""} bytes={handle.contentSize ?? 0} />;
}

function EntityProvenance({ depth, ...one }: One & { depth: number }) {
  const file = useFile(one);
  if (file.error) return <Wrong error={file.error} />;
  const entity = file.data?.entity;
  if (!entity) return <Wait />;
  const number = "versionNumber" in entity ? (entity.versionNumber ?? 1) : 1;
  return <Provenance id={one.id} version={one.version ?? number} name={entity.name ?? one.id} depth={depth} compact />;
}
