// The children of a project or folder: a list that stays quick with a hundred thousand of them, and
// the place to drop files on.
import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconDots, IconFolderPlus, IconFolderUp, IconUpload } from "@tabler/icons-react";
import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { api, type Header, type Schemas, take } from "../api/client";
import { EntityMenu } from "../entities/actions";
import { Empty, FormDialog, KindIcon, tell, Wait, when, Wrong } from "../shell/common";
import { To } from "../shell/router";
import { t } from "../texts";
import { Start } from "./snippets";
import { chosen, type Dropped, filesOf, uploadInto } from "./upload";

const LINE = 44;
type Order = "NAME" | "MODIFIED_ON" | "CREATED_ON";

export function useChildren(parentId: string, includeTypes: Schemas["EntityChildrenRequest"]["includeTypes"], sortBy: Order = "NAME") {
  return useInfiniteQuery({
    queryKey: ["children", parentId, includeTypes?.join(), sortBy],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      take(
        api.POST("/repo/v1/entity/children", {
          body: { parentId, includeTypes, sortBy, sortDirection: sortBy === "NAME" ? "ASC" : "DESC", nextPageToken: pageParam, includeTotalChildCount: pageParam === undefined },
        }),
      ),
    getNextPageParam: (last) => last.nextPageToken ?? undefined,
  });
}

export function countOf(data: InfiniteData<Schemas["EntityChildrenResponse"]> | undefined): number {
  return data?.pages[0]?.totalChildCount ?? 0;
}

export function FileList({ id, mayAdd }: { id: string; mayAdd: boolean }) {
  const [order, setOrder] = useState<Order>("NAME");
  const children = useChildren(id, ["folder", "file", "link"], order);
  const queries = useQueryClient();
  const [over, setOver] = useState(false);
  const [naming, setNaming] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => folder.current?.setAttribute("webkitdirectory", ""), []);

  // Many files finish one after the other: the list is read again once they pause.
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const stored = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void queries.invalidateQueries({ queryKey: ["children"] }), 300);
  };
  const upload = (dropped: Dropped[]) => void uploadInto(id, dropped, stored);

  const rows = children.data?.pages.flatMap((page) => page.page) ?? [];
  const total = countOf(children.data);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Group gap="xs">
          {mayAdd && (
            <>
              <Button leftSection={<IconUpload size={16} aria-hidden />} onClick={() => files.current?.click()}>
                {t.files.upload}
              </Button>
              <Button variant="default" leftSection={<IconFolderUp size={16} aria-hidden />} onClick={() => folder.current?.click()}>
                {t.files.uploadFolder}
              </Button>
              <Button variant="default" leftSection={<IconFolderPlus size={16} aria-hidden />} onClick={() => setNaming(true)}>
                {t.files.newFolder}
              </Button>
              <input ref={files} type="file" multiple hidden data-testid="files" onChange={(event) => (upload(chosen(event.currentTarget.files)), (event.currentTarget.value = ""))} />
              <input ref={folder} type="file" multiple hidden data-testid="folder" onChange={(event) => (upload(chosen(event.currentTarget.files)), (event.currentTarget.value = ""))} />
            </>
          )}
        </Group>
        <Group gap="sm">
          {!!total && (
            <Text size="sm" c="dimmed">
              {t.files.total(total)}
            </Text>
          )}
          <Select
            size="xs"
            aria-label={t.files.sort}
            value={order}
            allowDeselect={false}
            onChange={(value) => setOrder((value ?? "NAME") as Order)}
            data={Object.entries(t.files.sorts).map(([value, label]) => ({ value, label }))}
          />
        </Group>
      </Group>
      <Wrong error={children.error} retry={() => void children.refetch()} />
      <div
        className={over ? "drop over" : "drop"}
        data-text={t.files.drop}
        data-testid="drop"
        onDragOver={(event) => {
          if (!mayAdd || !event.dataTransfer.types.includes("Files")) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false)}
        onDrop={(event) => {
          if (!mayAdd) return;
          event.preventDefault();
          setOver(false);
          void filesOf(event.dataTransfer).then(upload);
        }}
      >
        {children.isPending && <Wait />}
        {children.isSuccess && rows.length === 0 && (
          <Empty title={t.start.title}>
            {mayAdd ? (
              <>
                <Text ta="center" mb="md">
                  {t.start.text}
                </Text>
                <Start id={id} />
              </>
            ) : (
              <Text ta="center">{t.start.readonly}</Text>
            )}
          </Empty>
        )}
        {rows.length > 0 && <Rows rows={rows} total={Math.max(total, rows.length)} more={() => children.hasNextPage && !children.isFetchingNextPage && void children.fetchNextPage()} />}
      </div>
      {naming && <NewFolder parentId={id} onClose={() => setNaming(false)} />}
    </Stack>
  );
}

function Rows({ rows, total, more }: { rows: Header[]; total: number; more: () => void }) {
  const scroll = useRef<HTMLDivElement>(null);
  const lines = useVirtualizer({ count: rows.length, getScrollElement: () => scroll.current, estimateSize: () => LINE, overscan: 12 });
  const items = lines.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 50) more();
  });
  return (
    <div ref={scroll} className="rows" style={{ maxHeight: "min(70vh, 60rem)" }} tabIndex={0} role="table" aria-label={t.files.title} aria-rowcount={total + 1}>
      <div role="rowgroup">
        <div role="row" className="files-row head" aria-rowindex={1}>
          <span role="columnheader">{t.files.name}</span>
          <span role="columnheader" className="wide">
            {t.files.id}
          </span>
          <span role="columnheader" className="wide">
            {t.files.modified}
          </span>
          <span role="columnheader" aria-label={t.entity.more} />
        </div>
      </div>
      <div role="rowgroup" style={{ height: lines.getTotalSize(), position: "relative" }}>
        {items.map((item) => {
          const each = rows[item.index];
          if (!each) return null;
          return (
            <div key={each.id} role="row" className="files-row" aria-rowindex={item.index + 2} style={{ position: "absolute", top: item.start, left: 0, right: 0, height: LINE }}>
              <Group role="cell" gap="xs" wrap="nowrap" style={{ minWidth: 0 }}>
                <KindIcon type={each.type} />
                <To to={`/Synapse:${each.id}`} className="ellipsis" title={each.name ?? ""}>
                  {each.name}
                </To>
              </Group>
              <Text role="cell" size="sm" c="dimmed" className="wide">
                {each.id}
              </Text>
              <Text role="cell" size="sm" c="dimmed" className="wide">
                {when(each.modifiedOn)}
              </Text>
              <div role="cell">
                <EntityMenu
                  entity={each}
                  target={
                    <ActionIcon variant="subtle" color="gray" aria-label={t.common.actions(each.name ?? "")}>
                      <IconDots size={16} />
                    </ActionIcon>
                  }
                />
              </div>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function NewFolder({ parentId, onClose }: { parentId: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const queries = useQueryClient();
  return (
    <FormDialog
      title={t.files.newFolder}
      verb={t.common.create}
      onClose={onClose}
      onDo={async () => {
        const body = { concreteType: "org.sagebionetworks.repo.model.Folder" as const, parentId, name: name.trim() };
        await take(api.POST("/repo/v1/entity", { body }));
        await queries.invalidateQueries({ queryKey: ["children"] });
        tell(t.common.saved);
      }}
    >
      <TextInput label={t.files.folderName} value={name} required data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
    </FormDialog>
  );
}
