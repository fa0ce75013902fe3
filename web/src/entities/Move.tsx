// Move an entity: its project is walked through to the folder that takes it, or another place is named.
import { Anchor, Breadcrumbs, Group, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Entity, take } from "../api/client";
import { useChildren } from "../files/FileList";
import { FormDialog, KindIcon, More, tell, Wait, Wrong } from "../shell/common";
import { t } from "../texts";

interface Place {
  id?: string | null;
  name?: string | null;
}

interface Props {
  id: string;
  onClose: () => void;
  onDone: () => Promise<unknown>;
}

export function Move({ id, onClose, onDone }: Props) {
  const [elsewhere, setElsewhere] = useState("");
  const [walked, setWay] = useState<Place[] | null>(null);
  const path = useQuery({ queryKey: ["path", id], staleTime: 0, queryFn: () => take(api.GET("/repo/v1/entity/{id}/path", { params: { path: { id } } })) });
  const way: Place[] = walked ?? path.data?.path?.slice(1, -1) ?? [];
  const here = way.at(-1)?.id;
  const move = async () => {
    const now = await take(api.GET("/repo/v1/entity/{id}", { params: { path: { id } } }));
    await take(api.PUT("/repo/v1/entity/{id}", { params: { path: { id } }, body: { ...now, parentId: elsewhere.trim() || here } as Entity }));
    await onDone();
    tell(t.entity.moved);
  };
  return (
    <FormDialog title={t.entity.move} verb={t.entity.moveHere} onDo={move} onClose={onClose}>
      <Wrong error={path.error} />
      {path.isPending && <Wait />}
      {here && (
        <div role="group" aria-label={t.choose.title}>
          <Breadcrumbs separator="›" mb="xs" style={{ flexWrap: "wrap" }}>
            {way.map((each, depth) =>
              depth === way.length - 1 ? (
                <Text key={each.id} size="sm" fw={600}>
                  {each.name}
                </Text>
              ) : (
                <Anchor key={each.id} component="button" type="button" size="sm" onClick={() => setWay(way.slice(0, depth + 1))}>
                  {each.name}
                </Anchor>
              ),
            )}
          </Breadcrumbs>
          <Folders parent={here} moved={id} onEnter={(into) => setWay([...way, into])} />
        </div>
      )}
      <TextInput label={t.entity.moveTo} placeholder="syn123" value={elsewhere} onChange={(event) => setElsewhere(event.currentTarget.value)} />
    </FormDialog>
  );
}

function Folders({ parent, moved, onEnter }: { parent: string; moved: string; onEnter: (into: Place) => void }) {
  const folders = useChildren(parent, ["folder"]);
  const rows = folders.data?.pages.flatMap((page) => page.page).filter((each) => each.id !== moved) ?? [];
  return (
    <Stack gap={6} className="choose" tabIndex={0} role="group" aria-label={t.files.tree}>
      <Wrong error={folders.error} />
      {folders.isPending && <Wait />}
      {folders.isSuccess && rows.length === 0 && (
        <Text size="sm" c="dimmed">
          {t.entity.noFolders}
        </Text>
      )}
      {rows.map((each) => (
        <Group key={each.id} gap="xs" wrap="nowrap">
          <KindIcon type={each.type} />
          <Anchor component="button" type="button" size="sm" ta="left" style={{ overflowWrap: "anywhere" }} onClick={() => onEnter(each)}>
            {each.name}
          </Anchor>
        </Group>
      ))}
      <More list={folders} size="xs" />
    </Stack>
  );
}
