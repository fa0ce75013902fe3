// Small parts that every page uses.
import { ActionIcon, Alert, Badge, Button, type ButtonProps, Center, CopyButton, Group, Loader, Modal, Stack, Text, Title, Tooltip } from "@mantine/core";
import { IconAlertCircle, IconCheck, IconCopy, IconDatabase, IconFile, IconFolder, IconLink, IconStack2, IconTable, IconTableAlias, IconTableOptions, IconX } from "@tabler/icons-react";
import { Component, type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { reason } from "../api/client";
import { t } from "../texts";
import { To } from "./router";

export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} | ${t.name}` : t.name;
  }, [title]);
}

export function Wait({ what = t.common.loading }: { what?: string }) {
  return (
    <Center p="xl" role="status">
      <Loader size="sm" mr="sm" aria-hidden />
      <Text c="dimmed">{what}</Text>
    </Center>
  );
}

export function Wrong({ error, retry }: { error: unknown; retry?: () => void }) {
  if (!error) return null;
  return (
    <Alert color="red" icon={<IconAlertCircle aria-hidden />} role="alert" my="sm" variant="outline">
      <Group justify="space-between">
        <Text style={{ overflowWrap: "anywhere" }}>{reason(error)}</Text>
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            {t.common.again}
          </Button>
        )}
      </Group>
    </Alert>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Stack align="center" p="xl" gap="xs">
      <Title order={3} size="h4" ta="center">
        {title}
      </Title>
      <div style={{ maxWidth: "40rem", width: "100%" }}>{children}</div>
    </Stack>
  );
}

export function Copy({ text, label }: { text: string; label: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t.common.copied : label}>
          <ActionIcon variant="subtle" color={copied ? "teal" : "gray"} onClick={copy} aria-label={copied ? t.common.copied : label}>
            {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div className="snippet">
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <Copy text={text} label={`${t.common.copy}: ${label}`} />
    </div>
  );
}

const icons = { project: IconDatabase, folder: IconFolder, file: IconFile, link: IconLink, table: IconTable, view: IconTableOptions, dataset: IconStack2, query: IconTableAlias };
/** By the last part of a class or the word for a type; tables are the rest. */
const kinds: Record<string, keyof typeof icons> = { project: "project", folder: "folder", link: "link", file: "file", fileentity: "file", entityview: "view", submissionview: "view", dataset: "dataset", datasetcollection: "dataset", materializedview: "query", virtualtable: "query" };
/** Those that are asked by SQL. */
export const isAsked = (kind: string) => !["project", "folder", "link", "file"].includes(kind);

export function kindOf(type: string | null | undefined): keyof typeof icons {
  const last = (type ?? "").split(".").pop()?.toLowerCase() ?? "";
  return kinds[last] ?? "table";
}

export function KindIcon({ type }: { type: string | null | undefined }) {
  const kind = kindOf(type);
  const Icon = icons[kind];
  return <Icon size={18} role="img" aria-label={t.kinds[kind]} style={{ flexShrink: 0 }} />;
}

export function Id({ id }: { id: string }) {
  return (
    <Group gap={2} wrap="nowrap">
      <Badge variant="outline" color="gray" tt="none" className="plain-badge">
        {id}
      </Badge>
      <Copy text={id} label={t.common.copyId} />
    </Group>
  );
}

/** A date and time, which no line breaks apart. */
export function when(text: string | null | undefined): string {
  return text ? new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }).replaceAll(" ", "\u00a0") : "";
}

export function size(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return "";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit ? value.toFixed(value < 10 ? 1 : 0) : value}\u00a0${units[unit]}`;
}

// ---------------------------------------------------------------- a word in passing

interface Word {
  id: number;
  text: string;
  bad: boolean;
}
let words: Word[] = [];
let next = 1;
const listeners = new Set<() => void>();

function setWords(value: Word[]): void {
  words = value;
  listeners.forEach((tell) => tell());
}

export function tell(text: string, bad = false): void {
  const word = { id: next++, text, bad };
  setWords([...words.slice(-3), word]);
  setTimeout(() => setWords(words.filter((each) => each !== word)), bad ? 12000 : 5000);
}

export function Words() {
  const shown = useSyncExternalStore(
    (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    () => words,
  );
  return (
    <div className="words" role="status" aria-live="polite">
      {shown.map((word) => (
        <div key={word.id} className={word.bad ? "word bad" : "word"}>
          <span>{word.text}</span>
          <ActionIcon variant="transparent" color="gray" aria-label={t.common.close} onClick={() => setWords(words.filter((each) => each !== word))}>
            <IconX size={14} />
          </ActionIcon>
        </div>
      ))}
    </div>
  );
}

/** Do something with a button that waits and an error that is shown. */
export function useDo(): { busy: boolean; error: unknown; run: (work: () => Promise<void>) => Promise<boolean>; clear: () => void } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  return {
    busy,
    error,
    clear: () => setError(null),
    run: async (work) => {
      setBusy(true);
      setError(null);
      try {
        await work();
        return true;
      } catch (caught) {
        setError(caught);
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

/** The next page of a list, if there is one. */
export function More({ list, ...look }: { list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown } } & Pick<ButtonProps, "mt" | "size" | "variant">) {
  if (!list.hasNextPage) return null;
  return (
    <Button variant="default" {...look} loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
      {t.common.more}
    </Button>
  );
}

/** An entity in a short list: its kind, name and id, and a word more. */
export function EntityLine({ entity, more }: { more?: string; entity: { id?: string | null; name?: string | null; type?: string | null } }) {
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start" className="entity-line">
      <KindIcon type={entity.type} />
      <Group gap="0 .5rem" style={{ minWidth: 0 }}>
        <To to={`/Synapse:${entity.id}`} style={{ overflowWrap: "anywhere" }}>
          {entity.name}
        </To>
        <Text size="sm" c="dimmed">
          {entity.id}
          {more && ` · ${more}`}
        </Text>
      </Group>
    </Group>
  );
}

/** Some fields, and what is done with them; closes when it is done. */
export function FormDialog({ title, verb, color, onDo, onClose, children }: { title: string; verb: string; color?: string; onDo: () => Promise<void>; onClose: () => void; children: ReactNode }) {
  const doing = useDo();
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": t.common.close }}>
      <form
        onSubmit={async (event) => {
          event.preventDefault();
          if (await doing.run(onDo)) onClose();
        }}
      >
        <Stack>
          {children}
          <Wrong error={doing.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t.common.cancel}
            </Button>
            <Button type="submit" color={color} loading={doing.busy}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Ask before something is done that matters. */
export function Ask({ title, text, verb, onYes, onClose }: { title: string; text: string; verb: string; onYes: () => Promise<void>; onClose: () => void }) {
  return (
    <FormDialog title={title} verb={verb} color="red" onDo={onYes} onClose={onClose}>
      <Text style={{ overflowWrap: "anywhere" }}>{text}</Text>
    </FormDialog>
  );
}

/** Keeps what fails in one part of the page from the rest. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError() {
    return { failed: true };
  }
  override render() {
    return this.state.failed ? <Empty title={t.errors.crashed} /> : this.props.children;
  }
}
