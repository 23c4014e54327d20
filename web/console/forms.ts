/** The forms of deeds: which fields each has, and the fields themselves. Built of text nodes only. */

import { el } from "../shared/dom";
import * as api from "./api";
import { say, type TextKey } from "./texts";
import type { Fields, Me, Person, Template, Ticket } from "./types";

type Kind = "text" | "what" | "private" | "reason" | "unit" | "unitMaybe" | "ground" | "category" | "into" | "colleague" | "day" | "photos";

interface Wanted {
  kind: Kind;
  label: TextKey;
  needed?: boolean;
}

const UNIT: Wanted = { kind: "unit", label: "fieldUnit", needed: true };
const REASON: Wanted = { kind: "reason", label: "fieldReason", needed: true };

/** Deeds that need words or a choice; the others are done at once. */
export const FORMS: Record<string, Wanted[]> = {
  note: [{ kind: "text", label: "fieldNote", needed: true }],
  resolve: [
    { kind: "text", label: "fieldAnswer", needed: true },
    { kind: "private", label: "fieldPrivate" },
  ],
  ask: [{ kind: "text", label: "fieldQuestion", needed: true }],
  forward: [UNIT, REASON],
  disown: [{ kind: "unitMaybe", label: "fieldUnitMaybe" }, REASON],
  sort: [UNIT, { kind: "category", label: "fieldCategory" }, REASON],
  assign: [{ kind: "colleague", label: "fieldColleague", needed: true }],
  refuse: [
    { kind: "ground", label: "fieldGround", needed: true },
    { kind: "text", label: "fieldRefuse" },
  ],
  merge: [
    { kind: "into", label: "fieldInto", needed: true },
    { kind: "reason", label: "fieldMerge" },
  ],
  split: [{ kind: "text", label: "fieldSplit", needed: true }, UNIT, REASON],
  collect: [{ kind: "text", label: "fieldCollect" }],
  publish: [
    { kind: "text", label: "fieldPublish", needed: true },
    { kind: "photos", label: "fieldPhotos" },
  ],
  correct: [
    { kind: "text", label: "fieldCorrect", needed: true },
    { kind: "what", label: "fieldCorrectWhat" },
    { kind: "photos", label: "fieldPhotos" },
    { kind: "reason", label: "fieldCorrectReason", needed: true },
  ],
  revive: [REASON],
  apology: [{ kind: "day", label: "fieldDay", needed: true }],
  extend: [{ kind: "day", label: "fieldDay", needed: true }, REASON],
};
const REFUSED_IN_WORK: Wanted = { kind: "text", label: "fieldRefuseBegun", needed: true };
const HINTS: Record<string, TextKey> = { apology: "apologyHint", extend: "extendHint", correct: "correctHint" };
const FILLED_IN = [" publish", " correct", " apology", " extend"]; // what the page wrote itself is no draft to lose
const WITH_TEMPLATES = new Set(["resolve", "ask", "refuse"]);

/** What was typed and not yet sent, by ticket and deed: it outlives a conflict and a look at another ticket. */
const drafts = new Map<string, Fields>();

/** Whether something typed would be lost with the page. */
export function unsent(): boolean {
  return [...drafts.entries()].some(([key, draft]) => !FILLED_IN.some((deed) => key.endsWith(deed)) && Boolean((draft.text ?? draft.reason ?? "").trim()));
}

export interface FormOf {
  deed: string;
  key: string; // of the draft
  me: Me;
  ticket: Ticket | null;
  colleagues: Person[];
  templates: () => Promise<Template[]>;
  send: (fields: Fields) => Promise<boolean>;
  cancel: () => void;
}

