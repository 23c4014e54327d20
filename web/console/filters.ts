/** What is listed: the queue and its conditions, kept in the page's address so that it can be kept and shared. */

import { el } from "../shared/dom";
import { say, type TextKey } from "./texts";
import type { Me, Queue } from "./types";

const NAMES: Record<Queue, TextKey> = {
  mine: "queueMine",
  unit: "queueUnit",
  triage: "queueTriage",
  all: "queueAll",
};
const EMPTY: Record<Queue, TextKey> = {
  mine: "emptyMine",
  unit: "emptyUnit",
  triage: "emptyTriage",
  all: "emptyAll",
};
/** Conditions of the API's list, in the order in which they stand in the address. */
const KEYS = ["queue", "order", "state", "category", "area", "overdue", "unassigned", "q"] as const;

export type Wanted = Record<(typeof KEYS)[number], string>;

export function queueName(queue: Queue): string {
  return say(NAMES[queue]);
}

export function wantedOf(query: string, me: Me): Wanted {
  const given = new URLSearchParams(query);
  const wanted = Object.fromEntries(KEYS.map((key) => [key, given.get(key) ?? ""])) as Wanted;
  if (!me.queues.includes(wanted.queue as Queue)) wanted.queue = me.queues.includes("unit") ? "unit" : "all";
  return wanted;
}

/** For the address and for keeping. */
export function queryOf(wanted: Wanted): string {
  const query = new URLSearchParams();
  for (const key of KEYS) if (wanted[key]) query.set(key, wanted[key]);
  return query.toString();
}

/** For the API: without a state a list holds what is open, and "any" holds all. */
export function askedOf(wanted: Wanted): string {
  const query = new URLSearchParams(queryOf({ ...wanted, state: wanted.state === "any" ? "" : wanted.state }));
  query.set("open", String(wanted.state === ""));
  return query.toString();
}

export function emptyText(wanted: Wanted): string {
  const narrowed = wanted.state || wanted.category || wanted.area || wanted.overdue || wanted.unassigned || wanted.q;
  return say(narrowed ? "emptyFiltered" : EMPTY[wanted.queue as Queue]);
}

/** The search field and the conditions under it; `changed` is called with what is wanted then. */
export function filterBar(me: Me, wanted: Wanted, changed: (wanted: Wanted) => void): HTMLElement {
  const search = el("input", { id: "search", type: "search", placeholder: say("searchHint"), autocomplete: "off", maxlength: "200", "aria-keyshortcuts": "/" });
  search.value = wanted.q;
  let timer = 0;
  search.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => changed({ ...wanted, q: search.value.trim() }), 300);
  });
  const choice = (key: keyof Wanted, label: TextKey, options: [string, string][]): HTMLElement => {
    const select = el("select", { id: `by-${key}` }, ...options.map(([value, name]) => new Option(name, value)));
    select.value = wanted[key] || (options[0]?.[0] ?? "");
    select.addEventListener("change", () => changed({ ...wanted, [key]: select.value }));
    return el("p", { class: "field" }, el("label", { for: `by-${key}` }, say(label)), select);
  };
  const tick = (key: keyof Wanted, label: TextKey): HTMLElement => {
    const box = el("input", { type: "checkbox", id: `by-${key}` });
    box.checked = wanted[key] === "true";
    box.addEventListener("change", () => changed({ ...wanted, [key]: box.checked ? "true" : "" }));
    return el("label", { class: "tick" }, box, say(label));
  };
  const clear = el("button", { type: "button", class: "quiet" }, say("clear"));
  clear.addEventListener("click", () => changed({ ...wanted, state: "", category: "", area: "", overdue: "", unassigned: "", q: "", order: "" }));
  const details = el(
    "details",
    { class: "conditions" },
    el("summary", {}, say("filtersOpen")),
    el(
      "div",
      { class: "grid" },
      choice("order", "order", [["due", say("orderDue")], ["new", say("orderNew")], ["old", say("orderOld")]]),
      choice("state", "state", [["", say("stateOpen")], ["any", say("stateAny")], ...Object.entries(me.states)]),
      choice("category", "category", [["", say("categoryAny")], ...me.categories.map((one): [string, string] => [one.id, one.name])]),
      choice("area", "area", [["", say("areaAny")], ...me.areas.map((one): [string, string] => [one.slug, one.name])]),
    ),
    el("p", { class: "row" }, tick("overdue", "overdueOnly"), tick("unassigned", "unassigned"), clear),
  );
  details.open = Boolean(wanted.state || wanted.category || wanted.area || wanted.overdue || wanted.unassigned);
  return el("div", { class: "filterbar", role: "search" }, el("label", { for: "search", class: "sr" }, say("search")), search, details);
}
