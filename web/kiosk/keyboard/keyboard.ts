/** The keyboard on the screen. It writes where the caret stands, through Telex or VNI, or with marks of its own. */

import { el } from "../../shared/dom";
import { own } from "../texts";
import type { OwnKey } from "../texts";
import keys from "./keys.json";
import type { Tone } from "./syllable";
import { Telex } from "./telex";
import type { Method } from "./telex";

export type Field = HTMLTextAreaElement | HTMLInputElement;

const NAMES: Record<string, OwnKey> = {
  erase: "kbErase",
  shift: "kbShift",
  space: "kbSpace",
  hide: "kbHide",
  send: "kbSend",
};

export class Keyboard {
  private readonly telex = new Telex();
  private field: Field | null = null;
  private upper = false;

  constructor(private readonly box: HTMLElement) {
    this.box.append(this.marks(), ...keys.rows.map((row) => this.row(row)));
    // The caret stays in its field: a key never takes the focus.
    this.box.addEventListener("pointerdown", (event) => event.preventDefault());
    this.box.addEventListener("mousedown", (event) => event.preventDefault());
    document.addEventListener("focusin", (event) => this.follow(event.target));
    document.addEventListener("click", (event) => this.follow(event.target)); // hidden, and the field still has the focus
    this.look();
  }

  get open(): boolean {
    return !this.box.hidden;
  }

  show(field: Field): void {
    this.field = field;
    if (!this.box.hidden) return;
    this.box.hidden = false;
    document.body.classList.add("typing");
    this.box.dispatchEvent(new CustomEvent("toggled"));
  }

  hide(): void {
    if (this.box.hidden) return;
    this.box.hidden = true;
    document.body.classList.remove("typing");
    this.box.dispatchEvent(new CustomEvent("toggled"));
  }

  /** As it was before anybody typed. */
  reset(): void {
    this.field = null;
    this.upper = false;
    this.telex.method = "telex";
    this.telex.forget();
    this.look();
    this.hide();
  }

  private follow(target: EventTarget | null): void {
    if (target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type === "text")) {
      target.setAttribute("inputmode", "none"); // the device's own keyboard stays away
      this.show(target);
    }
  }

  private marks(): HTMLElement {
    const tones = keys.tones.map((sign, at) => this.key(sign, `tone${at + 1}`, own(`kbTone${at + 1}` as OwnKey)));
    return el("div", { class: "keys marks" }, ...tones, ...keys.letters.map((letter) => this.key(letter, letter)));
  }

  private row(names: string[]): HTMLElement {
    return el("div", { class: "keys" }, ...names.map((name) => this.key(this.label(name), name, this.named(name))));
  }

  private label(name: string): string {
    if (name === "erase") return "⌫";
    if (name === "shift") return "⇧";
    return name in NAMES ? own(NAMES[name] as OwnKey) : name;
  }

  private named(name: string): string {
    return name in NAMES ? own(NAMES[name] as OwnKey) : "";
  }

  private key(label: string, name: string, called = ""): HTMLButtonElement {
    const attributes = { type: "button", class: "key", "data-key": name, ...(called ? { "aria-label": called } : {}) };
    const made = el("button", attributes, label);
    made.addEventListener("click", () => this.press(name));
    return made;
  }

  private press(name: string): void {
    const field = this.field;
    if (name === "shift") return this.shift(!this.upper);
    if (name === "method") return this.change();
    if (name === "hide") return this.hide();
    if (!field) return;
    field.focus({ preventScroll: true });
    if (name === "send") return field.form?.requestSubmit();
    if (name === "erase") return this.erase(field);
    const plain = field.dataset.plain !== undefined;
    this.write(field, (before) => this.typed(before, name, plain));
    if (this.upper) this.shift(false);
  }

  private typed(before: string, name: string, plain: boolean): string {
    if (name.startsWith("tone")) return this.telex.tone(before, Number(name.slice(4)) as Tone);
    const sign = name === "space" ? " " : this.upper ? name.toUpperCase() : name;
    return plain ? before + sign : this.telex.press(before, sign);
  }

  private write(field: Field, change: (before: string) => string): void {
    const from = field.selectionStart ?? field.value.length;
    const to = field.selectionEnd ?? from;
    const before = change(field.value.slice(0, from));
    field.value = before + field.value.slice(to);
    field.setSelectionRange(before.length, before.length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** A letter with all its marks, or what is selected. */
  private erase(field: Field): void {
    const selected = field.selectionStart !== field.selectionEnd;
    this.write(field, (before) => (selected ? before : [...before.normalize("NFC")].slice(0, -1).join("")));
  }

  private shift(upper: boolean): void {
    this.upper = upper;
    this.look();
  }

  private change(): void {
    this.telex.method = this.telex.method === "telex" ? "vni" : "telex";
    this.look();
  }

  private look(): void {
    const method = keys.methods[this.telex.method as Method];
    for (const key of this.box.querySelectorAll<HTMLElement>(".key")) {
      const name = key.dataset.key ?? "";
      if (name === "method") {
        key.textContent = method;
        key.setAttribute("aria-label", own("kbMethod", { method }));
      } else if (name === "shift") key.setAttribute("aria-pressed", String(this.upper));
      else if (/^\p{L}$/u.test(name)) key.textContent = this.upper ? name.toUpperCase() : name;
    }
  }
}
