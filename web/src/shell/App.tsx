// The frame around every page, and which page an address is.
import { ActionIcon, AppShell, Burger, Button, Group, Menu, NavLink, Text, TextInput, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHome, IconKey, IconMoon, IconSearch, IconSettings, IconShieldCheck, IconSun, IconTrash, IconUser, IconUsers } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type ComponentType, lazy, Suspense, useState } from "react";
import { api } from "../api/client";
import { setToken, useToken } from "../api/session";
import { useIsAct, useIsAdmin, useMe } from "../users/me";
import { Uploads } from "../files/Uploads";
import { t } from "../texts";
import { Boundary, Empty, Wait, Words } from "./common";
import { follow, go, type Place, parse, To, useAddress } from "./router";

type Page = ComponentType<{ place: Place }>;
const page = <K extends string>(load: () => Promise<Record<K, Page>>, name: K) => lazy(async () => ({ default: (await load())[name] }));
const auth = () => import("../auth/pages");
const governance = () => import("../governance/pages");
const links = () => import("../auth/links");
const pages: Record<string, Page> = {
  "": page(() => import("../home/Home"), "Home"),
  Synapse: page(() => import("../entities/EntityPage"), "EntityPage"),
  Wiki: page(() => import("../entities/EntityPage"), "EntityPage"),
  Login: page(auth, "SignIn"),
  LoginPlace: page(auth, "SignIn"),
  Register: page(auth, "Register"),
  RegisterAccount: page(auth, "Register"),
  NewAccount: page(auth, "Finish"),
  ResetPassword: page(auth, "Reset"),
  PasswordReset: page(auth, "Reset"),
  SignedToken: page(links, "SignedToken"),
  TwoFactorReset: page(links, "TwoFactorReset"),
  EmailInvitation: page(links, "EmailInvitation"),
  PersonalAccessTokens: page(() => import("../auth/Tokens"), "Tokens"),
  Profile: page(() => import("../users/Profile"), "Profile"),
  Team: page(() => import("../teams/pages"), "TeamPage"),
  Teams: page(() => import("../teams/pages"), "TeamsPage"),
  TeamSearch: page(() => import("../teams/pages"), "TeamsPage"),
  Trash: page(() => import("../trash/Trash"), "Trash"),
  Administration: page(() => import("../administration/Administration"), "Administration"),
  AccessRequirement: page(governance, "RequirementPage"),
  DataAccessManagement: page(governance, "Management"),
  Search: page(() => import("../home/Search"), "Search"),
};

export function App() {
  const address = useAddress();
  const place = parse(address);
  const [opened, { toggle, close }] = useDisclosure();
  const Shown = pages[place.page];
  const token = useToken();
  const isAdmin = useIsAdmin();
  const isAct = useIsAct();
  const links = [
    { to: "/", label: t.shell.home, icon: IconHome, here: place.page === "" },
    ...(token
      ? [
          { to: "/Teams:", label: t.shell.teams, icon: IconUsers, here: place.page.startsWith("Team") },
          { to: "/Trash:0", label: t.shell.trash, icon: IconTrash, here: place.page === "Trash" },
          ...(isAct ? [{ to: "/DataAccessManagement:0", label: t.governance.management, icon: IconShieldCheck, here: place.page === "DataAccessManagement" }] : []),
          ...(isAdmin ? [{ to: "/Administration:0", label: t.administration.title, icon: IconSettings, here: place.page === "Administration" }] : []),
          { to: "/PersonalAccessTokens:0", label: t.shell.tokens, icon: IconKey, here: place.page === "PersonalAccessTokens" },
        ]
      : []),
  ];
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 200, breakpoint: "sm", collapsed: { mobile: !opened } }} padding="md">
      <AppShell.Header px="md">
        <a
          className="skip"
          href="#content"
          onClick={(event) => {
            event.preventDefault();
            document.getElementById("content")?.focus();
          }}
        >
          {t.common.skip}
        </a>
        <Group h="100%" justify="space-between" wrap="nowrap" gap="sm">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t.shell.menu} aria-expanded={opened} />
            <To to="/" underline="never" c="inherit" aria-label={t.name}>
              <Group gap={8} wrap="nowrap">
                <img src="/icon.svg" width={26} height={26} alt="" />
                <Text fw={700} size="lg" visibleFrom="xs">
                  {t.name}
                </Text>
              </Group>
            </To>
          </Group>
          <Find />
          <Group gap="xs" wrap="nowrap">
            <Scheme />
            <Account />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t.shell.navigation}>
        {links.map(({ to, label, icon: Icon, here }) => (
          <NavLink
            key={to}
            href={to}
            label={label}
            active={here}
            variant="subtle"
            {...(here ? { "aria-current": "page" as const, fw: 700 } : {})}
            leftSection={<Icon size={18} aria-hidden />}
            onClick={(event) => {
              follow(event, to);
              close();
            }}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Boundary key={place.page + place.token}>
          <Suspense fallback={<Wait />}>{Shown ? <Shown place={place} /> : <Missing />}</Suspense>
        </Boundary>
        <Uploads />
      </AppShell.Main>
      <Words />
    </AppShell>
  );
}

function Missing() {
  return (
    <Empty title={t.errors.page}>
      <Text ta="center">
        <To to="/">{t.errors.toHome}</To>
      </Text>
    </Empty>
  );
}

function Find() {
  const [text, setText] = useState("");
  return (
    <form
      role="search"
      style={{ flex: 1, minWidth: 0, maxWidth: "26rem" }}
      onSubmit={(event) => {
        event.preventDefault();
        const words = text.trim();
        if (!words) return;
        go(/^syn\d+(\.\d+)?$/i.test(words) ? `/Synapse:${words.toLowerCase()}` : `/Search:${encodeURIComponent(words)}`);
        setText("");
      }}
    >
      <TextInput size="sm" aria-label={t.shell.find} placeholder={t.shell.findHint} value={text} onChange={(event) => setText(event.currentTarget.value)} leftSection={<IconSearch size={16} aria-hidden />} />
    </form>
  );
}

function Scheme() {
  const { setColorScheme } = useMantineColorScheme();
  const now = useComputedColorScheme("light", { getInitialValueInEffect: false });
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={now === "dark" ? t.shell.light : t.shell.dark} onClick={() => setColorScheme(now === "dark" ? "light" : "dark")}>
      {now === "dark" ? <IconSun size={18} /> : <IconMoon size={18} />}
    </ActionIcon>
  );
}

function Account() {
  const token = useToken();
  const me = useMe();
  const queries = useQueryClient();
  if (!token) {
    return (
      <Button component="a" href="/Login" size="sm" onClick={(event) => follow(event, "/Login")}>
        {t.shell.signIn}
      </Button>
    );
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" size="sm" leftSection={<IconUser size={16} aria-hidden />} classNames={{ section: "account-icon" }} aria-label={`${t.shell.account}: ${me?.userName ?? ""}`}>
          <span className="ellipsis account-name">
            {me?.userName ?? "…"}
          </span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => go(`/Profile:${me?.ownerId ?? ""}`)}>{t.shell.profile}</Menu.Item>
        <Menu.Item onClick={() => go(`/Profile:${me?.ownerId ?? ""}/settings`)}>{t.security.title}</Menu.Item>
        <Menu.Item onClick={() => go("/PersonalAccessTokens:0")}>{t.shell.tokens}</Menu.Item>
        <Menu.Divider />
        <Menu.Item
          onClick={async () => {
            await api.DELETE("/auth/v1/sessionAccessToken").catch(() => undefined);
            setToken(null);
            queries.clear();
            go("/");
          }}
        >
          {t.shell.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
