/** The officers' console: queues, list and ticket on one page. The address says what is listed, its hash which is open. */

import "./console.css";
import { el } from "../shared/dom";
import * as api from "./api";
import { dialog, showKeys, Templates } from "./dialogs";
import { askedOf, emptyText, filterBar, queryOf, queueName, wantedOf, type Wanted } from "./filters";
import { deedForm, FORMS, unsent } from "./forms";
import { listenForKeys } from "./keys";
import { TicketList } from "./list";
import { say, sayIf } from "./texts";
import { ticketView } from "./ticket";
import type { Fields, Me, Person, Queue, Row, Ticket } from "./types";

const COUNT_EVERY_MS = 60_000;
const CODE = /^#(PA-\d{4}-\d{6,})$/;

class Console {
  private readonly queues = el("div", { class: "queues" });
  private readonly bar = el("div");
  private readonly many = el("div", { class: "many", hidden: true });
  private readonly pane = el("section", { class: "ticket", "aria-label": say("facts"), tabindex: "-1" });
  private readonly message = el("div", { class: "message", role: "status", "aria-live": "polite" });
  private readonly list: TicketList;
  private readonly templates: Templates;
  private wanted: Wanted;
  private open: Ticket | null = null;
  private asked = "";

  constructor(
    private readonly root: HTMLElement,
    private readonly me: Me,
  ) {
    this.wanted = wantedOf(location.search, me);
    this.list = new TicketList(me, { chosen: (rows) => this.offerMany(rows), failed: (error) => this.failed(error) });
    this.templates = new Templates(me, (error) => this.failed(error));
  }

  start(): void {
    const middle = el("section", { class: "middle", "aria-label": say("list") }, this.bar, this.many, this.list.root);
    this.root.replaceChildren(this.message, el("nav", { class: "left", "aria-label": say("queues") }, this.queues), middle, this.pane);
    this.nothingOpen();
    void this.show(this.wanted);
    void this.count();
    window.setInterval(() => document.hidden || void this.count(), COUNT_EVERY_MS);
    window.addEventListener("hashchange", () => void this.follow());
    window.addEventListener("popstate", () => {
      const wanted = wantedOf(location.search, this.me);
      if (queryOf(wanted) !== queryOf(this.wanted)) void this.show(wanted, false);
    });
    listenForKeys({
      step: (by) => this.list.step(by),
      take: () => this.shortcut("take"),
      note: () => this.shortcut("note"),
      pick: () => this.list.toggle(),
      search: () => document.getElementById("search")?.focus(),
      help: showKeys,
      back: () => this.back(),
    });
    window.addEventListener("beforeunload", (event) => {
      if (unsent()) event.preventDefault();
    });
    void this.follow();
  }

  // ---- queues and filters

