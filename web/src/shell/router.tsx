// Addresses: the browser's history, links that do not load the page anew, and what an address means.
import { Anchor, type AnchorProps } from "@mantine/core";
import { type MouseEvent, type ReactNode, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
window.addEventListener("popstate", () => listeners.forEach((tell) => tell()));

export function go(to: string, replace = false): void {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  if (!replace) window.scrollTo(0, 0);
  listeners.forEach((tell) => tell());
}

/** The old form, `/#!Synapse:syn1`, as the form of today. */
export function redirectOldForm(): void {
  const old = /^#!([A-Z].*)$/.exec(location.hash);
  if (old) history.replaceState(null, "", `/${old[1]}`);
}

export function useAddress(): string {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => location.pathname + location.search,
  );
}

export interface Place {
  page: string;
  token: string;
  rest: string[];
  query: URLSearchParams;
}

/** `/Synapse:syn1/files` is the page Synapse of syn1 with the rest ["files"]. */
export function parse(address: string): Place {
  const url = new URL(address, location.origin);
  const [first = "", ...rest] = url.pathname.slice(1).split("/");
  const colon = first.indexOf(":");
  const decode = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return {
    page: colon < 0 ? first : first.slice(0, colon),
    token: colon < 0 ? "" : decode(first.slice(colon + 1)),
    rest: rest.map(decode).filter(Boolean),
    query: url.searchParams,
  };
}

export function follow(event: MouseEvent<HTMLElement>, to: string): void {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(to);
}

export function To({ to, children, ...rest }: { to: string; children: ReactNode; "aria-current"?: "page" | undefined; "aria-label"?: string; title?: string } & AnchorProps) {
  return (
    <Anchor inherit={!rest.size} href={to} onClick={(event: MouseEvent<HTMLElement>) => follow(event, to)} {...rest}>
      {children}
    </Anchor>
  );
}
