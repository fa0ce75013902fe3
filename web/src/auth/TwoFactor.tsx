// Two-factor authentication: switched on with an authenticator app, kept usable by recovery codes.
import { Alert, Button, Group, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { encode } from "uqr";
import { api, type Schemas, take } from "../api/client";
import { Ask, Code, useDo, usePageTitle, Wait, Wrong } from "../shell/common";
import { t } from "../texts";

type Secret = Schemas["TotpSecret"];

export function Security() {
  usePageTitle(t.security.title);
  const status = useQuery({ queryKey: ["2fa"], queryFn: () => take(api.GET("/auth/v1/2fa")) });
  return (
    <Stack maw={700}>
      <Title order={1} size="h2">
        {t.security.title}
      </Title>
      <Wrong error={status.error} retry={() => void status.refetch()} />
      {status.isPending && <Wait />}
      {status.data && (
        <Paper withBorder p="lg" component="section" aria-labelledby="two-factor">
          <Title order={2} size="h4" mb="xs" id="two-factor">
            {t.security.twoFactor}
          </Title>
          <TwoFactor isOn={status.data.status === "ENABLED"} />
        </Paper>
      )}
    </Stack>
  );
}

function TwoFactor({ isOn }: { isOn: boolean }) {
  const [secret, setSecret] = useState<Secret | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [leaving, setLeaving] = useState(false);
  const doing = useDo();
  const queries = useQueryClient();
  const changed = () => queries.invalidateQueries({ queryKey: ["2fa"] });
  const newCodes = async () => setCodes((await take(api.POST("/auth/v1/2fa/recoveryCodes"))).codes);
  if (codes) return <Codes codes={codes} onClose={() => setCodes(null)} />;
  if (secret) {
    return (
      <Enroll
        secret={secret}
        onDone={async () => {
          setSecret(null);
          await changed();
          await newCodes();
        }}
        onClose={() => setSecret(null)}
      />
    );
  }
  return (
    <Stack>
      <Text>{isOn ? t.security.on : t.security.off}</Text>
      <Wrong error={doing.error} />
      <Group>
        {isOn ? (
          <>
            <Button variant="default" loading={doing.busy} onClick={() => doing.run(newCodes)}>
              {t.security.newCodes}
            </Button>
            <Button variant="default" onClick={() => setLeaving(true)}>
              {t.security.switchOff}
            </Button>
          </>
        ) : (
          <Button loading={doing.busy} onClick={() => doing.run(async () => setSecret(await take(api.POST("/auth/v1/2fa/enroll"))))}>
            {t.security.switchOn}
          </Button>
        )}
      </Group>
      {leaving && (
        <Ask
          title={t.security.switchOff}
          text={t.security.switchOffText}
          verb={t.security.switchOff}
          onClose={() => setLeaving(false)}
          onYes={async () => {
            await take(api.DELETE("/auth/v1/2fa"));
            await changed();
          }}
        />
      )}
    </Stack>
  );
}

/** What authenticator apps read from a picture. */
function addressOf({ username, secret, alg, digits, period }: Secret): string {
  const issuer = location.hostname;
  const query = new URLSearchParams({ secret, issuer, algorithm: alg, digits: String(digits), period: String(period) });
  return `otpauth://totp/${encodeURIComponent(`${issuer}:${username}`)}?${query}`;
}

function Enroll({ secret, onDone, onClose }: { secret: Secret; onDone: () => Promise<void>; onClose: () => void }) {
  const [totp, setTotp] = useState("");
  const doing = useDo();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void doing.run(async () => {
          await take(api.POST("/auth/v1/2fa", { body: { secretId: secret.secretId, totp: totp.trim() } }));
          await onDone();
        });
      }}
    >
      <Stack>
        <Text>{t.security.scan}</Text>
        <Picture text={addressOf(secret)} />
        <Text size="sm">{t.security.orType}</Text>
        <Code text={secret.secret} label={t.security.secret} />
        <TextInput label={t.security.firstCode} value={totp} required autoFocus inputMode="numeric" autoComplete="one-time-code" maw={240} onChange={(event) => setTotp(event.currentTarget.value)} />
        <Wrong error={doing.error} />
        <Group>
          <Button type="submit" loading={doing.busy}>
            {t.security.switchOn}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t.common.cancel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A QR code: dark on light whatever the colours of the page, or scanners do not see it. */
function Picture({ text }: { text: string }) {
  const { data, size } = encode(text, { border: 2 });
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : []))).join("");
  return (
    <svg role="img" aria-label={t.security.picture} viewBox={`0 0 ${size} ${size}`} width={200} height={200} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

function Codes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  return (
    <Stack>
      <Alert color="teal" variant="outline">
        {t.security.codesOnce}
      </Alert>
      <Code text={codes.join("\n")} label={t.security.codes} />
      <Group>
        <Button onClick={onClose}>{t.security.codesKept}</Button>
      </Group>
    </Stack>
  );
}