export function deedForm(of: FormOf): HTMLFormElement {
  const draft = drafts.get(of.key) ?? initial(of);
  drafts.set(of.key, draft);
  const wanted = wantedFor(of);
  const status = el("p", { class: "small", role: "status" });
  const submit = el("button", { class: "main", type: "submit" }, say("send"));
  const leave = el("button", { class: "quiet", type: "button" }, say("cancel"));
  const title = el("h3", {}, say(of.deed as TextKey));
  const hint = HINTS[of.deed];
  const fields = wanted.map((one) => field(one, draft, of));
  const form = el("form", { class: "deed stack", novalidate: true }, title, hint ? el("p", { class: "small" }, say(hint)) : null, ...fields, el("p", { class: "row" }, submit, leave), status);
  if (WITH_TEMPLATES.has(of.deed)) void offerTemplates(form, of);
  leave.addEventListener("click", of.cancel);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (submit.disabled || !complete(form, wanted, draft)) return;
    submit.disabled = true;
    status.textContent = say("sending");
    void of.send({ ...draft }).then((done) => {
      submit.disabled = false;
      status.textContent = "";
      if (done) drafts.delete(of.key);
    });
  });
  return form;
}

/** What was begun is refused only with a word why: its reporter was told that it is worked on. */
function wantedFor(of: FormOf): Wanted[] {
  const wanted = FORMS[of.deed] ?? [];
  const begun = of.deed === "refuse" && of.ticket?.state === "DANG_XU_LY";
  return begun ? wanted.map((one) => (one.kind === "text" ? REFUSED_IN_WORK : one)) : wanted;
}

function initial(of: FormOf): Fields {
  const ticket = of.ticket;
  if (!ticket) return {};
  if (of.deed === "publish") return { text: ticket.masked };
  if (of.deed === "correct") return { text: ticket.answer_public, what: ticket.published_what, photos: shownPhotos(ticket) };
  return of.deed === "apology" || of.deed === "extend" ? { day: ticket.new_day } : {};
}

function shownPhotos(ticket: Ticket): string {
  return ticket.files.filter((one) => one.public).map((one) => one.id).join(",");
}

function nameOf(kind: Kind): string {
  return { unit: "to", unitMaybe: "to", colleague: "to" }[kind as string] ?? kind;
}

function complete(form: HTMLFormElement, wanted: Wanted[], draft: Fields): boolean {
  let first: HTMLElement | null = null;
  for (const one of wanted) {
    const input = form.querySelector<HTMLElement>(`[data-kind="${one.kind}"]`);
    const hint = form.querySelector<HTMLElement>(`[data-hint="${one.kind}"]`);
    const missing = Boolean(one.needed) && !(draft[nameOf(one.kind)] ?? "").trim();
    input?.setAttribute("aria-invalid", String(missing));
    if (hint) hint.textContent = missing ? say("missing") : "";
    if (missing) first ??= input;
  }
  first?.focus();
  return first === null;
}

let serial = 0;

function field(one: Wanted, draft: Fields, of: FormOf): HTMLElement {
  if (one.kind === "photos") return photosField(one, draft, of.ticket);
  const id = `f${(serial += 1)}`;
  const name = nameOf(one.kind);
  const hint = el("span", { class: "hint", id: `${id}h`, "data-hint": one.kind });
  const input = control(one.kind, id, draft, of);
  input.setAttribute("data-kind", one.kind);
  input.setAttribute("aria-describedby", `${id}h`);
  const keep = (): void => {
    draft[name] = input.value;
  };
  input.addEventListener("input", keep);
  input.addEventListener("change", keep);
  const label = el("label", { for: id }, say(one.label));
  if (one.kind !== "unit" && one.kind !== "unitMaybe") return el("p", { class: "field" }, label, input, hint);
  return unitField(label, input as HTMLSelectElement, hint, id, draft, of.ticket?.area ?? "");
}

