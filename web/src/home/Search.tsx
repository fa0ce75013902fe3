// Search: entities by the words in their names, descriptions and annotations; people and teams by name.
import { Button, Checkbox, Fieldset, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas, take } from "../api/client";
import { EntityLine, More, usePageTitle, Wait, when, Wrong } from "../shell/common";
import { go, type Place, To } from "../shell/router";
import { t } from "../texts";
import { Person } from "../users/me";

const PAGE = 25;
/** Under the name, beside the icon. */
const HIT = 28;

/** The last word may go on: it may still be typed. */
const terms = (words: string) => [/[\w\p{L}]$/u.test(words) ? `${words}*` : words];

async function search(words: string, types: string[], start: number) {
  const body: Schemas["SearchQuery"] = {
    queryTerm: terms(words),
    booleanQuery: types.map((value) => ({ key: "node_type", value })),
    facetOptions: [{ name: "EntityType", maxResultCount: 20 }],
    start,
    size: PAGE,
  };
  return take(api.POST("/repo/v1/search", { body }));
}

export function Search({ place }: { place: Place }) {
  usePageTitle(t.search.title);
  const words = place.token.trim();
  const [text, setText] = useState(words);
  const [types, setTypes] = useState<string[]>([]);
  const all = useQuery({ queryKey: ["search", words, "types"], enabled: words !== "", retry: false, queryFn: () => search(words, [], 0) });
  const hits = useInfiniteQuery({
    queryKey: ["search", words, types],
    enabled: words !== "",
    retry: false,
    initialPageParam: 0,
    queryFn: ({ pageParam }) => search(words, types, pageParam),
    getNextPageParam: (last) => (last.start + PAGE < last.found ? last.start + PAGE : undefined),
  });
  const people = useQuery({ queryKey: ["search", words, "people"], enabled: words !== "", queryFn: () => take(api.GET("/repo/v1/userGroupHeaders", { params: { query: { prefix: words, limit: 20 } } })) });
  const rows = hits.data?.pages.flatMap((page) => page.hits) ?? [];
  const kinds = all.data?.facets[0]?.constraints ?? [];
  return (
    <Stack maw={1000}>
      <Title order={1} size="h2">
        {t.search.title}
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setTypes([]);
          go(`/Search:${encodeURIComponent(text)}`);
        }}
      >
        <Group align="flex-end" gap="sm">
          <TextInput label={t.search.field} description={t.search.intro} value={text} style={{ flex: 1 }} onChange={(event) => setText(event.currentTarget.value)} />
          <Button type="submit">{t.search.go}</Button>
        </Group>
      </form>
      <Wrong error={hits.error} retry={() => void hits.refetch()} />
      {hits.isLoading && <Wait />}
      {hits.data && (
        <Text size="sm" c="dimmed" role="status">
          {t.search.found(hits.data.pages[0]?.found ?? 0)}
        </Text>
      )}
      <div className={kinds.length > 1 ? "with-facets" : ""}>
        {kinds.length > 1 && (
          <aside aria-label={t.tables.facets}>
            <Fieldset legend={t.search.kind} p="xs">
              <Stack gap="xs">
                {kinds.map((each) => (
                  <Checkbox key={each.value} size="sm" label={`${t.types[each.value] ?? each.value} (${each.count.toLocaleString()})`} checked={types.includes(each.value)} onChange={() => setTypes((now) => (now.includes(each.value) ? now.filter((other) => other !== each.value) : [...now, each.value]))} />
                ))}
              </Stack>
            </Fieldset>
          </aside>
        )}
        <Stack gap="sm" style={{ minWidth: 0 }}>
          {rows.map((each) => (
            <Hit key={each.id} hit={each} />
          ))}
          <More list={hits} />
          {!!people.data?.children.length && (
            <>
              <Title order={2} size="h4">
                {t.search.people}
              </Title>
              {people.data.children.map((each) => (
                <To key={each.ownerId} to={each.isIndividual ? `/Profile:${each.ownerId}` : `/Team:${each.ownerId}`}>
                  {each.userName}
                </To>
              ))}
            </>
          )}
        </Stack>
      </div>
    </Stack>
  );
}

function Hit({ hit }: { hit: Schemas["Hit"] }) {
  const facts = [hit.tissue, hit.organ, hit.diagnosis, hit.consortium].filter(Boolean);
  return (
    <Stack gap={0}>
      <EntityLine entity={{ id: hit.id, name: hit.name, type: hit.node_type }} />
      {hit.description && (
        <Text size="sm" lineClamp={2} pl={HIT}>
          {hit.description}
        </Text>
      )}
      <Text size="sm" c="dimmed" pl={HIT}>
        <Person id={hit.modified_by} /> · {when(new Date(hit.modified_on * 1000).toISOString())}
        {facts.length ? ` · ${facts.join(", ")}` : ""}
      </Text>
    </Stack>
  );
}
