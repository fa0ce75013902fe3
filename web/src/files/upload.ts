// Uploads: files in parts, several at a time, each with progress, cancel and retry. An upload that
// was broken off goes on where it was: the same file asks for the same upload.
import { useSyncExternalStore } from "react";
import { api, Refused, reason, type Schemas, take } from "../api/client";
import { t } from "../texts";

const AT_ONCE = 6;
const PARTS_AT_ONCE = 3;
const PART = 8 * 1024 * 1024;
const MOST_PARTS = 10_000;
const MILLISECONDS_BETWEEN = 50;

export type State = "waiting" | "hashing" | "sending" | "storing" | "done" | "failed" | "cancelled";

export interface Upload {
  id: number;
  name: string;
  size: number;
  sent: number;
  state: State;
  error?: string;
  entity?: string;
}

interface Job {
  upload: Upload;
  file: File;
  store: (handle: string) => Promise<string>;
  control: AbortController;
  settled: (entity: string | null) => void;
}

let jobs: Job[] = [];
let shown: Upload[] = [];
let next = 1;
const listeners = new Set<() => void>();
const folders = new Map<string, Promise<string>>();

function change(job: Job, fields: Partial<Upload>): void {
  job.upload = { ...job.upload, ...fields };
  show();
}

let showing: ReturnType<typeof setTimeout> | undefined;

/** Let the page show how the uploads stand: hundreds of them change many times a second. */
function show(): void {
  showing ??= setTimeout(() => {
    showing = undefined;
    shown = jobs.map((each) => each.upload);
    listeners.forEach((tell) => tell());
  }, MILLISECONDS_BETWEEN);
}

export function useUploads(): Upload[] {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => shown,
  );
}

window.addEventListener("beforeunload", (event) => {
  if (jobs.some((job) => ["waiting", "hashing", "sending", "storing"].includes(job.upload.state))) event.preventDefault();
});

/** Take a file; `store` makes something of its file handle and tells what. */
function add(file: File, name: string, store: Job["store"]): Promise<string | null> {
  return new Promise((settled) => {
    const upload: Upload = { id: next++, name, size: file.size, sent: 0, state: "waiting" };
    const job: Job = { upload, file, store, control: new AbortController(), settled };
    jobs = [...jobs, job];
    change(job, {});
    pump();
  });
}

export interface Dropped {
  file: File;
  /** Folders above the file, outermost first. */
  folders: string[];
}

/** Upload files into a folder or project, and make the folders that they lie in. */
export async function uploadInto(parent: string, files: Dropped[], onStored: () => void): Promise<void> {
  const all = files.map(({ file, folders: above }) =>
    add(file, [...above, file.name].join("/"), async (handle) => {
      let place = parent;
      for (const name of above) place = await folderIn(place, name);
      const stored = await storeFile(place, file.name, handle);
      onStored();
      return stored;
    }),
  );
  await Promise.all(all);
}

/** Upload a file as the next version of an entity. */
export function uploadVersion(entity: Schemas["FileEntity"], file: File): Promise<string | null> {
  return add(file, file.name, async (handle) => {
    const id = entity.id ?? "";
    const now = (await take(api.GET("/repo/v1/entity/{id}", { params: { path: { id } } }))) as Schemas["FileEntity"];
    await take(api.PUT("/repo/v1/entity/{id}", { params: { path: { id } }, body: { ...now, dataFileHandleId: handle, versionLabel: undefined, versionComment: undefined } }));
    return id;
  });
}

/** Upload a file for some other use; its file handle. */
export function uploadHandle(file: File): Promise<string | null> {
  return add(file, file.name, (handle) => Promise.resolve(handle));
}

async function childOf(parentId: string, entityName: string): Promise<string | null> {
  try {
    return (await take(api.POST("/repo/v1/entity/child", { body: { parentId, entityName } }))).id;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return null;
    throw error;
  }
}

function folderIn(parentId: string, name: string): Promise<string> {
  const key = `${parentId}/${name}`;
  const known = folders.get(key);
  if (known) return known;
  const made = (async () => {
    const found = await childOf(parentId, name);
    if (found) return found;
    const body = { concreteType: "org.sagebionetworks.repo.model.Folder" as const, parentId, name };
    return (await take(api.POST("/repo/v1/entity", { body }))).id ?? "";
  })();
  folders.set(key, made);
  // It may be renamed or trashed later, so it is remembered for the files of one drop only.
  const forget = () => setTimeout(() => folders.delete(key), 20_000);
  made.then(forget, () => folders.delete(key));
  return made;
}

