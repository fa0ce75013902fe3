// Calls of the REST API, with the types of the server's own OpenAPI document.
import createClient, { type Middleware } from "openapi-fetch";
import { t } from "../texts";
import type { components, paths } from "./schema";
import { getToken, setToken } from "./session";

export type Schemas = components["schemas"];
export type Entity = Schemas["Project"] | Schemas["Folder"] | Schemas["FileEntity"] | Schemas["Link"] | Schemas["TableEntity"] | Schemas["Dataset"] | Schemas["DatasetCollection"];
export type Bundle = Schemas["EntityBundle"];
export type Header = Schemas["EntityHeader"];

/** What the server refused, in its own words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly body: unknown = null,
  ) {
    super(message);
  }
}

const authorize: Middleware = {
  onRequest({ request }) {
    const token = getToken();
    if (token) request.headers.set("Authorization", `Bearer ${token}`);
    return request;
  },
  onResponse({ request, response }) {
    // An expired session, not a wrong password: those are sent without a token.
    if (response.status === 401 && request.headers.get("Authorization") === `Bearer ${getToken()}`) setToken(null);
    return undefined;
  },
};

export const api = createClient<paths>({ baseUrl: location.origin });
api.use(authorize);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer of a call, or an error that says what was wrong. */
export async function take<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused(0, t.errors.network);
  }
  if (!answer.response.ok) {
    const reason = (answer.error as { reason?: string } | undefined)?.reason;
    throw new Refused(answer.response.status, reason ?? t.errors.status(answer.response.status), answer.error);
  }
  return answer.data as T;
}

/** The same, or null where there is no such thing. */
export async function takeOrNull<T>(call: Promise<Answer<T>>): Promise<T | null> {
  try {
    return await take(call);
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return null;
    throw error;
  }
}

/** Ask for the result of a job until it is there. */
export async function finished<T>(poll: () => Promise<Answer<T>>, signal?: AbortSignal): Promise<T> {
  for (let wait = 60; ; wait = Math.min(wait * 1.5, 2000)) {
    signal?.throwIfAborted();
    const answer = await poll();
    if (answer.response.status !== 202) return take(Promise.resolve(answer));
    await new Promise((done) => setTimeout(done, wait));
  }
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