/** Photos that may be shown to everybody, each with its tick; the draft holds their ids. */
function photosField(one: Wanted, draft: Fields, ticket: Ticket | null): HTMLElement {
  const chosen = new Set((draft.photos ?? "").split(",").filter(Boolean));
  const choices = (ticket?.files ?? []).filter((file) => file.may_show || file.public);
  const lines = choices.map((file) => {
    const tick = el("input", { type: "checkbox" });
    tick.checked = chosen.has(file.id);
    tick.addEventListener("change", () => {
      if (tick.checked) chosen.add(file.id);
      else chosen.delete(file.id);
      draft.photos = [...chosen].join(",");
    });
    const picture = el("img", { src: `${api.fileUrl(ticket?.code ?? "", file.id)}?preview=true`, alt: "", width: "96" });
    return el("label", { class: "photo-tick" }, tick, picture, file.name);
  });
  const none = lines.length ? null : el("p", { class: "small" }, say("photosNone"));
  return el("fieldset", { class: "field" }, el("legend", {}, say(one.label)), ...lines, none);
}

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function control(kind: Kind, id: string, draft: Fields, of: FormOf): Control {
  const value = draft[nameOf(kind)] ?? "";
  if (kind === "day") return Object.assign(el("input", { id, type: "date" }), { value });
  if (kind === "into") return Object.assign(el("input", { id, maxlength: "40", placeholder: "PA-2026-000123" }), { value });
  if (kind === "ground") return choices(id, Object.entries(of.me.grounds), value, say("choose"));
  if (kind === "category") return choices(id, of.me.categories.map((one) => [one.id, one.name]), value, say("keepCategory"));
  if (kind === "colleague") return choices(id, of.colleagues.map((one) => [one.login, one.name]), value, say("choose"));
  if (kind === "unit" || kind === "unitMaybe") return el("select", { id, size: "5" });
  return Object.assign(el("textarea", { id, rows: kind === "text" ? "5" : "3", maxlength: "8000" }), { value });
}

function choices(id: string, options: [string, string][], value: string, first: string): HTMLSelectElement {
  const select = el("select", { id }, new Option(first, ""), ...options.map(([key, name]) => new Option(name, key)));
  select.value = value;
  return select;
}

/** A search field over a list: there are too many units for one list, and too few letters for a guess. */
function unitField(label: HTMLElement, select: HTMLSelectElement, hint: HTMLElement, id: string, draft: Fields, area: string): HTMLElement {
  const search = el("input", { id: `${id}s`, type: "search", placeholder: say("unitSearch"), autocomplete: "off", "aria-label": say("unitSearch") });
  const note = el("span", { class: "small", role: "status" });
  let timer = 0;
  const look = async (): Promise<void> => {
    const found = await api.units(search.value, area).catch(() => ({ units: [], more: false }));
    select.replaceChildren(...found.units.map((unit) => Object.assign(new Option(unit.name, unit.id), { title: unit.name })));
    select.value = draft.to ?? "";
    if (select.selectedIndex < 0) draft.to = "";
    note.textContent = found.units.length === 0 ? say("unitNone") : found.more ? say("unitMore") : "";
  };
  search.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void look(), 200);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  void look();
  return el("div", { class: "field" }, label, search, select, hint, note);
}

/** A saved answer goes into the first text field; what it quotes is shown with how it stands today. */
async function offerTemplates(form: HTMLFormElement, of: FormOf): Promise<void> {
  const all = await of.templates().catch(() => []);
  const text = form.querySelector<HTMLTextAreaElement>("textarea[data-kind=text]");
  if (all.length === 0 || !text) return;
  const id = `f${(serial += 1)}`;
  const select = choices(id, all.map((one) => [one.id, one.title]), "", say("templateInsert"));
  const quotes = el("ul", { class: "quotes" });
  select.addEventListener("change", () => {
    const chosen = all.find((one) => one.id === select.value);
    if (!chosen) return;
    text.value = [text.value.trim(), chosen.text].filter(Boolean).join("\n\n");
    text.dispatchEvent(new Event("input"));
    quotes.replaceChildren(...chosen.quotes.map(quote));
    text.focus();
  });
  form.querySelector("h3")?.after(el("p", { class: "field" }, el("label", { for: id }, say("template")), select), quotes);
}

export function quote(one: Template["quotes"][number]): HTMLLIElement {
  const look = one.validity === "in_force" ? "good" : one.validity === "unknown" ? "warn" : "bad";
  return el("li", {}, `${one.code} ${one.title} `, el("span", { class: `tag ${look}` }, one.validity_text));
}
