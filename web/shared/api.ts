/** Client of the public API (docs/api.md). Every failure is an `ApiError` whose kind the page can explain. */

import { isJson, readAreas, readHistory, readReply } from "./read";
import { serverEvents } from "./sse";
import type { Area, PastMessage, Reply, Utterance } from "./types";

/** `down`: no line to the server, though the device believes that it has one. */
export type ErrorKind = "offline" | "down" | "server" | "busy" | "lost" | "refused" | "cut";

export class ApiError extends Error {
  /** `detail` is the server's sentence for people; `cut` means that message `accepted` is safe there. */
  constructor(
    readonly kind: ErrorKind,
    readonly detail = "",
    readonly retryAfter = 0,
    readonly accepted = "",
  ) {
    super(`${kind} ${detail}`.trim());
  }
}

export interface Saved {
  id: string;
  token: string;
}

/** Where a person speaks: the channel of the conversation. */
export type Side = "web" | "kiosk";

export interface Progress {
  status?: (text: string) => void;
  delta?: (text: string) => void;
}

const BASE = "/api/v1/conversations";
const REQUEST_TIMEOUT_MS = 15_000;
const UPLOAD_TIMEOUT_MS = 120_000;
/** Silence on the stream, not its length: the server speaks at least every few seconds. */
const STREAM_SILENCE_MS = 30_000;

function kindOf(status: number): ErrorKind {
  if (status === 429) return "busy";
  if (status === 401 || status === 403 || status === 404 || status === 410) return "lost";
  return status >= 500 || status === 408 ? "server" : "refused";
}

async function failure(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const detail = isJson(body) && typeof body.detail === "string" ? body.detail : "";
  const wait = Number(response.headers.get("retry-after")) || 0;
  return new ApiError(kindOf(response.status), detail, wait);
}

/** Aborts a request that stays silent; `touch` is called at each sign of life. */
class Silence {
  private readonly controller = new AbortController();
  private timer = 0;

  constructor(private readonly limit: number) {
    this.touch();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  touch(): void {
    this.end();
    this.timer = window.setTimeout(() => this.controller.abort(), this.limit);
  }

  end(): void {
    window.clearTimeout(this.timer);
  }
}

function noLine(): ApiError {
  return new ApiError(navigator.onLine ? "down" : "offline");
}

async function request(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch {
    throw noLine();
  }
  if (!response.ok) throw await failure(response);
  return response;
}

async function call(method: string, url: string, token = "", body?: unknown): Promise<unknown> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const silence = new Silence(REQUEST_TIMEOUT_MS);
  const init: RequestInit = { method, headers, signal: silence.signal };
  if (body !== undefined) init.body = JSON.stringify(body);
  try {
    const response = await request(url, init);
    return response.status === 204 ? null : await response.json().catch(() => null);
  } finally {
    silence.end();
  }
}

export async function createConversation(area: string, channel: Side = "web"): Promise<Saved> {
  const made = await call("POST", BASE, "", { channel, locale: "vi", ...(area ? { area } : {}) });
  if (isJson(made) && typeof made.conversation_id === "string" && typeof made.token === "string") {
    return { id: made.conversation_id, token: made.token };
  }
  throw new ApiError("server");
}

function fromJson(data: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data);
    return isJson(value) ? value : {};
  } catch {
    return {};
  }
}

function cut(accepted: string): ApiError {
  return new ApiError("cut", "", 0, accepted);
}

