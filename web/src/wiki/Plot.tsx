// A plot of a query's result. The numbers stand behind it as a table, for who cannot use pictures.
import { Title } from "@mantine/core";
import * as Observable from "@observablehq/plot";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef } from "react";
import type { Schemas } from "../api/client";
import { Wait, Wrong } from "../shell/common";
import { ask, tableOf } from "../tables/asking";
import { t } from "../texts";

const Query = lazy(async () => ({ default: (await import("../tables/Query")).Query }));

const MOST_ROWS = 5000;
const COLOURS = ["#4269d0", "#c9720a", "#d6404f", "#2f8f83", "#2f8a3f", "#b3528f", "#8a63d2", "#5f6b74", "#8d6e4a", "#3b7ea1"];
const NUMBERS = new Set(["INTEGER", "DOUBLE", "DATE"]);

interface Point {
  x: string | number | Date | null;
  y: string | number | Date | null;
  series: string;
  fill: string;
}

type Head = Schemas["SelectColumn"];

function value(cell: unknown, head: Head): string | number | Date | null {
  if (cell === null || cell === undefined || cell === "") return null;
  const text = String(cell);
  if (head.columnType === "DATE") return new Date(Number(text));
  if (NUMBERS.has(head.columnType ?? "")) return Number.isFinite(Number(text)) ? Number(text) : null;
  return text;
}

/** One point for each row and each column after the first, which is the x of all. */
function points(rows: Schemas["Row"][], heads: Head[], fill: string | null): Point[] {
  const [x, ...others] = heads;
  const by = fill ? heads.findIndex((each) => each.name === fill) : -1;
  if (!x) return [];
  return others
    .filter((each) => each.name !== fill)
    .flatMap((head) => {
      const place = heads.indexOf(head);
      return rows.map((row) => ({
        x: value(row.values?.[0], x),
        y: value(row.values?.[place], head),
        series: head.name ?? "",
        fill: by < 0 ? (head.name ?? "") : String(row.values?.[by] ?? ""),
      }));
    });
}

function draw(rows: Schemas["Row"][], heads: Head[], parameters: URLSearchParams, width: number) {
  const is = (name: string, wanted: string) => (parameters.get(name) ?? "").toUpperCase() === wanted;
  const data = points(rows, heads, parameters.get("fill"));
  const across = is("horizontal", "TRUE");
  const bars = !is("type", "SCATTER");
  const names = [...new Set(data.map((each) => each.fill))];
  const scale = (axis: string) => (is(axis, "LOG") ? ("log" as const) : is(axis, "CATEGORY") ? ("point" as const) : is(axis, "LINEAR") ? ("linear" as const) : undefined);
  const labels = { x: parameters.get("xtitle") || heads[0]?.name || "", y: parameters.get("ytitle") || (heads.length === 2 ? (heads[1]?.name ?? "") : "") };
  const colour = { domain: names, range: COLOURS, legend: names.length > 1 && !is("showlegend", "FALSE") };
  const grouped = bars && names.length > 1 && !is("barmode", "STACK");
  const marks = [];
  if (bars) {
    const shared = { fill: "fill", tip: true };
    if (across) marks.push(Observable.barX(data, grouped ? { ...shared, x: "y", fy: "x", y: "fill" } : { ...shared, x: "y", y: "x" }), Observable.ruleX([0]));
    else marks.push(Observable.barY(data, grouped ? { ...shared, y: "y", fx: "x", x: "fill" } : { ...shared, y: "y", x: "x" }), Observable.ruleY([0]));
  } else {
    marks.push(Observable.dot(data, { x: across ? "y" : "x", y: across ? "x" : "y", stroke: "fill", tip: true }));
  }
  const values = { label: labels.y, grid: true, type: scale("yaxistype"), nice: true };
  const places = grouped ? { axis: null } : bars ? { label: labels.x, type: "band" as const } : { label: labels.x, grid: true, type: scale("xaxistype") };
  const count = new Set(data.map((each) => String(each.x))).size;
  return Observable.plot({
    width: bars && !across ? Math.min(width, 160 + 90 * count * (grouped ? names.length : 1)) : width,
    height: across && bars ? Math.min(900, 80 + 24 * count * (grouped ? names.length : 1)) : 360,
    marginLeft: across ? 110 : 60,
    marginBottom: 50,
    color: colour,
    style: { background: "transparent", color: "currentColor", fontSize: "12px" },
    ariaLabel: parameters.get("title") || t.wiki.plot,
    ...(across ? { x: values, y: places, ...(grouped ? { fy: { label: labels.x } } : {}) } : { x: places, y: values, ...(grouped ? { fx: { label: labels.x } } : {}) }),
    marks,
  });
}

export function Plot({ sql, parameters }: { sql: string; parameters: URLSearchParams }) {
  const id = tableOf(sql);
  const answer = useQuery({
    queryKey: ["plot", sql],
    enabled: id !== null,
    retry: false,
    queryFn: ({ signal }) => ask(id ?? "", { sql, facets: [], sort: [], offset: 0 }, MOST_ROWS, signal, { partMask: 0x1 | 0x4 }),
  });
  const box = useRef<HTMLDivElement>(null);
  const data = answer.data;
  const shape = parameters.toString();
  useEffect(() => {
    const into = box.current;
    if (!into || !data) return;
    const rows = data.queryResult?.queryResults.rows ?? [];
    const heads = data.selectColumns ?? data.queryResult?.queryResults.headers ?? [];
    const show = () => {
      const picture = draw(rows, heads, new URLSearchParams(shape), Math.max(280, Math.min(960, into.clientWidth)));
      for (const part of picture.querySelectorAll("g[aria-label]")) part.setAttribute("role", "group"); // only what has a role has a label
      into.replaceChildren(picture);
    };
    show();
    let width = into.clientWidth;
    const watch = new ResizeObserver(() => {
      if (Math.abs(into.clientWidth - width) < 20) return;
      width = into.clientWidth;
      show();
    });
    watch.observe(into);
    return () => watch.disconnect();
  }, [data, shape]);
  const title = parameters.get("title");
  return (
    <figure className="plot">
      {title && (
        <Title order={3} size="h5">
          {title}
        </Title>
      )}
      <Wrong error={answer.error} />
      {answer.isLoading && <Wait what={t.tables.working} />}
      <div ref={box} role="group" aria-label={title || t.wiki.plot} />
      {data && (
        <details>
          <summary>{t.wiki.numbers}</summary>
          <Suspense fallback={<Wait />}>
            <Query sql={sql} compact />
          </Suspense>
        </details>
      )}
    </figure>
  );
}
