// What is being uploaded, wherever in the site one is.
import { ActionIcon, Button, Group, Paper, Progress, Text } from "@mantine/core";
import { IconRefresh, IconX } from "@tabler/icons-react";
import { size } from "../shell/common";
import { t } from "../texts";
import { cancel, clearFinished, retry, useUploads } from "./upload";

const MOST_SHOWN = 100;

export function Uploads() {
  const uploads = useUploads();
  if (!uploads.length) return null;
  const done = uploads.filter((each) => each.state === "done").length;
  const order = ["failed", "storing", "sending", "hashing", "waiting", "cancelled", "done"];
  const sorted = [...uploads].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state)).slice(0, MOST_SHOWN);
  return (
    <Paper withBorder p="sm" mt="lg" component="section" aria-label={t.files.up}>
      <Group justify="space-between" mb="xs">
        <Text fw={600} role="status">
          {t.files.done(done, uploads.length)}
        </Text>
        <Button size="xs" variant="default" onClick={clearFinished}>
          {t.files.clear}
        </Button>
      </Group>
      <div style={{ maxHeight: "16rem", overflow: "auto" }} tabIndex={0} role="group" aria-label={t.files.up}>
        {sorted.map((each) => (
          <div key={each.id} style={{ padding: ".25rem 0" }}>
            <Group justify="space-between" wrap="nowrap" gap="sm">
              <Text size="sm" className="ellipsis" title={each.name}>
                {each.name}
              </Text>
              <Group gap="xs" wrap="nowrap">
                <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
                  {t.files.states[each.state]} · {size(each.size)}
                </Text>
                {["waiting", "hashing", "sending"].includes(each.state) && (
                  <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t.files.cancel(each.name)} onClick={() => cancel(each.id)}>
                    <IconX size={14} />
                  </ActionIcon>
                )}
                {["failed", "cancelled"].includes(each.state) && (
                  <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t.files.retryOf(each.name)} onClick={() => retry(each.id)}>
                    <IconRefresh size={14} />
                  </ActionIcon>
                )}
              </Group>
            </Group>
            {["hashing", "sending", "storing"].includes(each.state) && <Progress size="xs" value={each.size ? (100 * each.sent) / each.size : 100} aria-label={t.files.progress(each.name)} />}
            {each.error && (
              <Text size="sm" c="var(--mantine-color-error)">
                {each.error}
              </Text>
            )}
          </div>
        ))}
      </div>
    </Paper>
  );
}