/** Reads the events of one answer. After `accepted` the message is safe on the server: a break is `cut`. */
async function readStream(body: ReadableStream<Uint8Array>, progress: Progress, alive: () => void): Promise<Reply> {
  let accepted = "";
  try {
    for await (const event of serverEvents(body)) {
      alive();
      const data = fromJson(event.data);
      if (event.name === "reply") return readReply(data);
      if (event.name === "error") throw new ApiError("server", typeof data.detail === "string" ? data.detail : "");
      if (event.name === "accepted" && typeof data.message_id === "string") accepted = data.message_id;
      if (event.name === "status" && typeof data.text === "string") progress.status?.(data.text);
      if (event.name === "text" && typeof data.delta === "string") progress.delta?.(data.delta);
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
  }
  throw accepted ? cut(accepted) : noLine();
}

/** Sends one message. `key` is the same when the same message is tried again, so it counts once. */
export async function sendMessage(to: Saved, said: Utterance, key: string, progress: Progress): Promise<Reply> {
  const silence = new Silence(STREAM_SILENCE_MS);
  try {
    const response = await request(`${BASE}/${encodeURIComponent(to.id)}/messages`, {
      method: "POST",
      headers: {
        Accept: "text/event-stream, application/json;q=0.5",
        Authorization: `Bearer ${to.token}`,
        "Content-Type": "application/json",
        "Idempotency-Key": key,
      },
      body: JSON.stringify(said),
      signal: silence.signal,
    });
    if (response.headers.get("content-type")?.startsWith("text/event-stream") && response.body) {
      return await readStream(response.body, progress, () => silence.touch());
    }
    const body: unknown = await response.json().catch(() => null);
    if (!isJson(body)) throw new ApiError("server");
    const reply = readReply(body);
    if (response.status === 202) throw cut(reply.message_id); // kept, not yet answered
    return reply;
  } finally {
    silence.end();
  }
}

export async function history(of: Saved): Promise<PastMessage[]> {
  return readHistory(await call("GET", `${BASE}/${encodeURIComponent(of.id)}/messages`, of.token));
}

/** Everything the server keeps of a conversation. */
export function ownData(of: Saved): Promise<unknown> {
  return call("GET", `${BASE}/${encodeURIComponent(of.id)}/data`, of.token);
}

export async function deleteConversation(one: Saved): Promise<void> {
  try {
    await call("DELETE", `${BASE}/${encodeURIComponent(one.id)}`, one.token);
  } catch (error) {
    if (!(error instanceof ApiError) || error.kind !== "lost") throw error; // lost: nothing is left to delete
  }
}

/** Sends a photo for the report being written, telling the share sent so far; gives the file's id. */
/** A photo that waits on the server; `place` is where its file says it was taken. */
export interface Sent {
  id: string;
  place: Place | null;
}

export interface Place {
  latitude: number;
  longitude: number;
}

function placeIn(told: unknown): Place | null {
  if (!isJson(told) || typeof told.latitude !== "number" || typeof told.longitude !== "number") return null;
  return { latitude: told.latitude, longitude: told.longitude };
}

export function uploadPhoto(to: Saved, content: Blob, progress: (share: number) => void): Promise<Sent> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest(); // fetch tells nothing of an upload's progress
    request.open("POST", `${BASE}/${encodeURIComponent(to.id)}/files`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Authorization", `Bearer ${to.token}`);
    request.timeout = UPLOAD_TIMEOUT_MS;
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => fail(noLine());
    request.ontimeout = () => fail(new ApiError("server"));
    request.onload = () => {
      const body = fromJson(request.responseText);
      if (request.status === 201 && typeof body.id === "string") return done({ id: body.id, place: placeIn(body.place) });
      fail(new ApiError(kindOf(request.status), typeof body.detail === "string" ? body.detail : ""));
    };
    const form = new FormData();
    form.append("file", content, "photo");
    request.send(form);
  });
}

/** Ids of the photos that wait for the report being written. */
export async function waitingPhotos(of: Saved): Promise<string[]> {
  const body = await call("GET", `${BASE}/${encodeURIComponent(of.id)}/files`, of.token);
  const files: unknown = isJson(body) ? body.files : null;
  const ids = Array.isArray(files) ? files.map((one: unknown) => (isJson(one) ? one.id : null)) : [];
  return ids.filter((id): id is string => typeof id === "string");
}

export async function removePhoto(of: Saved, id: string): Promise<void> {
  try {
    await call("DELETE", `${BASE}/${encodeURIComponent(of.id)}/files/${encodeURIComponent(id)}`, of.token);
  } catch (error) {
    if (!(error instanceof ApiError) || error.kind !== "lost") throw error; // lost: nothing is left to remove
  }
}

export async function sendFeedback(on: Saved, message: string, useful: boolean, reason = ""): Promise<void> {
  const url = `${BASE}/${encodeURIComponent(on.id)}/messages/${encodeURIComponent(message)}/feedback`;
  await call("POST", url, on.token, { useful, ...(reason ? { reason } : {}) });
}

/** The areas served, or none: a server for one area need not offer the list. */
export async function areas(): Promise<Area[]> {
  return readAreas(await call("GET", "/api/v1/areas").catch(() => []));
}
