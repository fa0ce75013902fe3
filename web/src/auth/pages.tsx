// Signing in, registering, choosing a new password.
import { Alert, Anchor, Button, Checkbox, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { api, Refused, type Schemas, take } from "../api/client";
import { setToken } from "../api/session";
import { tell, useDo, usePageTitle, Wrong } from "../shell/common";
import { go, type Place, To } from "../shell/router";
import { t } from "../texts";
import { readToken } from "./signed";

/** The password was right; this is still owed. */
interface SecondFactor {
  userId: number;
  twoFaToken: string;
}

/** What a refused login says is owed. Throws the error again if it is another one. */
export function owed(error: unknown): SecondFactor {
  const body = error instanceof Refused ? (error.body as Partial<SecondFactor> | null) : null;
  if (!body?.twoFaToken) throw error;
  return body as SecondFactor;
}

export function Card({ title, children }: { title: string; children: React.ReactNode }) {
  usePageTitle(title);
  return (
    <Paper withBorder p="xl" maw={440} mx="auto" mt="xl">
      <Title order={1} size="h2" mb="md">
        {title}
      </Title>
      {children}
    </Paper>
  );
}

/** Where to go after signing in: a page of this site. */
function back(place: Place): string {
  const wanted = place.query.get("to") ?? "/";
  return /^\/[A-Z]/.test(wanted) ? wanted : "/";
}

export function SignIn({ place }: { place: Place }) {
  const doing = useDo();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [keep, setKeep] = useState(false);
  const [code, setCode] = useState("");
  const [second, setSecond] = useState<SecondFactor | null>(null);
  const [terms, setTerms] = useState<string | null>(null);

  async function enter(answer: Schemas["LoginResponse"]) {
    const token = answer.accessToken ?? "";
    const status = await take(api.GET("/auth/v1/termsOfUse2/status", { headers: { Authorization: `Bearer ${token}` } })).catch(() => null);
    const info = await take(api.GET("/auth/v1/termsOfUse2/info")).catch(() => null);
    if (status?.userCurrentTermsOfServiceState === "MUST_AGREE_NOW" && info?.termsOfServiceUrl) {
      setTerms(token);
      return;
    }
    setToken(token, keep);
    go(back(place), true);
  }

  const submit = () =>
    doing.run(async () => {
      if (second) {
        const body = { userId: second.userId, twoFaToken: second.twoFaToken, otpCode: code.trim(), otpType: /^\d{6}$/.test(code.trim()) ? ("TOTP" as const) : ("RECOVERY_CODE" as const) };
        await enter(await take(api.POST("/auth/v1/2fa/token", { body })));
        return;
      }
      try {
        await enter(await take(api.POST("/auth/v1/login2", { body: { username: user, password } })));
      } catch (error) {
        setSecond(owed(error));
      }
    });

  const mailLink = ({ userId, twoFaToken }: SecondFactor) =>
    doing.run(async () => {
      await take(api.POST("/auth/v1/2fa/reset", { body: { userId, twoFaToken, twoFaResetEndpoint: `${location.origin}/TwoFactorReset:` } }));
      tell(t.signIn.lostDone);
    });

  if (terms) return <Terms token={terms} onAgreed={() => (setToken(terms, keep), go(back(place), true))} />;
  return (
    <Card title={t.signIn.title}>
      {place.query.has("to") && (
        <Text mb="md" c="dimmed">
          {t.signIn.expired}
        </Text>
      )}
      <form onSubmit={(event) => (event.preventDefault(), void submit())}>
        <Stack>
          {second ? (
            <TextInput label={t.signIn.code} description={t.signIn.recovery} value={code} autoFocus autoComplete="one-time-code" required onChange={(event) => setCode(event.currentTarget.value)} />
          ) : (
            <>
              <TextInput label={t.signIn.user} value={user} autoFocus autoComplete="username" required onChange={(event) => setUser(event.currentTarget.value)} />
              <PasswordInput label={t.signIn.password} value={password} autoComplete="current-password" required visibilityToggleButtonProps={{ tabIndex: -1 }} onChange={(event) => setPassword(event.currentTarget.value)} />
              <Checkbox label={t.signIn.keep} checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} />
            </>
          )}
          <Wrong error={doing.error} />
          <Button type="submit" loading={doing.busy}>
            {t.signIn.submit}
          </Button>
          {second ? (
            <Button variant="default" disabled={doing.busy} onClick={() => void mailLink(second)}>
              {t.signIn.lost}
            </Button>
          ) : (
            <Group justify="space-between">
              <To to="/ResetPassword:0">{t.signIn.forgot}</To>
              <Text>
                {t.signIn.none} <To to="/Register">{t.shell.register}</To>
              </Text>
            </Group>
          )}
        </Stack>
      </form>
    </Card>
  );
}

