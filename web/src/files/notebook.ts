// Notebooks: their cells in order, with what they printed.
import { clean, render as markdown } from "../wiki/markdown";
import { t } from "../texts";
import { escape, highlight } from "./highlight";

interface Output {
  output_type?: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  evalue?: string;
  traceback?: string[];
}
interface Cell {
  cell_type?: string;
  source?: string | string[];
  input?: string | string[];
  outputs?: Output[];
}

const text = (value: unknown): string => (Array.isArray(value) ? value.join("") : typeof value === "string" ? value : "");
// biome-ignore: terminals colour their text by these
const plain = (value: string): string => value.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "");

/** The HTML of a notebook. */
export async function render(source: string): Promise<string> {
  let book: { cells?: Cell[]; worksheets?: { cells?: Cell[] }[]; metadata?: { kernelspec?: { language?: string }; language_info?: { name?: string } } };
  try {
    book = JSON.parse(source) as typeof book;
  } catch {
    throw new Error(t.preview.badNotebook);
  }
  const language = book.metadata?.language_info?.name ?? book.metadata?.kernelspec?.language ?? "python";
  const cells = book.cells ?? book.worksheets?.[0]?.cells;
  if (!Array.isArray(cells)) throw new Error(t.preview.badNotebook);
  const shown: string[] = [];
  for (const cell of cells) {
    const words = text(cell.source ?? cell.input);
    if (cell.cell_type === "markdown") shown.push(`<div class="cell">${await markdown(words)}</div>`);
    else if (cell.cell_type === "code") shown.push(`<div class="cell"><pre>${highlight(language, words)}</pre>${(cell.outputs ?? []).map(output).join("")}</div>`);
    else shown.push(`<div class="cell"><pre>${escape(words)}</pre></div>`);
  }
  return shown.join("");
}

function output(each: Output): string {
  const data = each.data ?? {};
  for (const kind of ["image/png", "image/jpeg", "image/gif"]) {
    const bytes = text(data[kind]).replace(/\s/g, "");
    if (bytes && /^[A-Za-z0-9+/=]+$/.test(bytes)) return `<div class="output"><img src="data:${kind};base64,${bytes}" alt="${escape(t.preview.output)}"></div>`;
  }
  const svg = text(data["image/svg+xml"]);
  if (svg) return `<div class="output"><img src="data:image/svg+xml,${encodeURIComponent(svg)}" alt="${escape(t.preview.output)}"></div>`;
  const html = text(data["text/html"]);
  if (html) return `<div class="output">${clean(html)}</div>`;
  const words = text(each.text) || text(data["text/plain"]) || (each.traceback ?? []).join("\n") || each.evalue || "";
  return words ? `<div class="output"><pre>${escape(plain(words))}</pre></div>` : "";
}
