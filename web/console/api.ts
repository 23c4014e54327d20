/** Client of /api/v1/desk. Every failure is a `Refusal` whose sentence may be shown as it is. */

import { isJson } from "../shared/read";
import { say } from "./texts";
import type { Fields, ListPage, Me, Outcomes, Person, SavedFilter, Template, Ticket, Unit } from "./types";

export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
  ) {
    super(`${code}: ${detail}`);
  }
}

const BASE = "/api/v1/desk";
const TIMEOUT_MS = 20_000;
const UPLOAD_TIMEOUT_MS = 120_000;
let token = "";

async function once(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = token;
  const form = body instanceof FormData; // its type, with a boundary, is the browser's to say
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  const stop = new AbortController();
  const timer = window.setTimeout(() => stop.abort(), body instanceof FormData ? UPLOAD_TIMEOUT_MS : TIMEOUT_MS);
  const init: RequestInit = { method, headers, signal: stop.signal, credentials: "same-origin" };
  if (body !== undefined) init.body = form ? body : JSON.stringify(body);
  try {
    return await fetch(BASE + path, init);
  } catch {
    throw new Refusal("network", say(navigator.onLine ? "failed" : "offline"));
  } finally {
    window.clearTimeout(timer);
  }
}

async function refusal(response: Response): Promise<Refusal> {
  const body: unknown = await response.json().catch(() => null);
  const known = isJson(body) && typeof body.detail === "string" && typeof body.code === "string";
  return known ? new Refusal(String(body.code), String(body.detail)) : new Refusal("server", say("failed"));
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await answered(method, path, body);
  return (response.status === 204 ? null : await response.json()) as T;
}

async function answered(method: string, path: string, body?: unknown): Promise<Response> {
  let response = await once(method, path, body);
  if (response.ok) return response;
  let refused = await refusal(response);
  if (refused.code === "desk_form_token") {
    await me(); // signed in again beside this page: another session has another token
    response = await once(method, path, body);
    if (response.ok) return response;
    refused = await refusal(response);
  }
  throw refused;
}

const part = encodeURIComponent;

export async function me(): Promise<Me> {
  const response = await once("GET", "/me");
  if (!response.ok) throw await refusal(response);
  const found = (await response.json()) as Me;
  token = found.csrf;
  return found;
}

export const list = (query: string): Promise<ListPage> => call("GET", `/tickets?${query}`);
export const counts = (): Promise<Record<string, number>> => call("GET", "/counts");
export const ticket = (code: string): Promise<Ticket> => call("GET", `/tickets/${part(code)}`);
export const contact = (code: string): Promise<{ contact: string }> => call("POST", `/tickets/${part(code)}/contact`);
export const units = (q: string, area: string): Promise<{ units: Unit[]; more: boolean }> =>
  call("GET", `/units?q=${part(q)}&area=${part(area)}`);
export const colleagues = (): Promise<{ colleagues: Person[] }> => call("GET", "/colleagues");
export const templates = (): Promise<{ templates: Template[] }> => call("GET", "/templates");
export const filters = (): Promise<{ filters: SavedFilter[] }> => call("GET", "/filters");
export const keepFilter = (kept: SavedFilter): Promise<null> => call("PUT", "/filters", kept);
export const dropFilter = (name: string): Promise<null> => call("DELETE", `/filters/${part(name)}`);
export const dropTemplate = (id: string): Promise<null> => call("DELETE", `/templates/${part(id)}`);

export function keepTemplate(id: string, kept: { title: string; text: string; common: boolean }): Promise<unknown> {
  return id ? call("PUT", `/templates/${part(id)}`, kept) : call("POST", "/templates", kept);
}

export function fileUrl(code: string, id: string): string {
  return `${BASE}/tickets/${part(code)}/files/${part(id)}`;
}

export interface Done {
  ticket: Ticket | null;
  made: string;
}

export function attach(code: string, file: File): Promise<Done> {
  const form = new FormData();
  form.append("file", file);
  return call("POST", `/tickets/${part(code)}/files`, form);
}

export function act(code: string, deed: string, version: number | null, fields: Fields): Promise<Done> {
  return call("POST", `/tickets/${part(code)}/${deed}`, { ...fields, version });
}

/** The draft of the letter of apology, a Word file. */
export async function apology(code: string, fields: Fields): Promise<Blob> {
  const response = await answered("POST", `/tickets/${part(code)}/apology`, fields);
  return response.blob();
}

export function bulk(
  deed: string,
  chosen: { code: string; version: number }[],
  fields: Fields,
): Promise<{ outcomes: Outcomes }> {
  return call("POST", "/tickets/bulk", { ...fields, deed, tickets: chosen });
}
