/** The list of a queue: pages by key, one row at a time in the keyboard's reach, rows chosen for a deed on many. */

import { el } from "../shared/dom";
import * as api from "./api";
import { dueOf, moment, say } from "./texts";
import type { Me, Row } from "./types";

export interface ListEvents {
  chosen: (rows: Row[]) => void;
  failed: (error: unknown) => void;
}

export class TicketList {
  readonly root: HTMLElement;
  private readonly items = el("ul", { class: "tickets", "aria-label": say("list") });
  private readonly status = el("p", { class: "empty", role: "status" });
  private readonly more = el("button", { class: "quiet", type: "button", hidden: true }, say("loadMore"));
  private rows: Row[] = [];
  private readonly picked = new Set<string>();
  private query = "";
  private next = "";
  private asked = 0;
  private current = 0;
  private open = "";

  constructor(
    private readonly me: Me,
    private readonly events: ListEvents,
  ) {
    this.root = el("div", { class: "rows-of" }, this.items, this.status, this.more);
    this.more.addEventListener("click", () => void this.load(false));
    if ("IntersectionObserver" in window) {
      new IntersectionObserver((seen) => {
        if (seen.some((one) => one.isIntersecting) && !this.more.hidden) void this.load(false);
      }).observe(this.more);
    }
  }

  /** Lists anew; `empty` is what is said when there is nothing. */
  async show(query: string, empty: string): Promise<void> {
    if (query !== this.query) this.unpick();
    this.query = query;
    this.current = 0;
    await this.load(true, empty);
  }

  /** Lists again what is there, after a deed: the place in it, the choice and the focus stay. */
  async refresh(empty: string): Promise<void> {
    const asked = (this.asked += 1);
    const held = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("[data-row]")?.dataset.row;
    const before = this.row()?.code;
    const limit = Math.min(200, Math.max(50, this.rows.length));
    const page = await api.list(`${this.query}&limit=${limit}`).catch(() => null); // the old rows stay
    if (!page || asked !== this.asked) return;
    this.rows = page.tickets;
    this.next = page.next;
    this.items.replaceChildren(...page.tickets.map((row) => this.item(row)));
    const at = this.rows.findIndex((row) => row.code === before);
    this.current = at >= 0 ? at : Math.max(0, Math.min(this.current, this.rows.length - 1));
    this.status.textContent = this.rows.length === 0 ? empty : "";
    this.more.hidden = !page.next;
    this.more.disabled = false;
    this.told();
    this.mark();
    if (held && document.activeElement === document.body) this.items.querySelectorAll("a")[this.current]?.focus();
  }

  private async load(anew: boolean, empty = ""): Promise<void> {
    if (!anew && this.more.disabled) return;
    const asked = (this.asked += 1);
    this.more.disabled = true;
    if (anew) this.status.textContent = say("loading");
    try {
      const page = await api.list(anew ? this.query : `${this.query}&after=${encodeURIComponent(this.next)}`);
      if (asked !== this.asked) return; // another list was asked for meanwhile
      this.rows = anew ? page.tickets : [...this.rows, ...page.tickets];
      this.next = page.next;
      const made = page.tickets.map((row) => this.item(row));
      anew ? this.items.replaceChildren(...made) : this.items.append(...made);
      this.status.textContent = this.rows.length === 0 ? empty : "";
      this.more.hidden = !page.next;
      this.told();
      this.mark();
    } catch (error) {
      if (asked !== this.asked) return;
      this.status.textContent = "";
      this.events.failed(error);
    } finally {
      if (asked === this.asked) this.more.disabled = false;
    }
  }

  private item(row: Row): HTMLLIElement {
    const due = dueOf(row);
    const tags = [
      el("span", { class: "tag" }, this.me.states[row.state] ?? row.state),
      due.text ? el("span", { class: due.look ? `tag ${due.look}` : "small" }, due.text) : null,
      row.confidence === "triage" ? el("span", { class: "tag warn" }, say("unsure")) : null,
      row.reopened ? el("span", { class: "tag warn" }, say("reopened", { count: row.reopened })) : null,
    ];
    const who = row.assigned_name ?? say("nobody");
    const link = el(
      "a",
      { href: `#${row.code}`, "data-code": row.code },
      el("span", { class: "line" }, el("strong", { class: "code" }, row.code), ...tags),
      el("span", { class: "gist" }, row.what),
      el("span", { class: "small line" }, [row.place, row.category_name].filter(Boolean).join(" · ")),
      el("span", { class: "small line" }, [who, this.oneUnit() ? "" : row.unit_name, moment(row.received_at)].filter(Boolean).join(" · ")),
    );
    link.addEventListener("focus", () => {
      this.current = this.rows.findIndex((one) => one.code === row.code);
    });
    return el("li", { "data-row": row.code }, this.works() ? this.box(row) : null, link);
  }

  private oneUnit(): boolean {
    return /\bqueue=unit\b/.test(this.query);
  }

  private works(): boolean {
    return this.me.roles.includes("desk");
  }

  private box(row: Row): HTMLElement {
    const box = el("input", { type: "checkbox", "aria-label": say("select", { code: row.code }) });
    box.checked = this.picked.has(row.code);
    box.addEventListener("change", () => {
      box.checked ? this.picked.add(row.code) : this.picked.delete(row.code);
      this.told();
    });
    return el("label", { class: "pick" }, box);
  }

  private told(): void {
    this.events.chosen(this.rows.filter((row) => this.picked.has(row.code)));
  }

  unpick(): void {
    this.picked.clear();
    for (const box of this.items.querySelectorAll<HTMLInputElement>("input:checked")) box.checked = false;
    this.told();
  }

  /** Marks the ticket that is open beside the list. */
  opened(code: string): void {
    this.open = code;
    const at = this.rows.findIndex((row) => row.code === code);
    if (at >= 0) this.current = at;
    this.mark();
  }

  private mark(): void {
    for (const link of this.items.querySelectorAll<HTMLAnchorElement>("a")) {
      link.dataset.code === this.open ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    }
  }

  /** One row on or back; the first press only takes hold of the list. */
  step(by: number): void {
    const links = this.items.querySelectorAll<HTMLAnchorElement>("a");
    const held = this.items.contains(document.activeElement) || this.open !== "";
    const at = held ? this.current + by : this.current;
    this.current = Math.min(Math.max(at, 0), links.length - 1);
    links[this.current]?.focus();
    if (this.current >= links.length - 3 && !this.more.hidden) void this.load(false);
  }

  row(): Row | null {
    return this.rows[this.current] ?? null;
  }

  toggle(): void {
    const code = this.row()?.code;
    const item = [...this.items.children].find((one) => (one as HTMLElement).dataset.row === code);
    item?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click();
  }
}
