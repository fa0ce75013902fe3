// Look into a file without downloading it. Nothing of a file ever runs: HTML stands in a sandbox, all
// else is text, pictures, or HTML that was sanitised.
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Refused } from "../api/client";
import { size, Wait, Wrong } from "../shell/common";
import { t } from "../texts";
import { addressOf } from "./FilePage";

const MOST_TEXT = 1_000_000;
const MOST_WHOLE = 30_000_000;
const MOST_ROWS = 1000;

type Kind = "image" | "video" | "audio" | "pdf" | "html" | "notebook" | "markdown" | "table" | "code" | "none";

const IMAGES: Record<string, string> = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", bmp: "image/bmp", webp: "image/webp", svg: "image/svg+xml", avif: "image/avif", ico: "image/x-icon" };
const CODE = /^(txt|log|py|r|sh|bash|zsh|sql|json|jsonl|cwl|wdl|yaml|yml|xml|toml|ini|cfg|conf|js|mjs|ts|tsx|jsx|css|java|c|h|cpp|hpp|cc|rs|go|rb|pl|pm|lua|jl|m|scala|kt|swift|nf|smk|tex|bib|rst|fasta|fa|fastq|fq|vcf|bed|gff|gtf|sam|tree|nwk|dockerfile|makefile|properties|gitignore|env)$/;

export function kindOfFile(name: string, contentType: string): Kind {
  const end = name.toLowerCase().split(".").pop() ?? "";
  if (IMAGES[end]) return "image";
  if (/^(mp4|m4v|webm|ogv|mov)$/.test(end)) return "video";
  if (/^(mp3|wav|ogg|flac|m4a)$/.test(end)) return "audio";
  if (end === "pdf") return "pdf";
  if (/^x?html?$/.test(end)) return "html";
  if (end === "ipynb") return "notebook";
  if (/^(md|rmd|qmd|markdown)$/.test(end)) return "markdown";
  if (/^(csv|tsv|tab)$/.test(end)) return "table";
  if (CODE.test(end)) return "code";
  const kind = contentType.split(";")[0] ?? "";
  if (/^text\/(csv|tab-separated-values)$/.test(kind)) return "table";
  if (kind === "text/html") return "html";
  if (kind === "application/pdf") return "pdf";
  if (Object.values(IMAGES).includes(kind)) return "image";
  return kind.startsWith("text/") || kind === "application/json" ? "code" : "none";
}

interface Props {
  id: string;
  version: number;
  name: string;
  contentType: string;
  bytes: number;
}

export function Preview(props: Props) {
  const kind = kindOfFile(props.name, props.contentType);
  if (kind === "none" || props.bytes === 0) return <Text c="dimmed">{t.preview.none}</Text>;
  if (["image", "pdf", "html", "notebook"].includes(kind) && props.bytes > MOST_WHOLE) return <Text c="dimmed">{t.preview.tooLarge(size(MOST_WHOLE))}</Text>;
  if (kind === "video" || kind === "audio") return <Media {...props} kind={kind} />;
  if (kind === "image" || kind === "pdf") return <Bytes {...props} kind={kind} />;
  return <Words {...props} kind={kind} />;
}

function Media({ id, version, name, kind }: Props & { kind: "video" | "audio" }) {
  const address = useQuery({ queryKey: ["address", id, version], staleTime: 600_000, queryFn: () => addressOf(id, version) });
  if (address.error) return <Wrong error={address.error} />;
  if (!address.data) return <Wait />;
  // Captions are in the file, if there are any.
  return kind === "video" ? <video src={address.data} controls style={{ maxWidth: "100%" }} aria-label={name} /> : <audio src={address.data} controls aria-label={name} />;
}

async function fetchBytes(id: string, version: number, most: number, bytes: number): Promise<Blob> {
  const headers: HeadersInit = bytes > most ? { Range: `bytes=0-${most - 1}` } : {};
  const answer = await fetch(await addressOf(id, version), { headers, credentials: "omit", referrerPolicy: "no-referrer" });
  if (!answer.ok) throw new Refused(answer.status, t.errors.status(answer.status));
  return answer.blob();
}

