/** Windows over the page: the keys, and the reply templates. */

import { el, type Child } from "../shared/dom";
import * as api from "./api";
import { quote } from "./forms";
import { say, type TextKey } from "./texts";
import type { Me, Template } from "./types";

const KEYS: [string, TextKey][] = [
  ["j", "keyNext"],
  ["k", "keyPrevious"],
  ["Enter", "keyOpen"],
  ["a", "keyTake"],
  ["n", "keyNote"],
  ["x", "keySelect"],
  ["/", "keySearch"],
  ["Esc", "keyBack"],
  ["?", "keyHelp"],
];

/** A window with a title; gone from the page when it is closed. */
export function dialog(title: string, ...children: Child[]): HTMLDialogElement {
  const close = el("button", { type: "button", class: "quiet" }, say("close"));
  const made = el("dialog", { "aria-labelledby": "dialog-title" }, el("h2", { id: "dialog-title" }, title), ...children, el("p", { class: "row end" }, close));
  close.addEventListener("click", () => made.close());
  made.addEventListener("close", () => made.remove());
  document.body.append(made);
  made.showModal();
  return made;
}

export function showKeys(): void {
  const line = ([key, what]: [string, TextKey]): HTMLElement =>
    el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, say(what)));
  dialog(say("keys"), el("dl", { class: "keys" }, ...KEYS.map(line)));
}

export class Templates {
  private kept: Promise<Template[]> | null = null;

  constructor(
    private readonly me: Me,
    private readonly failed: (error: unknown) => void,
  ) {}

  all(): Promise<Template[]> {
    this.kept ??= api.templates().then((found) => found.templates);
    this.kept.catch(() => (this.kept = null));
    return this.kept;
  }

  manage(): void {
    const body = el("div", { class: "stack" });
    dialog(say("templates"), body);
    void this.listIn(body);
  }

  private async listIn(body: HTMLElement): Promise<void> {
    const found = await this.all().catch((error: unknown) => (this.failed(error), []));
    const add = el("button", { type: "button", class: "main" }, say("templateNew"));
    add.addEventListener("click", () => this.editIn(body, null));
    const items = found.map((one) => this.item(one, body));
    const list = items.length ? el("ul", { class: "plain" }, ...items) : el("p", {}, say("templateNone"));
    body.replaceChildren(list, this.me.roles.includes("desk") ? add : "");
  }

  private item(one: Template, body: HTMLElement): HTMLElement {
    const edit = el("button", { type: "button", class: "quiet" }, say("templateEdit"));
    const drop = el("button", { type: "button", class: "danger" }, say("templateDrop"));
    edit.addEventListener("click", () => this.editIn(body, one));
    drop.addEventListener("click", () => void this.after(api.dropTemplate(one.id), body));
    return el(
      "li",
      {},
      el("p", {}, el("strong", {}, one.title), " ", one.unit_id ? null : el("span", { class: "tag" }, say("templateOf"))),
      el("p", { class: "said gist" }, one.text),
      el("ul", { class: "quotes" }, ...one.quotes.map(quote)),
      one.mine ? el("p", { class: "row" }, edit, drop) : null,
    );
  }

  private editIn(body: HTMLElement, one: Template | null): void {
    const title = el("input", { id: "template-title", maxlength: "120", required: true });
    const text = el("textarea", { id: "template-text", rows: "8", maxlength: "8000", required: true });
    const common = el("input", { type: "checkbox" });
    title.value = one?.title ?? "";
    text.value = one?.text ?? "";
    const cancel = el("button", { type: "button", class: "quiet" }, say("cancel"));
    cancel.addEventListener("click", () => void this.listIn(body));
    const form = el(
      "form",
      { class: "stack" },
      el("p", { class: "field" }, el("label", { for: "template-title" }, say("templateTitle")), title),
      el("p", { class: "field" }, el("label", { for: "template-text" }, say("templateText")), text),
      !one && this.me.roles.includes("admin") ? el("label", { class: "tick" }, common, say("templateCommon")) : null,
      el("p", { class: "row" }, el("button", { class: "main" }, say("save")), cancel),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const kept = { title: title.value, text: text.value, common: common.checked };
      void this.after(api.keepTemplate(one?.id ?? "", kept), body);
    });
    body.replaceChildren(form);
    title.focus();
  }

  private async after(done: Promise<unknown>, body: HTMLElement): Promise<void> {
    try {
      await done;
    } catch (error) {
      return this.failed(error);
    }
    this.kept = null;
    await this.listIn(body);
  }
}
