/** The list of messages on the page: the live region, what scrolls into view and where focus goes. */

import { el, icon } from "../shared/dom";
import type { Child, IconName } from "../shared/dom";
import { say, vietnamese } from "../shared/texts";
import type { Reply } from "../shared/types";
import { feedback, isRated } from "./feedback";
import type { SendFeedback } from "./feedback";
import { replyParts } from "./reply";
import type { Handlers } from "./reply";

/** A button under a failure; pressing it takes the failure away. */
export interface Remedy {
  label: string;
  icon?: IconName;
  run: () => void;
}

/** An answer on its way: shown as it comes, hidden from screen readers, which get the whole at the end. */
export class Pending {
  readonly element = el("div", { class: "msg bot pending", "aria-hidden": "true" });
  private readonly line = el("p", { class: "dots" }, say("searching"));
  private readonly body = el("p", { class: "stream", ...vietnamese() });

  constructor() {
    this.element.append(this.line, this.body);
  }

  status(text: string, announce: (text: string) => void): void {
    if (text === this.line.textContent) return;
    this.line.textContent = text;
    announce(text);
  }

  delta(text: string): void {
    this.line.hidden = true;
    this.body.append(text);
  }
}

export class Log {
  private asked: HTMLElement | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly handlers: Handlers,
  ) {}

  person(text: string): void {
    const keyboard = this.dropChoices();
    this.asked = el("div", { class: "msg person", tabindex: "-1" }, el("span", { class: "sr" }, say("you")), el("p", {}, text));
    this.root.append(this.asked);
    if (keyboard) this.asked.focus({ preventScroll: true });
  }

  pending(): Pending {
    const pending = new Pending();
    this.root.append(pending.element);
    this.reveal();
    return pending;
  }

  reply(reply: Reply, send: SendFeedback | null): void {
    this.dropChoices();
    const rated = send && isRated(reply.status) ? feedback(send) : null;
    const tongue = say("inVietnamese") ? el("p", { class: "small tongue" }, say("inVietnamese")) : null;
    const made = this.message("msg bot", reply.status, tongue, ...replyParts(reply, this.handlers), rated);
    this.root.append(made);
    this.moveFocus(made);
    this.reveal();
  }

  failure(text: string, ...remedies: Remedy[]): void {
    this.dropFailure();
    const made = this.message("msg bot failed", "", el("p", {}, text));
    const buttons = remedies.map((one) => this.remedy(made, one));
    if (buttons.length > 0) made.append(el("div", { class: "row" }, ...buttons));
    this.root.append(made);
    this.moveFocus(made);
    this.reveal();
  }

  notice(text: string): void {
    this.root.append(el("p", { class: "msg system" }, text));
  }

  /** Past messages are shown without being read aloud. */
  quietly(show: () => void): void {
    this.root.setAttribute("aria-live", "off");
    show();
    this.reveal();
    window.setTimeout(() => this.root.setAttribute("aria-live", "polite"), 500);
  }

  get last(): HTMLElement | null {
    return this.root.querySelector<HTMLElement>("article:last-of-type");
  }

  clear(): void {
    this.asked = null;
    this.root.replaceChildren();
  }

  private message(look: string, status: string, ...children: Child[]): HTMLElement {
    const attributes = { class: look, tabindex: "-1", ...(status ? { "data-status": status } : {}) };
    return el("article", attributes, el("span", { class: "sr" }, say("assistant")), ...children);
  }

  get hasFailure(): boolean {
    return this.root.querySelector(".failed") !== null;
  }

  /** What is no longer true is taken away; who stood on its button stays near. */
  dropFailure(): void {
    for (const card of this.root.querySelectorAll(".failed")) {
      const focused = card.contains(document.activeElement);
      card.remove();
      if (focused) this.asked?.focus({ preventScroll: true });
    }
  }

  private remedy(card: HTMLElement, one: Remedy): HTMLElement {
    const look = one.icon ? "choice" : "quiet";
    const button = el("button", { type: "button", class: look }, one.icon ? icon(one.icon) : null, one.label);
    button.addEventListener("click", () => {
      card.remove();
      this.asked?.focus({ preventScroll: true });
      one.run();
    });
    return button;
  }

  /** Buttons of earlier turns would answer a question no longer asked. Says whether one had the focus. */
  private dropChoices(): boolean {
    let focused = false;
    for (const group of this.root.querySelectorAll(".choices, .failed")) {
      focused ||= group.contains(document.activeElement);
      group.remove();
    }
    return focused;
  }

  /** Focus follows the answer only when the button that asked is gone; a person who types stays there, and so does
   * one who is outside this frame. */
  private moveFocus(to: HTMLElement): void {
    if (!document.hasFocus()) return;
    const now = document.activeElement;
    if (now === null || now === document.body || now === this.asked) to.focus({ preventScroll: true });
  }

  /** The question at the top, the answer under it from its beginning. */
  private reveal(): void {
    const calm = window.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? true;
    this.asked?.scrollIntoView?.({ block: "start", behavior: calm ? "auto" : "smooth" });
  }
}