async function storeFile(parentId: string, name: string, dataFileHandleId: string): Promise<string> {
  const concreteType = "org.sagebionetworks.repo.model.FileEntity" as const;
  try {
    return (await take(api.POST("/repo/v1/entity", { body: { concreteType, parentId, name, dataFileHandleId } }))).id ?? "";
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 409) throw error;
    const id = await childOf(parentId, name);
    if (id === null) throw error;
    const now = await take(api.GET("/repo/v1/entity/{id}", { params: { path: { id } } }));
    if (now.concreteType !== concreteType) throw error;
    await take(api.PUT("/repo/v1/entity/{id}", { params: { path: { id } }, body: { ...now, dataFileHandleId, versionLabel: undefined, versionComment: undefined } }));
    return id;
  }
}

export function cancel(id: number): void {
  const job = jobs.find((each) => each.upload.id === id);
  if (!job) return;
  job.control.abort();
  change(job, { state: "cancelled" });
  job.settled(null);
  pump();
}

export function retry(id: number): void {
  const job = jobs.find((each) => each.upload.id === id);
  if (!job) return;
  job.control = new AbortController();
  const { error: _, ...rest } = job.upload;
  job.upload = rest;
  change(job, { state: "waiting", sent: 0 });
  pump();
}

export function clearFinished(): void {
  jobs = jobs.filter((job) => !["done", "failed", "cancelled"].includes(job.upload.state));
  show();
}

function pump(): void {
  const busy = jobs.filter((job) => ["hashing", "sending", "storing"].includes(job.upload.state)).length;
  for (const job of jobs.filter((each) => each.upload.state === "waiting").slice(0, AT_ONCE - busy)) void work(job);
}

async function work(job: Job): Promise<void> {
  const { control } = job;
  change(job, { state: "hashing" });
  try {
    const handle = await send(job);
    control.signal.throwIfAborted();
    change(job, { state: "storing" });
    const entity = await job.store(handle);
    change(job, { state: "done", sent: job.upload.size, entity });
    job.settled(entity);
  } catch (error) {
    if (control.signal.aborted) return;
    change(job, { state: "failed", error: reason(error) });
  } finally {
    hasher?.postMessage({ id: job.upload.id, call: 0, forget: true });
    pump();
  }
}

// ---------------------------------------------------------------- parts

let hasher: Worker | null = null;
const calls = new Map<number, { done: (md5: string) => void; failed: (error: Error) => void }>();

function md5(id: number, part?: Blob): Promise<string> {
  if (!hasher) {
    hasher = new Worker(new URL("./hash.worker.ts", import.meta.url), { type: "module" });
    hasher.onmessage = (event: MessageEvent<{ call: number; md5: string; error?: string }>) => {
      const call = calls.get(event.data.call);
      calls.delete(event.data.call);
      if (event.data.error) call?.failed(new Error(event.data.error));
      else call?.done(event.data.md5);
    };
  }
  const call = next++;
  return new Promise((done, failed) => {
    calls.set(call, { done, failed });
    hasher?.postMessage(part ? { id, call, part } : { id, call, end: true });
  });
}

/** Send the bytes; the id of their file handle. */
async function send(job: Job): Promise<string> {
  const { file, control, upload } = job;
  const { signal } = control;
  const partSizeBytes = Math.max(PART, Math.ceil(file.size / MOST_PARTS));
  const count = Math.max(1, Math.ceil(file.size / partSizeBytes));
  const body: Schemas["MultipartUploadRequest"] = {
    concreteType: "org.sagebionetworks.repo.model.file.MultipartUploadRequest",
    fileName: file.name,
    fileSizeBytes: file.size,
    contentType: file.type || typeOf(file.name),
    partSizeBytes,
    storageLocationId: 1,
    generatePreview: false,
    contentFingerprint: `web:${file.size}:${file.lastModified}:${upload.name}`.slice(0, 256),
  };
  const begin = (forceRestart: boolean) => take(api.POST("/file/v1/file/multipart", { params: { query: { forceRestart } }, body, signal }));
  let status = await begin(false);
  if (status.state === "COMPLETED") {
    const handleId = status.resultFileHandleId ?? "";
    if (await isOf(job, handleId, partSizeBytes)) return handleId;
    status = await begin(true);
  }
  const { uploadId } = status;
  const sent = new Map<number, number>();
  const running = new Set<Promise<void>>();
  change(job, { state: "sending" });
  for (let number = 1; number <= count; number += 1) {
    const part = file.slice((number - 1) * partSizeBytes, number * partSizeBytes);
    const sum = await md5(upload.id, part); // in order: the whole is counted on the way
    signal.throwIfAborted();
    if (status.partsState[number - 1] === "1") {
      progress(job, sent, number, part.size);
      continue;
    }
    const task = sendPart(job, uploadId, number, part, sum, sent).finally(() => running.delete(task));
    task.catch(() => undefined); // told by the next await
    running.add(task);
    if (running.size >= PARTS_AT_ONCE) await Promise.race(running);
  }
  await Promise.all(running);
  const contentMD5Hex = await md5(upload.id);
  signal.throwIfAborted();
  const done = await take(api.PUT("/file/v1/file/multipart/{uploadId}/complete", { params: { path: { uploadId }, query: { contentMD5Hex } }, signal }));
  return done.resultFileHandleId ?? "";
}

