/** Reads what the network sends into our types: whatever is missing or of another type becomes empty. */

import type { Area, Block, BlockKind, Choice, PastMessage, Reply, Source, Ticket } from "./types";

type Json = Record<string, unknown>;

const BLOCK_KINDS = new Set<string>(["text", "list", "steps", "facts", "notice"]);

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(from: Json, key: string): string {
  const value = from[key];
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

function each<T>(value: unknown, read: (item: Json) => T): T[] {
  return Array.isArray(value) ? value.filter(isJson).map(read) : [];
}

function readBlock(from: Json): Block {
  const kind = text(from, "kind");
  return {
    kind: (BLOCK_KINDS.has(kind) ? kind : "text") as BlockKind,
    title: text(from, "title"),
    text: text(from, "text"),
    items: texts(from.items),
  };
}

function readSource(from: Json): Source {
  return {
    kind: (text(from, "kind") || "guide") as Source["kind"],
    title: text(from, "title"),
    code: text(from, "code"),
    number: text(from, "number"),
    section: text(from, "section"),
    decision: text(from, "decision"),
    url: text(from, "url"),
    validity: text(from, "validity"),
    validity_text: text(from, "validity_text"),
    fetched: text(from, "fetched"),
  };
}

function readChoice(from: Json): Choice {
  return {
    title: text(from, "title"),
    text: text(from, "text"),
    payload: text(from, "payload"),
    url: text(from, "url"),
  };
}

function readTicket(from: Json): Ticket {
  return {
    code: text(from, "code"),
    secret: text(from, "secret"),
    state: text(from, "state"),
    state_text: text(from, "state_text"),
    unit: text(from, "unit"),
    reason: text(from, "reason"),
    category: text(from, "category"),
    history: texts(from.history),
  };
}

export function readReply(from: Json): Reply {
  return {
    message_id: text(from, "message_id") || text(from, "id"),
    status: text(from, "status"),
    text: text(from, "text"),
    blocks: each(from.blocks, readBlock),
    sources: each(from.sources, readSource),
    choices: each(from.choices, readChoice),
    ticket: isJson(from.ticket) ? readTicket(from.ticket) : null,
  };
}

function readPast(from: Json): PastMessage {
  if (text(from, "direction") === "in") return { from: "person", text: text(from, "text") };
  // An answer is stored as a Reply in `body`; the line itself holds its id and, at least, its text.
  const body = isJson(from.body) ? from.body : isJson(from.reply) ? from.reply : {};
  return { from: "assistant", reply: readReply({ ...from, ...body, message_id: text(from, "message_id") || text(from, "id") }) };
}

/** `GET …/messages`: a list, or an object that holds it under `messages`. */
export function readHistory(from: unknown): PastMessage[] {
  return each(isJson(from) ? from.messages : from, readPast);
}

export function readAreas(from: unknown): Area[] {
  const list = each(isJson(from) ? from.areas : from, (item) => ({ slug: text(item, "slug"), name: text(item, "name") }));
  return list.filter((area) => area.slug && area.name);
}
