// How to get and store things without the page: commands with the real address and ids.
import { Stack, Tabs, Text } from "@mantine/core";
import { Code } from "../shell/common";
import { t } from "../texts";

function place(): string {
  return `export SYNAPSE_ENDPOINT=${location.origin}\n`;
}

function python(lines: string): string {
  return `import os\nos.environ.setdefault("SYNAPSE_ENDPOINT", "${location.origin}")\nimport synapseclient\n\nsyn = synapseclient.login()\n${lines}`;
}

/** The first upload, in three ways. */
export function Start({ id }: { id: string | null }) {
  const parent = id ?? "project";
  const cli = id ? `${place()}synapse login\nsynapse store measurements.csv --parentid ${id}` : `${place()}synapse login\nsynapse create Project --name "My study"`;
  const code = python(
    `${id ? "" : 'project = syn.store(synapseclient.Project("My study"))\n'}file = syn.store(synapseclient.File("measurements.csv", parent=${id ? `"${id}"` : parent}))\nprint(file.id)`,
  );
  return (
    <Tabs defaultValue={id ? "page" : "cli"}>
      <Tabs.List>
        {id && <Tabs.Tab value="page">{t.start.page}</Tabs.Tab>}
        <Tabs.Tab value="cli">{t.start.cli}</Tabs.Tab>
        <Tabs.Tab value="python">{t.start.python}</Tabs.Tab>
      </Tabs.List>
      {id && (
        <Tabs.Panel value="page" pt="sm">
          <Text>{t.start.pageText}</Text>
        </Tabs.Panel>
      )}
      <Tabs.Panel value="cli" pt="sm">
        <Code text={cli} label={t.start.cli} />
      </Tabs.Panel>
      <Tabs.Panel value="python" pt="sm">
        <Code text={code} label={t.start.python} />
      </Tabs.Panel>
    </Tabs>
  );
}

/** Get this with the command, or Python. */
export function GetWith({ id, version, container }: { id: string; version?: number | undefined; container: boolean }) {
  const cli = container ? `synapse get -r ${id}` : `synapse get ${id}${version ? ` --version ${version}` : ""}`;
  const code = container ? `import synapseutils\n\nfiles = synapseutils.syncFromSynapse(syn, "${id}", path="${id}")` : `file = syn.get("${id}"${version ? `, version=${version}` : ""})\nprint(file.path)`;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        {t.start.cli}
      </Text>
      <Code text={`${place()}${cli}`} label={t.start.cli} />
      <Text size="sm" fw={600}>
        {t.start.python}
      </Text>
      <Code text={python(code)} label={t.start.python} />
    </Stack>
  );
}
