/** What a screen asks of the app (bot/gateway/routes/screens.py). Its own token is in a cookie no script reads. */

import { version } from "../package.json";
import type { Saved } from "../shared/api";
import { isJson } from "../shared/read";

const CALLS = "/api/v1/screens";
const PATIENCE_MS = 15_000;
export interface Settings {
  paper: "none" | "thermal" | "a4";
  speech_in: boolean;
}

export interface About {
  kind: "kiosk" | "board";
  name: string;
  area: string;
  area_name: string;
  unit: string;
  settings: Settings;
  server_voice: boolean;
  zalo: boolean;
  build: string;
}

export interface Topic {
  title: string;
  payload: string;
}

export interface Tile {
  id: string;
  title: string;
  icon: string;
  topics: Topic[];
}

/** `status` 0: no answer at all. */
export class CallError extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`);
  }
}

async function call(path: string, body?: unknown, of?: Saved, more: RequestInit = {}): Promise<Response> {
  const stop = new AbortController();
  const timer = window.setTimeout(() => stop.abort(), PATIENCE_MS);
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (of) headers.Authorization = `Bearer ${of.token}`;
  const init: RequestInit = { method: body === undefined ? "GET" : "POST", headers, signal: stop.signal, ...more };
  if (body !== undefined) init.body = JSON.stringify(body);
  try {
    const answer = await fetch(`${CALLS}/${path}`, init);
    if (!answer.ok) throw new CallError(answer.status);
    return answer;
  } catch (error) {
    throw error instanceof CallError ? error : new CallError(0);
  } finally {
    window.clearTimeout(timer);
  }
}

async function json<T>(answer: Promise<Response>): Promise<T> {
  const body: unknown = await (await answer).json().catch(() => null);
  if (!isJson(body)) throw new CallError(0);
  return body as T;
}

export function enrol(token: string): Promise<About> {
  return json<About>(call("enrol", { token }));
}

/** A sign of life. `build` is the page's own, as the app told it at first. */
export function beat(build: string, told: Record<string, string | number | boolean>, of?: Saved): Promise<About> {
  const body = { version: `${version} ${build}`.trim(), told, ...(of ? { conversation_id: of.id } : {}) };
  return json<About>(call("beat", body, of));
}

export async function tiles(): Promise<Tile[]> {
  return (await json<{ tiles: Tile[] }>(call("home"))).tiles;
}

export async function drawn(address: string): Promise<string> {
  return (await json<{ picture: string }>(call("qr", { address }))).picture;
}

export interface Taken {
  address: string;
  picture: string;
  minutes: number;
}

export function take(of: Saved): Promise<Taken> {
  return json<Taken>(call("take", { conversation_id: of.id }, of));
}

/** Outlives the page. What it cannot reach, the server wipes by itself some minutes later. */
export async function wipe(of: Saved): Promise<void> {
  await call("wipe", { conversation_id: of.id }, of, { keepalive: true }).catch(() => undefined);
}

export async function spoken(text: string): Promise<ArrayBuffer> {
  return (await call("voice", { text })).arrayBuffer();
}

export interface Slide {
  kind: string;
  label: string;
  title: string;
  lines: string[];
  picture: string;
  scan: string;
}

export interface Boarded {
  slides: Slide[];
  seconds: number;
  at: string;
}

export function board(): Promise<Boarded> {
  return json<Boarded>(call("board"));
}

/** The token that an enrolling address carries behind its #; gone from the address at once. */
export function tokenOfAddress(): string {
  const token = location.hash.slice(1);
  if (token) history.replaceState(null, "", location.pathname);
  return token;
}
