// The pages that links in mail open. Nothing is done until it is asked for: programs open links, too.
import { Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { api, type Schemas, take } from "../api/client";
import { useToken } from "../api/session";
import { tell, useDo, Wrong } from "../shell/common";
import { follow, go, type Place } from "../shell/router";
import { t } from "../texts";
import { Card, owed } from "./pages";
import { readToken } from "./signed";

export function SignedToken({ place }: { place: Place }) {
  const hex = place.rest[0] ?? "";
  if (place.token === "JoinTeam") return <JoinTeam token={readToken(hex)} />;
  return <Letters token={readToken(hex)} />;
}

function JoinTeam({ token }: { token: Schemas["JoinTeamToken"] | null }) {
  return (
    <Consent
      title={t.links.join}
      text={t.links.joinText}
      verb={t.links.join}
      token={token}
      onYes={async (body) => {
        await take(api.PUT("/repo/v1/teamMember", { body }));
        go(`/Team:${body.teamId ?? ""}`, true);
      }}
    />
  );
}

function Letters({ token }: { token: Schemas["NotificationSettingsToken"] | null }) {
  const [done, setDone] = useState(false);
  if (done) {
    return (
      <Card title={t.links.letters}>
        <Text role="status">{t.links.noLetters}</Text>
      </Card>
    );
  }
  return (
    <Consent
      title={t.links.letters}
      text={t.links.lettersText}
      verb={t.links.stop}
      token={token}
      onYes={async (body) => {
        await take(api.PUT("/repo/v1/notificationSettings", { body }));
        setDone(true);
      }}
    />
  );
}

/** For who has neither phone nor recovery codes: the password and the mail switch the second factor off. */
export function TwoFactorReset({ place }: { place: Place }) {
  const token = readToken<Schemas["TwoFactorAuthResetToken"]>(place.token);
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const doing = useDo();
  if (token === null) return <Wrong error={new Error(t.register.badLink)} />;
  const switchOff = async () => {
    await take(api.POST("/auth/v1/login2", { body: { username, password } })).catch((error: unknown) =>
      take(api.POST("/auth/v1/2fa/disable", { body: { twoFaToken: owed(error).twoFaToken, twoFaResetToken: token } })),
    );
    tell(t.links.offDone);
    go("/Login", true);
  };
  return (
    <Card title={t.links.off}>
      <form onSubmit={(event) => (event.preventDefault(), void doing.run(switchOff))}>
        <Stack>
          <Text>{t.links.offText}</Text>
          <TextInput label={t.signIn.user} value={username} required autoComplete="username" onChange={(event) => setUsername(event.currentTarget.value)} />
          <PasswordInput label={t.signIn.password} value={password} required autoComplete="current-password" visibilityToggleButtonProps={{ tabIndex: -1 }} onChange={(event) => setPassword(event.currentTarget.value)} />
          <Wrong error={doing.error} />
          <Button type="submit" loading={doing.busy}>
            {t.security.switchOff}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}

/** An invitation to an address: whoever has an account of that address takes it. */
export function EmailInvitation({ place }: { place: Place }) {
  const token = readToken<Schemas["InvitationToken"]>(place.token);
  const session = useToken();
  const login = `/Login?to=${encodeURIComponent(location.pathname)}`;
  if (token && !session) {
    return (
      <Card title={t.links.join}>
        <Stack>
          <Text>{t.links.firstSignIn}</Text>
          <Group>
            <Button component="a" href={login} onClick={(event) => follow(event, login)}>
              {t.shell.signIn}
            </Button>
            <Button component="a" variant="default" href="/Register" onClick={(event) => follow(event, "/Register")}>
              {t.shell.register}
            </Button>
          </Group>
        </Stack>
      </Card>
    );
  }
  return (
    <Consent
      title={t.links.join}
      text={t.links.takeText}
      verb={t.links.take}
      token={token}
      onYes={async ({ membershipInvitationId }) => {
        const id = membershipInvitationId ?? "";
        const proof = await take(api.GET("/repo/v1/membershipInvitation/{id}/inviteeVerificationSignedToken", { params: { path: { id } } }));
        await take(api.PUT("/repo/v1/membershipInvitation/{id}/inviteeId", { params: { path: { id } }, body: proof }));
        go("/Teams:", true);
      }}
    />
  );
}

function Consent<T>({ title, text, verb, token, onYes }: { title: string; text: string; verb: string; token: T | null; onYes: (token: T) => Promise<void> }) {
  const doing = useDo();
  if (token === null) return <Wrong error={new Error(t.register.badLink)} />;
  return (
    <Card title={title}>
      <Stack>
        <Text>{text}</Text>
        <Wrong error={doing.error} />
        <Group>
          <Button loading={doing.busy} onClick={() => doing.run(() => onYes(token))}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
