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
    message_id: text(from, "message_id"),
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
  const reply = isJson(from.reply) ? from.reply : {}; // what an official wrote by hand may have text alone
  return { from: "assistant", to: text(from, "in_reply_to"), reply: readReply({ ...from, ...reply }) };
}

export function readHistory(from: unknown): PastMessage[] {
  return isJson(from) ? each(from.messages, readPast) : [];
}

export function readAreas(from: unknown): Area[] {
  if (!isJson(from)) return [];
  const list = each(from.areas, (item) => ({ slug: text(item, "slug"), name: text(item, "name") }));
  const names = new Map(list.map((area) => [area.slug, area.name]));
  return list.filter((area) => area.slug && area.name).map((area) => ({ ...area, name: nameWithin(area, names) }));
}

/** "Xã Bắc Bình, Tỉnh Lâm Đồng": communes of different provinces share names. */
function nameWithin(area: Area, names: Map<string, string>): string {
  const parent = names.get(area.slug.split("/").slice(0, -1).join("/"));
  return parent ? `${area.name}, ${parent}` : area.name;
}