function Bytes({ id, version, name, bytes, kind }: Props & { kind: "image" | "pdf" }) {
  const found = useQuery({ queryKey: ["bytes", id, version], staleTime: Infinity, gcTime: 60_000, queryFn: () => fetchBytes(id, version, MOST_WHOLE, bytes) });
  const [address, setAddress] = useState<string | null>(null);
  const blob = found.data;
  useEffect(() => {
    if (!blob) return;
    // The type is ours, not the file's: such a URL belongs to this site, where nothing else may run.
    const type = kind === "pdf" ? "application/pdf" : (IMAGES[name.toLowerCase().split(".").pop() ?? ""] ?? "image/png");
    const made = URL.createObjectURL(new Blob([blob], { type }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob, kind, name]);
  if (found.error) return <Wrong error={found.error} retry={() => void found.refetch()} />;
  if (!address) return <Wait />;
  if (kind === "pdf") return <iframe className="preview" title={t.preview.pdf} src={address} />;
  return <img src={address} alt={t.preview.image(name)} style={{ maxWidth: "100%", maxHeight: "70vh", background: "#fff" }} />;
}

interface Shown {
  html?: string;
  frame?: string;
  rows?: string[][];
  cut: boolean;
}

async function show(kind: Kind, name: string, text: string, cut: boolean): Promise<Shown> {
  if (kind === "html") return { frame: text, cut };
  if (kind === "table") {
    const { default: Papa } = await import("papaparse");
    const delimiter = /\.(tsv|tab)$/i.test(name) ? "\t" : "";
    const rows = Papa.parse<string[]>(text, { delimiter, preview: MOST_ROWS + 1, skipEmptyLines: true }).data;
    return { rows: cut ? rows.slice(0, -1) : rows, cut };
  }
  if (kind === "markdown") return { html: await (await import("../wiki/markdown")).render(text), cut };
  if (kind === "notebook") return { html: await (await import("./notebook")).render(text), cut };
  return { html: await (await import("./highlight")).highlight(name, text), cut };
}

function Words({ id, version, name, bytes, kind }: Props & { kind: Kind }) {
  const most = kind === "notebook" || kind === "html" ? MOST_WHOLE : MOST_TEXT;
  const found = useQuery({
    queryKey: ["words", id, version],
    staleTime: Infinity,
    gcTime: 60_000,
    retry: false,
    queryFn: async () => show(kind, name, await (await fetchBytes(id, version, most, bytes)).text(), bytes > most),
  });
  if (found.error) return <Wrong error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Wait />;
  const { html, frame, rows, cut } = found.data;
  return (
    <>
      {cut && !rows && (
        <Text size="sm" c="dimmed" mb="xs">
          {t.preview.cut(size(most))}
        </Text>
      )}
      {frame !== undefined && <iframe className="preview" title={t.preview.html} sandbox="" srcDoc={frame} referrerPolicy="no-referrer" />}
      {rows && <Grid rows={rows} />}
      {html !== undefined && kind === "code" && (
        <div className="scroll" tabIndex={0} role="group" aria-label={name}>
          <pre className="text" dangerouslySetInnerHTML={{ __html: html }} />
        </div>
      )}
      {html !== undefined && kind !== "code" && <div className="page-text" dangerouslySetInnerHTML={{ __html: html }} />}
    </>
  );
}

function Grid({ rows }: { rows: string[][] }) {
  const [head = [], ...rest] = rows;
  const shown = rest.slice(0, MOST_ROWS);
  return (
    <>
      {rest.length >= MOST_ROWS - 1 && (
        <Text size="sm" c="dimmed" mb="xs">
          {t.preview.rows(shown.length)}
        </Text>
      )}
      <div className="scroll" tabIndex={0} role="group" aria-label={t.preview.table}>
        <table className="grid">
          <thead>
            <tr>
              {head.map((cell, index) => (
                <th key={index} scope="col">
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, index) => (
              <tr key={index}>
                {row.map((cell, place) => (
                  <td key={place}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
