// Choose entities of a project: its folders are walked through, and what is chosen stays chosen.
import { Anchor, Breadcrumbs, Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Header, Schemas } from "../api/client";
import { useChildren } from "../files/FileList";
import { KindIcon, kindOf, More, Wait, Wrong } from "../shell/common";
import { t } from "../texts";

type Type = NonNullable<Schemas["EntityChildrenRequest"]["includeTypes"]>[number];

interface Props {
  root: string;
  type: Type;
  chosen: Header[];
  onChange: (chosen: Header[]) => void;
}

export function Choose({ root, type, chosen, onChange }: Props) {
  const [way, setWay] = useState<Header[]>([]);
  const children = useChildren(way.at(-1)?.id ?? root, ["folder", type]);
  const rows = children.data?.pages.flatMap((page) => page.page) ?? [];
  const shown = rows.filter((each) => kindOf(each.type) !== "folder");
  const ids = new Set(chosen.map((each) => each.id));
  const add = (more: Header[]) => onChange([...chosen, ...more.filter((each) => !ids.has(each.id))]);
  return (
    <div role="group" aria-label={t.choose.title}>
      <Group justify="space-between" gap="xs" mb="xs">
        <Breadcrumbs separator="›" style={{ flexWrap: "wrap" }}>
          {[{ id: root, name: t.choose.top } as Header, ...way].map((each, depth) => (
            <Anchor key={each.id} component="button" type="button" size="sm" onClick={() => setWay(way.slice(0, depth))}>
              {each.name}
            </Anchor>
          ))}
        </Breadcrumbs>
        <Text size="sm" role="status">
          {t.choose.count(chosen.length)}
        </Text>
      </Group>
      <Wrong error={children.error} />
      {children.isPending && <Wait />}
      {children.isSuccess && rows.length === 0 && <Text c="dimmed">{t.choose.none}</Text>}
      <Stack gap={6} className="choose" tabIndex={0} role="group" aria-label={t.choose.title}>
        {rows.map((each) =>
          kindOf(each.type) === "folder" ? (
            <Group key={each.id} gap="xs" wrap="nowrap">
              <KindIcon type={each.type} />
              <Anchor component="button" type="button" size="sm" ta="left" style={{ overflowWrap: "anywhere" }} onClick={() => setWay([...way, each])}>
                {each.name}
              </Anchor>
            </Group>
          ) : (
            <Checkbox key={each.id} label={each.name} checked={ids.has(each.id)} onChange={(event) => (event.currentTarget.checked ? add([each]) : onChange(chosen.filter((other) => other.id !== each.id)))} />
          ),
        )}
        <More list={children} size="xs" />
      </Stack>
      {shown.length > 1 && (
        <Button size="compact-sm" variant="default" mt="xs" onClick={() => add(shown)}>
          {t.choose.all}
        </Button>
      )}
    </div>
  );
}
