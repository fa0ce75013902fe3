// What can be done with any entity: rename, move, share, trash, and how to get it.
import { Menu, Modal, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { cloneElement, lazy, type ReactElement, Suspense, useState } from "react";
import { api, type Entity, type Header, take } from "../api/client";
import { GetWith } from "../files/snippets";
import { Ask, FormDialog, kindOf, tell } from "../shell/common";
import { t } from "../texts";
import { useIsAct } from "../users/me";

const MakeRequirement = lazy(async () => ({ default: (await import("../governance/Make")).MakeRequirement }));
const Move = lazy(async () => ({ default: (await import("./Move")).Move }));
const Sharing = lazy(async () => ({ default: (await import("../access/Sharing")).Sharing }));
type Dialog = "rename" | "move" | "share" | "trash" | "get" | "condition" | null;

export function EntityMenu({ entity, target, onGone }: { entity: Pick<Header, "id" | "name" | "type">; target: ReactElement; onGone?: () => void }) {
  const [open, setOpen] = useState<Dialog>(null);
  const queries = useQueryClient();
  const isAct = useIsAct();
  const id = entity.id ?? "";
  const name = entity.name ?? "";
  const close = () => setOpen(null);
  const refresh = () => Promise.all([queries.invalidateQueries({ queryKey: ["children"] }), queries.invalidateQueries({ queryKey: ["bundle", id] }), queries.invalidateQueries({ queryKey: ["projects"] })]);
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>{cloneElement(target)}</Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setOpen("rename")}>{t.entity.rename}</Menu.Item>
          {kindOf(entity.type) !== "project" && <Menu.Item onClick={() => setOpen("move")}>{t.entity.move}</Menu.Item>}
          <Menu.Item onClick={() => setOpen("share")}>{t.entity.share}</Menu.Item>
          <Menu.Item onClick={() => setOpen("get")}>{t.entity.get}</Menu.Item>
          {isAct && <Menu.Item onClick={() => setOpen("condition")}>{t.governance.make}</Menu.Item>}
          <Menu.Divider />
          <Menu.Item onClick={() => setOpen("trash")}>{t.entity.trash}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === "rename" && <Rename id={id} start={name} onClose={close} onDone={refresh} />}
      {open === "move" && (
        <Suspense>
          <Move id={id} onClose={close} onDone={refresh} />
        </Suspense>
      )}
      {open === "share" && (
        <Suspense>
          <Sharing id={id} name={name} onClose={close} />
        </Suspense>
      )}
      {open === "condition" && (
        <Suspense>
          <MakeRequirement entity={id} name={name} onClose={close} />
        </Suspense>
      )}
      {open === "get" && (
        <Modal opened onClose={close} title={t.entity.get} size="lg" closeButtonProps={{ "aria-label": t.common.close }}>
          <GetWith id={id} container={["project", "folder"].includes(kindOf(entity.type))} />
        </Modal>
      )}
      {open === "trash" && (
        <Ask
          title={t.entity.trash}
          text={t.entity.trashText(name, ["project", "folder"].includes(kindOf(entity.type)))}
          verb={t.entity.trash}
          onClose={close}
          onYes={async () => {
            await take(api.PUT("/repo/v1/trashcan/trash/{id}", { params: { path: { id } } }));
            await queries.invalidateQueries({ queryKey: ["children"] });
            await queries.invalidateQueries({ queryKey: ["projects"] });
            await queries.invalidateQueries({ queryKey: ["trash"] });
            tell(t.entity.trashed(name));
            onGone?.();
          }}
        />
      )}
    </>
  );
}

function Rename({ id, start, onClose, onDone }: { id: string; start: string; onClose: () => void; onDone: () => Promise<unknown> }) {
  const [name, setName] = useState(start);
  return (
    <FormDialog
      title={t.entity.rename}
      verb={t.common.save}
      onClose={onClose}
      onDo={async () => {
        const now = await take(api.GET("/repo/v1/entity/{id}", { params: { path: { id } } }));
        await take(api.PUT("/repo/v1/entity/{id}", { params: { path: { id } }, body: { ...now, name: name.trim() } as Entity }));
        await onDone();
        tell(t.common.saved);
      }}
    >
      <TextInput label={t.common.name} value={name} required data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
    </FormDialog>
  );
}
