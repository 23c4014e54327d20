/** One ticket: what is known of it and what may be done. Whatever a person wrote is a text node. */

import { el, type Child } from "../shared/dom";
import * as api from "./api";
import { dueOf, moment, say, sayIf, type TextKey } from "./texts";
import type { Me, Ticket } from "./types";

const MAIN = ["take", "accept", "sort", "resolve", "ask", "note", "forward", "publish", "correct", "revive", "extend", "apology"];
const WHEN_LATE = new Set(["extend", "apology"]); // at hand once the deadline has passed, among the others before
const FLAGS: Record<string, TextKey> = { face: "flagFace", id_card: "flagIdCard", unchecked: "flagUnchecked" };

export interface TicketEvents {
  deed: (deed: string) => void;
  release: () => void;
  attach: (file: File) => void;
  failed: (error: unknown) => void;
}

export function ticketView(ticket: Ticket, me: Me, events: TicketEvents): HTMLElement[] {
  return [
    head(ticket, me),
    deedBar(ticket, events),
    el("div", { id: "form" }),
    section("what", said(ticket.what)),
    ticket.answer_public ? section("answer", said(ticket.answer_public)) : null,
    ticket.published_what ? section("published", said(ticket.published_what)) : null,
    files(ticket, events),
    facts(ticket, me, events),
    related(ticket, me),
    notes(ticket),
    voices(ticket),
    history(ticket, me),
    clock(ticket),
    log(ticket),
  ].filter((part): part is HTMLElement => part !== null);
}

function head(ticket: Ticket, me: Me): HTMLElement {
  const due = dueOf(ticket);
  return el(
    "div",
    { class: "head" },
    el("h2", { id: "ticket-title", tabindex: "-1" }, ticket.code),
    el("span", { class: "tag" }, me.states[ticket.state] ?? ticket.state),
    due.text ? el("span", { class: `tag ${due.look || "plain"}` }, due.text) : null,
    ticket.reopened ? el("span", { class: "tag warn" }, say("reopened", { count: ticket.reopened })) : null,
    ticket.refusals ? el("span", { class: "tag warn" }, say("refusals", { count: ticket.refusals })) : null,
  );
}

function deedBar(ticket: Ticket, events: TicketEvents): HTMLElement {
  if (ticket.deeds.length === 0) return el("p", { class: "note" }, say("readOnly"));
  const there = ticket.deeds.filter((deed) => deed !== "assign" || ticket.colleagues.length > 0);
  const main = MAIN.filter((deed) => there.includes(deed) && (ticket.overdue || !WHEN_LATE.has(deed)));
  const rest = there.filter((deed) => !main.includes(deed));
  const button = (deed: string): HTMLElement => {
    const made = el("button", { type: "button", class: deed === main[0] ? "main" : "quiet", "data-deed": deed }, sayIf(deed));
    made.addEventListener("click", () => events.deed(deed));
    return made;
  };
  const release = el("button", { type: "button", class: "quiet" }, say("release"));
  release.addEventListener("click", events.release);
  const mine = ticket.deeds.includes("assign") && ticket.assigned !== null;
  const others: Child[] = [...rest.map(button), mine ? release : null];
  return el(
    "div",
    { class: "deeds", role: "group", "aria-label": say("deeds") },
    el("p", { class: "row" }, ...main.map(button)),
    others.some(Boolean) ? el("details", {}, el("summary", {}, say("otherDeeds")), el("p", { class: "row" }, ...others)) : null,
  );
}

function section(title: TextKey, ...children: Child[]): HTMLElement {
  return el("section", { class: "part" }, el("h3", {}, say(title)), ...children);
}

function said(text: string): HTMLElement {
  return el("p", { class: "said" }, text);
}

function fact(name: TextKey, value: Child): HTMLElement | null {
  return value ? el("div", {}, el("dt", {}, say(name)), el("dd", { class: "said" }, value)) : null;
}

function facts(ticket: Ticket, me: Me, events: TicketEvents): HTMLElement {
  const area = me.areas.find((one) => one.slug === ticket.area)?.name ?? ticket.area;
  const due = ticket.due_at ? `${moment(ticket.due_at)}. ${say("dueBasis", { basis: ticket.due_basis })}` : "";
  const at = ticket.latitude !== null && ticket.longitude !== null ? `${ticket.latitude}, ${ticket.longitude}` : "";
  return section(
    "facts",
    el(
      "dl",
      { class: "facts" },
      fact("place", ticket.place),
      fact("map", at),
      fact("happened", ticket.happened),
      fact("area", area),
      fact("category", ticket.category_name),
      fact("received", moment(ticket.received_at)),
      fact("due", due),
      fact("unit", ticket.unit_name),
      fact("reason", ticket.reason),
      fact("second", ticket.second_unit_name),
      fact("assigned", ticket.assigned?.name ?? say("nobody")),
      fact("channel", ticket.channel),
      fact("consent", say(ticket.may_publish ? "publishYes" : "publishNo")),
      me.roles.includes("desk") ? fact("contact", contact(ticket, events)) : null,
    ),
  );
}