/** Whether a file handle has the bytes of the file: name, size and date may be those of another. */
async function isOf({ file, upload, control: { signal } }: Job, handleId: string, step: number): Promise<boolean> {
  const handle = await take(api.GET("/file/v1/fileHandle/{handleId}", { params: { path: { handleId } }, signal }));
  for (let from = 0; from === 0 || from < file.size; from += step) {
    await md5(upload.id, file.slice(from, from + step));
    signal.throwIfAborted();
  }
  return "contentMd5" in handle && handle.contentMd5 === (await md5(upload.id));
}

function progress(job: Job, sent: Map<number, number>, number: number, bytes: number): void {
  sent.set(number, bytes);
  change(job, { sent: [...sent.values()].reduce((sum, each) => sum + each, 0) });
}

async function sendPart(job: Job, uploadId: string, number: number, part: Blob, sum: string, sent: Map<number, number>): Promise<void> {
  const { signal } = job.control;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const body = { uploadId, partNumbers: [number] };
      const urls = await take(api.POST("/file/v1/file/multipart/{uploadId}/presigned/url/batch", { params: { path: { uploadId } }, body, signal }));
      const to = urls.partPresignedUrls[0];
      if (!to) throw new Error(t.files.corrupted);
      await put(to, part, signal, (bytes) => progress(job, sent, number, bytes));
      const query = { partMD5Hex: sum };
      const added = await take(api.PUT("/file/v1/file/multipart/{uploadId}/add/{partNumber}", { params: { path: { uploadId, partNumber: number }, query }, signal }));
      if (added.addPartState !== "ADD_SUCCESS") throw new Error(added.errorMessage ?? t.files.corrupted);
      progress(job, sent, number, part.size);
      return;
    } catch (error) {
      if (signal.aborted || attempt >= 5 || (error instanceof Refused && error.status >= 400 && error.status < 500)) throw error;
      await new Promise((done) => setTimeout(done, 500 * 2 ** attempt)); // the network may come back
    }
  }
}

function put(to: Schemas["PartPresignedUrl"], part: Blob, signal: AbortSignal, onProgress: (bytes: number) => void): Promise<void> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much is sent
    request.open("PUT", to.uploadPresignedUrl);
    for (const [name, value] of Object.entries(to.signedHeaders ?? {})) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => (request.status < 300 ? done() : failed(new Error(t.errors.status(request.status))));
    request.onerror = () => failed(new Error(t.errors.network));
    signal.addEventListener("abort", () => (request.abort(), failed(new DOMException("", "AbortError"))), { once: true });
    request.send(part);
  });
}

const TYPES: Record<string, string> = { csv: "text/csv", tsv: "text/tab-separated-values", md: "text/markdown", py: "text/x-python", r: "text/x-r", json: "application/json", ipynb: "application/x-ipynb+json", txt: "text/plain", yaml: "application/yaml", yml: "application/yaml" };

function typeOf(name: string): string {
  return TYPES[name.split(".").pop()?.toLowerCase() ?? ""] ?? "application/octet-stream";
}

// ---------------------------------------------------------------- what was dropped

/** The files of a drop, folders walked through. */
export async function filesOf(data: DataTransfer): Promise<Dropped[]> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((each) => each !== null);
  const found: Dropped[] = [];
  for (const entry of entries) await walk(entry, [], found);
  return found;
}

async function walk(entry: FileSystemEntry, above: string[], found: Dropped[]): Promise<void> {
  if (entry.isFile) {
    found.push({ file: await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed)), folders: above });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return; // readers give some at a time
    for (const each of some) await walk(each, [...above, entry.name], found);
  }
}

/** The files of a file chooser, which tells the folders that they lie in. */
export function chosen(list: FileList | null): Dropped[] {
  return [...(list ?? [])].map((file) => ({ file, folders: file.webkitRelativePath.split("/").slice(0, -1).filter(Boolean) }));
}

