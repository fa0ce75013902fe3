// What something was made from: a picture, and the same as a list for who cannot use pictures.
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { api, type Schemas, takeOrNull } from "../api/client";
import { Code, Wait, Wrong } from "../shell/common";
import { follow, To } from "../shell/router";
import { t } from "../texts";

type Graph = Schemas["ProvenanceGraph"];

export function Provenance({ id, version, name, depth: start = 3, compact = false }: { id: string; version: number; name: string; depth?: number; compact?: boolean }) {
  const [depth, setDepth] = useState(start);
  const heading = useId();
  const graph = useQuery({
    queryKey: ["provenance", id, version, depth],
    queryFn: () => takeOrNull(api.GET("/repo/v1/entity/{id}/provenanceGraph", { params: { path: { id }, query: { version, depth, direction: "UP", limit: 200 } } })),
    placeholderData: (before) => before,
  });
  const data = graph.data;
  return (
    <section aria-labelledby={heading}>
      <Group justify="space-between" mb="xs">
        <Title order={compact ? 3 : 2} size={compact ? "h5" : "h4"} id={heading}>
          {compact ? `${t.provenance.title}: ${name}` : t.provenance.title}
        </Title>
        {data && !data.isComplete && (
          <Button size="xs" variant="default" onClick={() => setDepth(depth * 3)}>
            {t.common.more}
          </Button>
        )}
      </Group>
      <Wrong error={graph.error} retry={() => void graph.refetch()} />
      {graph.isPending && <Wait />}
      {data && data.activities.length === 0 && (
        <Stack gap="xs">
          <Text c="dimmed">{t.provenance.none}</Text>
          {!compact && <Text size="sm">{t.provenance.python}</Text>}
          {!compact && <Code text={`syn.store(file, used=["syn123"], executed=["https://github.com/me/analysis"])`} label={t.provenance.python} />}
        </Stack>
      )}
      {data && data.activities.length > 0 && (
        <>
          <Picture graph={data} />
          <details>
            <summary>{t.provenance.list}</summary>
            <List graph={data} name={name} />
          </details>
        </>
      )}
    </section>
  );
}

const keyOf = (id: string | null | undefined, version: number | null | undefined) => `${(id ?? "").replace(/^syn/, "")}.${version ?? ""}`;
const dotted = (id: string, version: number | null | undefined) => `${id}${version ? `.${version}` : ""}`;

interface Node {
  key: string;
  label: string;
  to: string | null;
  kind: "entity" | "act" | "url";
  depth: number;
  row: number;
}

/** Where each thing stands: what was made on the left, what it was made from to the right. */
function layOut(graph: Graph): { nodes: Node[]; edges: [Node, Node, boolean][] } {
  const nodes = new Map<string, Node>();
  const edges: [string, string, boolean][] = [];
  for (const each of graph.entities) {
    const key = keyOf(each.targetId, each.targetVersionNumber);
    nodes.set(key, { key, label: each.isReadable ? (each.name ?? each.targetId) : t.provenance.unreadable, to: each.isReadable ? `/Synapse:${dotted(each.targetId, each.targetVersionNumber)}` : null, kind: "entity", depth: -1, row: 0 });
    if (each.generatedBy) edges.push([key, `act${each.generatedBy}`, false]);
  }
  for (const act of graph.activities) {
    const key = `act${act.id}`;
    nodes.set(key, { key, label: act.name || t.provenance.step, to: null, kind: "act", depth: -1, row: 0 });
    for (const used of act.used ?? []) {
      if ("reference" in used && used.reference) {
        const exact = keyOf(used.reference.targetId, used.reference.targetVersionNumber);
        const any = [...nodes.keys()].find((other) => other === exact) ?? [...nodes.keys()].find((other) => other.startsWith(keyOf(used.reference?.targetId, null)));
        if (any) edges.push([key, any, used.wasExecuted ?? false]);
      } else if ("url" in used && used.url) {
        const url = `url${used.url}`;
        nodes.set(url, { key: url, label: used.name || used.url, to: /^https?:/i.test(used.url) ? used.url : null, kind: "url", depth: -1, row: 0 });
        edges.push([key, url, used.wasExecuted ?? false]);
      }
    }
  }
  const rootKey = keyOf(graph.root.targetId, graph.root.targetVersionNumber);
  const root = nodes.get(rootKey) ?? [...nodes.values()][0];
  if (root) root.depth = 0;
  let line = root ? [root] : [];
  for (let depth = 1; line.length && depth < 200; depth += 1) {
    const seen = new Set<Node>();
    for (const from of line) for (const [a, b] of edges) if (a === from.key && (nodes.get(b)?.depth ?? 0) < 0) seen.add(nodes.get(b) as Node);
    for (const node of seen) node.depth = depth;
    line = [...seen];
  }
  const rows: number[] = [];
  const placed = [...nodes.values()].filter((node) => node.depth >= 0);
  for (const node of placed) {
    node.row = rows[node.depth] ?? 0;
    rows[node.depth] = node.row + 1;
  }
  return { nodes: placed, edges: edges.flatMap(([a, b, executed]) => { const from = nodes.get(a); const to = nodes.get(b); return from && to && from.depth >= 0 && to.depth >= 0 ? [[from, to, executed] as [Node, Node, boolean]] : []; }) };
}

