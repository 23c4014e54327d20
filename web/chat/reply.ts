/** A reply as DOM. Everything the server sent becomes text nodes and checked links. */

import { el, link, linked, safeUrl } from "../shared/dom";
import type { Child } from "../shared/dom";
import { day, say, vietnamese } from "../shared/texts";
import type { Block, Choice, Reply, Source, Utterance } from "../shared/types";
import { ticketCard } from "./ticket";

export interface Handlers {
  choose: (said: Utterance) => void;
  announce: (text: string) => void;
}

const KIND_LABEL = {
  procedure: "sourceProcedure",
  plan: "sourcePlan",
  guide: "sourceGuide",
  unit: "sourceUnit",
} as const;

export function replyParts(reply: Reply, handlers: Handlers): Child[] {
  return [
    ...(reply.blocks.length > 0 ? reply.blocks.map(block) : paragraphs(reply.text)),
    reply.ticket && ticketCard(reply.ticket, handlers.announce),
    reply.sources.length > 0 && sources(reply.sources),
    reply.choices.length > 0 && choices(reply.choices, handlers.choose),
  ];
}

function withLinks(text: string): Child[] {
  return linked(text, say("newTab"));
}

function paragraphs(text: string): HTMLElement[] {
  const pieces = text.split(/\n{2,}/).filter((piece) => piece.trim());
  return pieces.map((piece) => el("p", { ...vietnamese() }, ...withLinks(piece.trim())));
}

function block(one: Block): HTMLElement {
  const title = one.title ? el("h3", {}, one.title) : null;
  const attributes = one.kind === "notice" ? { class: "block notice", role: "note" } : { class: "block" };
  return el("div", { ...attributes, ...vietnamese() }, title, ...paragraphs(one.text), one.items.length > 0 && items(one));
}

function items(one: Block): HTMLElement {
  if (one.kind === "facts") return el("dl", {}, ...one.items.map(fact));
  const lines = one.items.map((item) => el("li", {}, ...withLinks(item)));
  return one.kind === "steps" ? el("ol", { class: "steps" }, ...lines) : el("ul", {}, ...lines);
}

/** "Lệ phí: miễn phí" as a term and its value; an item without a name is a value alone. */
function fact(item: string): HTMLElement {
  const found = /^([^:]{1,60}):\s+([\s\S]+)$/.exec(item);
  if (!found) return el("div", {}, el("dt", { class: "sr" }, "–"), el("dd", {}, ...withLinks(item)));
  return el("div", {}, el("dt", {}, found[1] ?? ""), el("dd", {}, ...withLinks(found[2] ?? "")));
}

function sources(all: Source[]): HTMLElement {
  const summary = el("summary", {}, say("sources", { count: all.length }));
  return el("details", { class: "sources" }, summary, el("ul", {}, ...all.map(source)));
}

function source(one: Source): HTMLElement {
  const facts = [
    say(KIND_LABEL[one.kind] ?? "sourceGuide"),
    one.code && say("sourceCode", { code: one.code }),
    one.number && say("sourceNumber", { number: one.number }),
    one.section && say("sourceSection", { section: one.section }),
    one.decision && say("sourceDecision", { decision: one.decision }),
    one.fetched && say("sourceFetched", { date: day(one.fetched) }),
  ].filter(Boolean);
  const url = safeUrl(one.url);
  return el(
    "li",
    {},
    el("strong", { ...vietnamese() }, one.title),
    one.validity_text && el("p", { class: "validity", "data-validity": one.validity, ...vietnamese() }, one.validity_text),
    el("p", { class: "small" }, facts.join(" · ")),
    url && el("p", {}, link(url, say(isPortal(url) ? "sourcePortal" : "sourceOriginal"), say("newTab"))),
  );
}

function isPortal(url: string): boolean {
  return /^https:\/\/([a-z]+\.)?dichvucong\.gov\.vn\//i.test(url);
}

function choices(all: Choice[], choose: Handlers["choose"]): HTMLElement {
  const buttons = all.map((one) => choice(one, choose));
  return el("div", { class: "choices", role: "group", "aria-label": say("choices") }, ...buttons);
}

function choice(one: Choice, choose: Handlers["choose"]): Child {
  const url = safeUrl(one.url);
  if (url) return link(url, one.title, say("newTab"), "choice");
  if (one.url) return null; // an address we do not open is no choice at all
  const button = el("button", { type: "button", class: "choice", ...vietnamese() }, one.title);
  const said: Utterance = { text: one.text || one.title, ...(one.payload ? { payload: one.payload } : {}) };
  button.addEventListener("click", () => choose(said));
  return button;
}