/** Shown only when asked for, because looking is written down. */
function contact(ticket: Ticket, events: TicketEvents): HTMLElement {
  const button = el("button", { type: "button", class: "quiet" }, say("contactShow"));
  const box = el("span", { id: "contact" }, button, " ", el("span", { class: "small" }, say("contactNote")));
  button.addEventListener("click", () => {
    button.disabled = true;
    api.contact(ticket.code).then(
      (found) => box.replaceChildren(found.contact || say("contactNone")),
      (error: unknown) => {
        button.disabled = false;
        events.failed(error);
      },
    );
  });
  return box;
}

function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function files(ticket: Ticket, events: TicketEvents): HTMLElement | null {
  const works = ticket.deeds.length > 0;
  if (ticket.files.length === 0 && !works) return null;
  const item = (one: Ticket["files"][number]): HTMLElement => {
    const flags = one.flags.map((flag) => el("span", { class: "tag warn" }, FLAGS[flag] ? say(FLAGS[flag]) : flag));
    if (one.public) flags.push(el("span", { class: "tag" }, say("flagPublic")));
    const url = api.fileUrl(ticket.code, one.id);
    const picture = one.media_type === "image/jpeg" ? el("img", { src: `${url}?preview=true`, alt: "", loading: "lazy" }) : null;
    const link = el("a", { href: url, target: "_blank", rel: "noopener" }, picture, one.name);
    return el("li", {}, link, el("span", { class: "small" }, `${size(one.bytes)} · ${one.author} `), ...flags);
  };
  const list = el("ul", { class: "pictures" }, ...ticket.files.map(item));
  return section("files", ticket.files.length ? list : el("p", { class: "small" }, say("filesNone")), works ? adding(events) : null);
}

function adding(events: TicketEvents): HTMLElement {
  const input = el("input", { type: "file", id: "add-file", class: "sr", accept: "image/jpeg,image/png,image/webp" });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (!file) return;
    input.disabled = true;
    events.attach(file);
  });
  return el("p", {}, input, el("label", { for: "add-file", class: "quiet" }, say("fileAdd")));
}

function related(ticket: Ticket, me: Me): HTMLElement | null {
  if (ticket.related.length === 0) return null;
  const item = (one: Ticket["related"][number]): HTMLElement =>
    el("li", {}, `${sayIf(one.how)}: `, el("a", { href: `#${one.code}` }, one.code), ` ${me.states[one.state] ?? one.state}. ${one.what}`);
  return section("related", el("ul", { class: "plain" }, ...ticket.related.map(item)));
}

function notes(ticket: Ticket): HTMLElement {
  const item = (one: Ticket["notes"][number]): HTMLElement =>
    el("li", {}, el("p", { class: "small" }, `${one.author} · ${moment(one.at)}`), said(one.text));
  const list = ticket.notes.map(item);
  return section("notes", list.length ? el("ul", { class: "plain notes" }, ...list) : el("p", { class: "small" }, say("notesNone")));
}

function voices(ticket: Ticket): HTMLElement | null {
  if (ticket.voices.length === 0) return null;
  const item = (one: Ticket["voices"][number]): HTMLElement =>
    el("li", {}, el("p", { class: "small" }, moment(one.at)), said(one.text || say("voiceNoText")));
  return section("voicesTitle", el("ul", { class: "plain" }, ...ticket.voices.map(item)));
}

function history(ticket: Ticket, me: Me): HTMLElement {
  const item = (one: Ticket["history"][number]): HTMLElement => {
    const what = one.by_citizen ? say("historyAdded") : (me.states[one.to_state] ?? one.to_state);
    const line = `${one.actor}${one.unit_name ? ` · ${one.unit_name}` : ""} · ${moment(one.at)}`;
    return el("li", {}, el("p", {}, el("strong", {}, what)), el("p", { class: "small" }, line), one.note ? said(one.note) : null);
  };
  return section("history", el("ol", { class: "plain steps" }, ...ticket.history.map(item)));
}

function clock(ticket: Ticket): HTMLElement | null {
  if (!ticket.clock.some((one) => one.due_at)) return null;
  const item = (one: Ticket["clock"][number]): HTMLElement => {
    const due = one.due_at ? ` · ${say("dueAt", { at: moment(one.due_at) })}` : "";
    const basis = one.basis ? ` (${one.basis})` : "";
    return el("li", {}, `${moment(one.at)}: ${sayIf(`clock${one.event}`)}${due}${basis} ${one.note}`);
  };
  return section("clock", el("ol", { class: "plain small" }, ...ticket.clock.map(item)));
}

function log(ticket: Ticket): HTMLElement | null {
  if (ticket.log.length === 0) return null;
  const item = (one: Ticket["log"][number]): HTMLElement => el("li", {}, `${moment(one.at)}: ${one.who} ${one.what}.`);
  return section("log", el("ul", { class: "plain small" }, ...ticket.log.map(item)));
}