const WIDE = 190;
const BOX = 150;
const HIGH = 52;

function Picture({ graph }: { graph: Graph }) {
  const { nodes, edges } = layOut(graph);
  const width = (Math.max(...nodes.map((node) => node.depth)) + 1) * WIDE;
  const height = (Math.max(...nodes.map((node) => node.row)) + 1) * HIGH + 8;
  const x = (node: Node) => node.depth * WIDE + 8;
  const y = (node: Node) => node.row * HIGH + 8;
  const root = nodes.find((node) => node.depth === 0);
  return (
    <div className="graph" tabIndex={0} role="group" aria-label={t.provenance.graph}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
        <title>{t.provenance.graph}</title>
        {edges.map(([from, to, executed], index) => {
          const x1 = x(from) + BOX;
          const [y1, x2, y2] = [y(from) + 18, x(to), y(to) + 18];
          return <path key={index} d={`M${x1} ${y1} C${x1 + 20} ${y1} ${x2 - 20} ${y2} ${x2} ${y2}`} strokeDasharray={executed ? "5 4" : undefined} />;
        })}
        {nodes.map((node) => {
          const label = node.label.length > 21 ? `${node.label.slice(0, 20)}…` : node.label;
          const box = (
            <>
              <title>{node.label}</title>
              <rect x={x(node)} y={y(node)} width={BOX} height={36} rx={node.kind === "act" ? 18 : 5} className={`${node.kind === "act" ? "act" : "box"}${node === root ? " me" : ""}`} />
              <text x={x(node) + BOX / 2} y={y(node) + 22} textAnchor="middle">
                {label}
              </text>
            </>
          );
          if (!node.to || node === root) return <g key={node.key}>{box}</g>;
          return node.kind === "url" ? (
            <a key={node.key} href={node.to} target="_blank" rel="noopener noreferrer">
              {box}
            </a>
          ) : (
            <a key={node.key} href={node.to} onClick={(event) => follow(event as unknown as React.MouseEvent<HTMLElement>, node.to ?? "")}>
              {box}
            </a>
          );
        })}
      </svg>
    </div>
  );
}

function List({ graph, name }: { graph: Graph; name: string }) {
  const names = new Map(graph.entities.map((each) => [each.targetId, each]));
  const made = new Map<string, string[]>();
  for (const each of graph.entities) if (each.generatedBy) made.set(each.generatedBy, [...(made.get(each.generatedBy) ?? []), each.name ?? each.targetId]);
  return (
    <ul>
      {graph.activities.map((act) => (
        <li key={act.id}>
          {t.provenance.from((made.get(act.id ?? "") ?? [name]).join(", "))}: <strong>{act.name || t.provenance.step}</strong>
          {act.description ? ` (${act.description})` : ""}
          <ul>
            {(act.used ?? []).map((used, index) => (
              <li key={index}>
                {used.wasExecuted ? t.provenance.executed : t.provenance.used}{" "}
                {"url" in used ? (
                  /^https?:/i.test(used.url ?? "") ? (
                    <a className="as-link" href={used.url ?? ""} target="_blank" rel="noopener noreferrer">
                      {used.name || used.url}
                    </a>
                  ) : (
                    (used.name ?? used.url)
                  )
                ) : "reference" in used && used.reference?.targetId ? (
                  <To to={`/Synapse:${dotted(used.reference.targetId, used.reference.targetVersionNumber)}`}>
                    {names.get(used.reference.targetId)?.name ?? (names.get(used.reference.targetId)?.isReadable === false ? t.provenance.unreadable : used.reference.targetId)}
                  </To>
                ) : null}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}
