// What a query can be narrowed by: the values of a column, or a range of them.
import { Button, Checkbox, Fieldset, Group, Stack } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type ReactNode, useState } from "react";
import type { Schemas } from "../api/client";
import { t } from "../texts";
import { usePrincipals } from "../users/me";
import type { Asked, Facet } from "./asking";

type Found = NonNullable<Schemas["QueryResultBundle"]["facets"]>[number];
type Type = Schemas["ColumnModel"]["columnType"];

const PACKAGE = "org.sagebionetworks.repo.model.table.";
const EMPTY = "org.sagebionetworks.UNDEFINED_NULL_NOTSET";
const MOST_VALUES = 12;
/** The others wait behind a word, or they bury the rows on a phone. */
const OPEN = 4;

interface Props {
  facets: Found[];
  columns: Schemas["ColumnModel"][];
  asked: Asked;
  onChange: (chosen: Facet[]) => void;
}

export function Facets({ facets, columns, asked, onChange }: Props) {
  const isNarrow = useMediaQuery("(max-width: 61.99em)", false, { getInitialValueInEffect: false });
  const types = new Map(columns.map((each) => [each.name, each.columnType]));
  const shown = facets.map((facet) => {
    const name = facet.columnName;
    const set = (request: Facet | null) => onChange([...asked.facets.filter((each) => each.columnName !== name), ...(request ? [request] : [])]);
    if ("facetValues" in facet) return <Values key={name} facet={facet} type={types.get(name)} chosen={asked.facets.find((each) => each.columnName === name)} onChange={set} />;
    return <Range key={`${name}${facet.selectedMin}${facet.selectedMax}`} facet={facet} isDate={types.get(name) === "DATE"} onChange={set} />;
  });
  const list = (
    <Stack gap="sm">
      {shown.slice(0, OPEN)}
      {shown.length > OPEN && <Folded title={t.tables.moreFacets(shown.length - OPEN)}>{shown.slice(OPEN)}</Folded>}
      {asked.facets.length > 0 && (
        <Button size="xs" variant="default" onClick={() => onChange([])}>
          {t.tables.clear}
        </Button>
      )}
    </Stack>
  );
  return <aside aria-label={t.tables.facets}>{isNarrow ? <Folded title={t.tables.facets}>{list}</Folded> : list}</aside>;
}

function Folded({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details>
      <summary>{title}</summary>
      <Stack gap="sm" mt="sm">
        {children}
      </Stack>
    </details>
  );
}

function Values({ facet, type, chosen, onChange }: { facet: Schemas["FacetColumnResultValues"]; type: Type; chosen: Facet | undefined; onChange: (request: Facet | null) => void }) {
  const values = new Set(chosen && "facetValues" in chosen ? (chosen.facetValues ?? []) : []);
  const all = facet.facetValues.slice(0, MOST_VALUES);
  const people = usePrincipals(type === "USERID" ? all.map((each) => each.value).filter((each) => /^\d+$/.test(each)) : []);
  const called = (value: string) => (value === EMPTY ? t.tables.anything : (people.get(value)?.userName ?? value));
  const toggle = (value: string) => {
    const next = new Set(values);
    if (!next.delete(value)) next.add(value);
    onChange(next.size ? { concreteType: `${PACKAGE}FacetColumnValuesRequest`, columnName: facet.columnName, facetValues: [...next] } : null);
  };
  return (
    <Fieldset legend={facet.columnName} p="xs">
      <Stack gap="xs">
        {all.map((each) => (
          <Checkbox key={each.value} size="sm" styles={{ label: { overflowWrap: "anywhere" } }} label={`${called(each.value)} (${each.count.toLocaleString()})`} checked={values.has(each.value)} onChange={() => toggle(each.value)} />
        ))}
      </Stack>
    </Fieldset>
  );
}

const DAY = 86_400_000;
/** Dates are asked for by days of UTC, as they are shown. */
const day = (millis: string | null | undefined) => (millis && /^-?\d+$/.test(millis) ? new Date(Number(millis)).toISOString().slice(0, 10) : "");

function Range({ facet, isDate, onChange }: { facet: Schemas["FacetColumnResultRange"]; isDate: boolean; onChange: (request: Facet | null) => void }) {
  const shown = (value: string | null | undefined) => (isDate ? day(value) : (value ?? ""));
  const [min, setMin] = useState(shown(facet.selectedMin));
  const [max, setMax] = useState(shown(facet.selectedMax));
  const least = isDate && min ? String(Date.parse(min)) : min;
  const most = isDate && max ? String(Date.parse(max) + DAY - 1) : max;
  return (
    <Fieldset legend={facet.columnName} p="xs">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onChange(min || max ? { concreteType: `${PACKAGE}FacetColumnRangeRequest`, columnName: facet.columnName, min: least || undefined, max: most || undefined } : null);
        }}
      >
        <Group gap="xs" align="flex-end" wrap={isDate ? "wrap" : "nowrap"} className={isDate ? "days" : ""}>
          <label className="range">
            {t.tables.least}
            <input type={isDate ? "date" : "text"} value={min} placeholder={shown(facet.columnMin)} onChange={(event) => setMin(event.currentTarget.value)} />
          </label>
          <label className="range">
            {t.tables.most}
            <input type={isDate ? "date" : "text"} value={max} placeholder={shown(facet.columnMax)} onChange={(event) => setMax(event.currentTarget.value)} />
          </label>
          <Button size="compact-xs" type="submit" variant="default" aria-label={`${t.tables.facets}: ${facet.columnName}`}>
            {t.tables.apply}
          </Button>
        </Group>
      </form>
    </Fieldset>
  );
}
