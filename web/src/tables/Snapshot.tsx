// A version of a table, view or dataset that stays as it is.
import { Button, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { FormDialog, tell } from "../shell/common";
import { t } from "../texts";
import { snapshot } from "./changing";

export function Snapshot({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpen(true)}>
        {t.tables.snapshot}
      </Button>
      {open && <Form id={id} onClose={() => setOpen(false)} />}
    </>
  );
}

function Form({ id, onClose }: { id: string; onClose: () => void }) {
  const [label, setLabel] = useState("");
  const [comment, setComment] = useState("");
  const queries = useQueryClient();
  return (
    <FormDialog
      title={t.tables.snapshot}
      verb={t.tables.keep}
      onClose={onClose}
      onDo={async () => {
        const number = await snapshot(id, label.trim(), comment.trim());
        await Promise.all([queries.invalidateQueries({ queryKey: ["bundle", id] }), queries.invalidateQueries({ queryKey: ["versions", id] })]);
        tell(t.tables.kept(number));
      }}
    >
      <Text size="sm">{t.tables.snapshotText}</Text>
      <TextInput label={t.tables.label} value={label} maxLength={256} data-autofocus onChange={(event) => setLabel(event.currentTarget.value)} />
      <TextInput label={t.tables.comment} value={comment} maxLength={256} onChange={(event) => setComment(event.currentTarget.value)} />
    </FormDialog>
  );
}