  private async count(): Promise<void> {
    const [counts, kept] = await Promise.all([
      api.counts().catch(() => ({}) as Record<string, number>),
      api.filters().catch(() => ({ filters: [] })),
    ]);
    const figure = (name: string): string => {
      const count = counts[name];
      if (count === undefined) return "";
      return count >= this.me.count_to ? say("more", { count }) : String(count);
    };
    const choice = (name: string, text: string, wanted: Wanted, look = ""): HTMLElement => {
      const link = el("a", { href: `?${queryOf(wanted)}`, class: look }, el("span", {}, text), el("span", { class: "count" }, figure(name)));
      if (queryOf(wanted) === queryOf(this.wanted)) link.setAttribute("aria-current", "page");
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        void this.show(wanted);
      });
      return el("li", {}, link);
    };
    const blank = wantedOf("", this.me);
    const all = this.me.queues.map((queue) => choice(queue, queueName(queue), { ...blank, queue }));
    const late = choice("overdue", say("overdueOnly"), { ...blank, queue: widest(this.me), overdue: "true" }, counts.overdue ? "bad" : "");
    const saved = kept.filters.map((one) => {
      const item = choice("", one.name, wantedOf(one.query, this.me));
      const drop = el("button", { type: "button", class: "drop", "aria-label": say("filterDrop", { name: one.name }) }, "×");
      drop.addEventListener("click", () => void this.try(api.dropFilter(one.name)).then(() => this.count()));
      item.append(drop);
      return item;
    });
    const keep = el("button", { type: "button", class: "quiet" }, say("filterSave"));
    keep.addEventListener("click", () => this.keepFilter());
    const manage = el("button", { type: "button", class: "quiet" }, say("templates"));
    manage.addEventListener("click", () => this.templates.manage());
    const keys = el("button", { type: "button", class: "quiet keys-button" }, say("keys"));
    keys.addEventListener("click", showKeys);
    const opened = this.queues.querySelector("details")?.open ?? window.matchMedia("(min-width: 82rem)").matches;
    const held = this.queues.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
    this.queues.replaceChildren(
      el("ul", {}, ...all, late),
      el("details", { open: opened }, el("summary", {}, say("filters")), el("ul", {}, ...saved), saved.length ? "" : el("p", { class: "small" }, say("filterNone")), el("p", { class: "row" }, keep)),
      el("p", { class: "row" }, manage, keys),
    );
    if (held) [...this.queues.querySelectorAll("a")].find((link) => link.getAttribute("href") === held)?.focus();
  }

  private keepFilter(): void {
    const name = el("input", { id: "filter-name", maxlength: "60", required: true });
    const form = el("form", { class: "stack" }, el("p", { class: "field" }, el("label", { for: "filter-name" }, say("filterName")), name), el("p", { class: "row" }, el("button", { class: "main" }, say("save"))));
    const over = dialog(say("filterSave"), form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const kept = { name: name.value, query: queryOf(this.wanted) };
      void this.try(api.keepFilter(kept)).then((done) => {
        over.close();
        if (done !== undefined) this.tell(say("filterSaved", { name: kept.name }));
        return this.count();
      });
    });
    name.focus();
  }

  private async show(wanted: Wanted, push = true): Promise<void> {
    const typing = document.activeElement?.id;
    const searched = wanted.q !== this.wanted.q;
    this.wanted = wanted;
    if (push) history.replaceState(null, "", `?${queryOf(wanted)}${location.hash}`);
    if (!searched || typing !== "search") {
      const opened = this.bar.querySelector("details")?.open ?? false;
      this.bar.replaceChildren(filterBar(this.me, wanted, (next) => void this.show(next)));
      const details = this.bar.querySelector("details");
      if (details && opened) details.open = true;
      if (typing && this.bar.querySelector(`#${typing}`)) document.getElementById(typing)?.focus();
    }
    for (const link of this.queues.querySelectorAll("a")) {
      link.getAttribute("href") === `?${queryOf(wanted)}` ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
    }
    await this.list.show(askedOf(wanted), emptyText(wanted));
    this.list.opened(this.open?.code ?? "");
  }

  // ---- the open ticket

  private async follow(): Promise<void> {
    const code = CODE.exec(location.hash)?.[1] ?? "";
    this.root.dataset.view = code ? "ticket" : "list";
    if (!code) return this.nothingOpen();
    await this.load(code);
    if (this.open?.code === code) document.getElementById("ticket-title")?.focus({ preventScroll: true });
  }

  private nothingOpen(): void {
    this.open = null;
    this.asked = "";
    this.list.opened("");
    this.pane.replaceChildren(el("p", { class: "empty" }, say("emptyTicket")), el("p", { class: "empty small" }, say("emptyTicketKeys")));
  }

  private async load(code: string): Promise<void> {
    this.asked = code;
    try {
      const ticket = await api.ticket(code);
      if (this.asked === code) this.draw(ticket);
    } catch (error) {
      if (this.asked !== code) return;
      this.nothingOpen();
      this.pane.prepend(this.toList());
      this.failed(error);
    }
  }

  private toList(): HTMLElement {
    const back = el("a", { href: "#", class: "quiet back" }, say("back"));
    back.addEventListener("click", (event) => {
      event.preventDefault();
      this.back();
    });
    return back;
  }

  private draw(ticket: Ticket, keepForm = false): void {
    const form = keepForm ? document.getElementById("form")?.firstElementChild : null;
    const scrolled = this.pane.scrollTop;
    this.open = ticket;
    this.list.opened(ticket.code);
    const events = {
      deed: (deed: string) => this.begin(deed),
      release: () => void this.do("assign", { to: "" }),
      attach: (file: File) => void this.attach(ticket, file),
      failed: (error: unknown) => this.failed(error),
    };
    this.pane.replaceChildren(this.toList(), ...ticketView(ticket, this.me, events));
    if (form && ticket.deeds.length) document.getElementById("form")?.append(form);
    this.pane.scrollTop = keepForm ? scrolled : 0;
  }

  private back(): void {
    const form = document.getElementById("form");
    if (form?.firstChild) {
      form.replaceChildren();
      document.getElementById("ticket-title")?.focus();
      return;
    }
    if (!location.hash) return;
    const row = this.open?.code;
    history.pushState(null, "", location.pathname + location.search);
    void this.follow();
    [...this.list.root.querySelectorAll<HTMLAnchorElement>("a")].find((one) => one.dataset.code === row)?.focus();
  }

  // ---- deeds

  private shortcut(deed: string): void {
    const row = this.list.row();
    if (this.open) {
      if (this.open.deeds.includes(deed)) this.begin(deed);
    } else if (row && this.me.roles.includes("desk")) {
      location.hash = row.code;
      window.addEventListener("hashchange", () => void this.load(row.code).then(() => this.shortcut(deed)), { once: true });
    }
  }

  private begin(deed: string): void {
    const ticket = this.open;
    const place = document.getElementById("form");
    if (!ticket || !place) return;
    if (!(deed in FORMS)) return void this.do(deed, {});
    const form = deedForm({
      deed,
      key: `${ticket.code} ${deed}`,
      me: this.me,
      ticket,
      colleagues: ticket.colleagues,
      templates: () => this.templates.all(),
      send: (fields) => (deed === "apology" ? this.letter(ticket, fields) : this.do(deed, fields)),
      cancel: () => this.back(),
    });
    place.replaceChildren(form);
    form.scrollIntoView({ block: "nearest" });
    form.querySelector<HTMLElement>("textarea, select, input")?.focus();
  }

  /** Whether it was done. A ticket that somebody else changed is loaded again under the form, whose text stays. */
  private async do(deed: string, fields: Fields): Promise<boolean> {
    const ticket = this.open;
    if (!ticket) return false;
    try {
      const done = await api.act(ticket.code, deed, deed === "note" ? null : ticket.version, fields);
      this.after(ticket, deed, done);
      return true;
    } catch (error) {
      this.failed(error);
      if (error instanceof api.Refusal && ["ticket_changed", "deed_not_now"].includes(error.code)) await this.renew(ticket);
      return false;
    }
  }

  /** Take the draft of the letter; the ticket itself stays as it is. */
  private async letter(ticket: Ticket, fields: Fields): Promise<boolean> {
    const content = await this.try(api.apology(ticket.code, fields));
    if (!content) return false;
    const address = URL.createObjectURL(content);
    el("a", { href: address, download: `xin-loi-${ticket.code}.docx` }).click();
    window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
    document.getElementById("form")?.replaceChildren();
    this.tell(say("doneApology", { code: ticket.code }));
    return true;
  }

  private async attach(ticket: Ticket, file: File): Promise<void> {
    const done = await this.try(api.attach(ticket.code, file));
    const input = document.getElementById("add-file") as HTMLInputElement | null;
    if (input) Object.assign(input, { disabled: false, value: "" });
    if (!done?.ticket || this.open?.code !== ticket.code) return;
    this.draw(done.ticket, true);
    this.tell(say("fileAdded", { code: ticket.code }));
  }

  private after(ticket: Ticket, deed: string, done: api.Done): void {
    if (done.ticket) {
      if (this.open?.code === ticket.code) this.draw(done.ticket);
      const told = deed === "take" ? say("doneTake", { code: ticket.code }) : say("doneOther", { deed: sayIf(deed), code: ticket.code });
      this.tell(done.made ? say("doneSplit", { made: done.made }) : told);
      document.getElementById("ticket-title")?.focus({ preventScroll: true });
    } else {
      history.replaceState(null, "", location.pathname + location.search);
      void this.follow();
      this.tell(say("doneGone", { code: ticket.code }));
    }
    void this.list.refresh(emptyText(this.wanted));
    void this.count();
  }

  private async renew(ticket: Ticket): Promise<void> {
    const fresh = await api.ticket(ticket.code).catch(() => null);
    if (!fresh || this.open?.code !== ticket.code) return;
    this.draw(fresh, true);
    void this.list.refresh(emptyText(this.wanted));
  }

  // ---- many at once

  private offerMany(rows: Row[]): void {
    this.many.hidden = rows.length === 0;
    if (rows.length === 0) return;
    const button = (text: string, act: () => void): HTMLElement => {
      const made = el("button", { type: "button", class: "quiet" }, text);
      made.addEventListener("click", act);
      return made;
    };
    const heads = this.me.roles.includes("head") || this.me.roles.includes("triage");
    this.many.replaceChildren(
      el("strong", { role: "status" }, say("selected", { count: rows.length })),
      button(say("bulkTake"), () => void this.doMany("assign", rows, { to: this.me.login })),
      heads ? button(say("assign"), () => void this.askMany("assign", rows)) : "",
      button(say("forward"), () => void this.askMany("forward", rows)),
      button(say("note"), () => void this.askMany("note", rows)),
      button(say("unselect"), () => this.list.unpick()),
    );
  }

  private async askMany(deed: string, rows: Row[]): Promise<void> {
    const people: Person[] = deed === "assign" ? ((await this.try(api.colleagues()))?.colleagues ?? []) : [];
    const over = dialog(say("selected", { count: rows.length }));
    const form = deedForm({
      deed,
      key: `* ${deed}`,
      me: this.me,
      ticket: null,
      colleagues: people,
      templates: () => this.templates.all(),
      send: async (fields) => {
        const done = await this.doMany(deed, rows, fields);
        over.close();
        return done;
      },
      cancel: () => over.close(),
    });
    over.querySelector("h2")?.after(form);
    form.querySelector<HTMLElement>("textarea, select, input")?.focus();
  }

  private async doMany(deed: string, rows: Row[], fields: Fields): Promise<boolean> {
    const done = await this.try(api.bulk(deed, rows.map(({ code, version }) => ({ code, version })), fields));
    if (!done) return false;
    const failed = Object.entries(done.outcomes).flatMap(([code, why]) => (why ? [`${code}: ${why.detail}`] : []));
    const count = rows.length - failed.length;
    this.list.unpick();
    if (failed.length) this.tell(say("bulkPart", { count, failed: failed.length }), "warn", failed);
    else this.tell(say("bulkDone", { count }));
    void this.list.refresh(emptyText(this.wanted));
    void this.count();
    if (this.open) void this.load(this.open.code);
    return failed.length === 0;
  }

  // ---- what is said

  private async try<T>(what: Promise<T>): Promise<T | undefined> {
    try {
      return await what;
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  private tell(text: string, look: "good" | "warn" | "bad" = "good", lines: string[] = []): void {
    const close = el("button", { type: "button", class: "drop", "aria-label": say("close") }, "×");
    close.addEventListener("click", () => this.message.replaceChildren());
    const list = lines.length ? el("ul", {}, ...lines.map((line) => el("li", {}, line))) : null;
    this.message.replaceChildren(el("div", { class: `note ${look}` }, el("p", {}, text), list, close));
    if (look === "good") {
      const shown = this.message.firstChild;
      window.setTimeout(() => shown?.parentNode && (shown as ChildNode).remove(), 8000);
    }
  }

  private failed(error: unknown): void {
    const refused = error instanceof api.Refusal ? error : new api.Refusal("page", say("failed"));
    this.tell(refused.detail, "bad");
    if (refused.code !== "desk_sign_in") return;
    const link = el("a", { href: "/can-bo/dang-nhap", target: "_blank", rel: "noopener" }, say("signIn"));
    this.message.querySelector("p")?.append(" ", link);
  }
}

function widest(me: Me): Queue {
  return me.queues.includes("unit") ? "unit" : "all";
}

async function start(): Promise<void> {
  const root = document.getElementById("console");
  if (!root) return;
  try {
    new Console(root, await api.me()).start();
  } catch (error) {
    const detail = error instanceof api.Refusal ? error.detail : say("failed");
    root.replaceChildren(el("p", { class: "note bad", role: "alert" }, detail));
  }
}

void start();
