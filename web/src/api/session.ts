// Who is signed in. The token is kept in the browser's storage and sent in a header, never in a URL.
import { useSyncExternalStore } from "react";

const KEY = "synapse.token";
const listeners = new Set<() => void>();

function read(): string | null {
  try {
    return sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
  } catch {
    return null; // storage is switched off: the session lasts as long as the page
  }
}

let token = read();

export function getToken(): string | null {
  return token;
}

/** Sign in; `keep` keeps the session for other tabs and the next visit. */
export function setToken(value: string | null, keep = false): void {
  token = value;
  try {
    sessionStorage.removeItem(KEY);
    localStorage.removeItem(KEY);
    if (value) (keep ? localStorage : sessionStorage).setItem(KEY, value);
  } catch {
    // see read()
  }
  listeners.forEach((tell) => tell());
}

window.addEventListener("storage", (event) => {
  if (event.key === KEY && event.storageArea === localStorage) {
    token = read();
    listeners.forEach((tell) => tell());
  }
});

export function useToken(): string | null {
  return useSyncExternalStore((tell) => {
    listeners.add(tell);
    return () => listeners.delete(tell);
  }, getToken);
}