function Terms({ token, onAgreed }: { token: string; onAgreed: () => void }) {
  const doing = useDo();
  const [address, setAddress] = useState<string | null>(null);
  const [version, setVersion] = useState<string>();
  if (address === null) {
    setAddress("");
    void take(api.GET("/auth/v1/termsOfUse2/info")).then((info) => {
      setAddress(info.termsOfServiceUrl);
      setVersion(info.latestTermsOfServiceVersion);
    });
  }
  return (
    <Card title={t.terms.title}>
      <Text mb="md">{t.terms.text}</Text>
      {address && /^https?:/.test(address) && (
        <Anchor href={address} target="_blank" rel="noopener noreferrer">
          {t.terms.read}
        </Anchor>
      )}
      <Wrong error={doing.error} />
      <Button
        mt="md"
        loading={doing.busy}
        onClick={async () =>
          (await doing.run(async () => {
            await take(api.POST("/auth/v1/termsOfUse2", { body: { accessToken: token, termsOfServiceVersion: version } }));
          })) && onAgreed()
        }
      >
        {t.terms.agree}
      </Button>
    </Card>
  );
}

export function Register() {
  const doing = useDo();
  const [email, setEmail] = useState("");
  const [sent, setSent] = useState(false);
  return (
    <Card title={t.register.title}>
      {sent ? (
        <Alert color="teal" variant="outline">
          {t.register.sent(email)}
        </Alert>
      ) : (
        <form
          onSubmit={async (event) => {
            event.preventDefault();
            const query = { portalEndpoint: `${location.origin}/NewAccount:` };
            if (await doing.run(async () => void (await take(api.POST("/repo/v1/account/emailValidation", { params: { query }, body: { email } }))))) setSent(true);
          }}
        >
          <Stack>
            <Text>{t.register.intro}</Text>
            <TextInput type="email" label={t.register.email} value={email} required autoComplete="email" onChange={(event) => setEmail(event.currentTarget.value)} />
            <Wrong error={doing.error} />
            <Button type="submit" loading={doing.busy}>
              {t.register.send}
            </Button>
          </Stack>
        </form>
      )}
    </Card>
  );
}

export function Finish({ place }: { place: Place }) {
  const token = readToken<Schemas["EmailValidationToken"]>(place.token);
  const doing = useDo();
  const [fields, setFields] = useState({ username: "", firstName: "", lastName: "", password: "" });
  const field = (name: keyof typeof fields) => ({ value: fields[name], onChange: (event: React.ChangeEvent<HTMLInputElement>) => setFields({ ...fields, [name]: event.currentTarget.value }) });
  return (
    <Card title={t.register.finish}>
      {token === null ? (
        <Wrong error={new Error(t.register.badLink)} />
      ) : (
        <form
          onSubmit={async (event) => {
            event.preventDefault();
            await doing.run(async () => {
              const answer = await take(api.POST("/repo/v1/account2", { body: { ...fields, emailValidationSignedToken: token } }));
              setToken(answer.accessToken ?? null);
              go("/", true);
            });
          }}
        >
          <Stack>
            <Text c="dimmed">{token.email}</Text>
            <TextInput label={t.register.user} description={t.register.userHint} required autoComplete="username" {...field("username")} />
            <Group grow>
              <TextInput label={t.register.first} autoComplete="given-name" {...field("firstName")} />
              <TextInput label={t.register.last} autoComplete="family-name" {...field("lastName")} />
            </Group>
            <PasswordInput label={t.register.password} required autoComplete="new-password" visibilityToggleButtonProps={{ tabIndex: -1 }} {...field("password")} />
            <Wrong error={doing.error} />
            <Button type="submit" loading={doing.busy}>
              {t.register.done}
            </Button>
          </Stack>
        </form>
      )}
    </Card>
  );
}

export function Reset({ place }: { place: Place }) {
  const token = place.token.length > 8 ? readToken<Schemas["PasswordResetToken"]>(place.token) : null;
  const doing = useDo();
  const [text, setText] = useState("");
  const [done, setDone] = useState(false);
  return (
    <Card title={token ? t.signIn.resetTitle : t.signIn.forgot}>
      {done ? (
        <>
          <Alert color="teal" variant="outline" mb="md">
            {token ? t.signIn.passwordDone : t.signIn.resetDone}
          </Alert>
          <To to="/Login">{t.signIn.title}</To>
        </>
      ) : (
        <form
          onSubmit={async (event) => {
            event.preventDefault();
            const good = await doing.run(async () => {
              if (token) {
                const body = { concreteType: "org.sagebionetworks.repo.model.auth.ChangePasswordWithToken" as const, newPassword: text, passwordChangeToken: token };
                await take(api.POST("/auth/v1/user/changePassword", { body }));
              } else {
                const query = { passwordResetEndpoint: `${location.origin}/ResetPassword:` };
                await take(api.POST("/auth/v1/user/password/reset", { params: { query }, body: { email: text } }));
              }
            });
            if (good) setDone(true);
          }}
        >
          <Stack>
            {token ? (
              <PasswordInput label={t.signIn.newPassword} required autoComplete="new-password" value={text} onChange={(event) => setText(event.currentTarget.value)} />
            ) : (
              <>
                <Text>{t.signIn.resetText}</Text>
                <TextInput type="email" label={t.register.email} required autoComplete="email" value={text} onChange={(event) => setText(event.currentTarget.value)} />
              </>
            )}
            <Wrong error={doing.error} />
            <Button type="submit" loading={doing.busy}>
              {token ? t.common.save : t.signIn.reset}
            </Button>
          </Stack>
        </form>
      )}
    </Card>
  );
}
