/** The box a person writes in: grows, counts near the limit, sends on Enter. */

import { figure, say } from "../shared/texts";

export const LIMIT = 2000;
const COUNT_FROM = 1800;

/** Characters as the server counts them: code points of the composed form. */
export function count(text: string): number {
  return [...text.normalize("NFC")].length;
}

export class Composer {
  private readonly box: HTMLTextAreaElement;
  private readonly hint: HTMLElement;
  private readonly button: HTMLButtonElement;
  private wasTooLong = false;

  constructor(
    form: HTMLFormElement,
    private readonly announce: (text: string) => void,
  ) {
    this.box = form.querySelector("textarea") as HTMLTextAreaElement;
    this.hint = form.querySelector("[data-hint]") as HTMLElement;
    this.button = form.querySelector("button") as HTMLButtonElement;
    this.box.required = false; // the browser's own bubble cannot be read in Vietnamese everywhere
    this.box.addEventListener("input", () => this.refresh());
    this.box.addEventListener("keydown", (event) => {
      // A Vietnamese input method may be composing: then Enter belongs to it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      form.requestSubmit ? form.requestSubmit() : this.button.click();
    });
  }

  /** The text to send, or empty after saying what is wrong with it. */
  take(): string {
    const text = this.box.value.normalize("NFC").trim();
    if (text !== "" && count(text) <= LIMIT) return text;
    this.remark(text === "" ? say("empty") : this.tooLong(count(text)));
    this.box.focus();
    return "";
  }

  clear(): void {
    this.put("");
  }

  /** Gives back what could not be sent, unless the person has begun something new. */
  giveBack(text: string): void {
    if (this.box.value.trim() === "") this.put(text);
  }

  busy(is: boolean): void {
    this.button.setAttribute("aria-disabled", String(is));
    if (!is) this.refresh();
  }

  /** A word under the box, seen and read aloud, until the person goes on writing. */
  remark(text: string): void {
    this.hint.textContent = text;
    this.announce(text);
  }

  /** Without scrolling away from what a person reads. */
  focus(): void {
    this.box.focus({ preventScroll: true });
  }

  private put(text: string): void {
    this.box.value = text;
    this.refresh();
  }

  private refresh(): void {
    const length = count(this.box.value.trim());
    const over = length > LIMIT;
    if (over) this.box.setAttribute("aria-invalid", "true");
    else this.box.removeAttribute("aria-invalid");
    this.hint.textContent = over ? this.tooLong(length) : length >= COUNT_FROM ? this.counted(length) : "";
    if (over && !this.wasTooLong) this.announce(this.tooLong(length)); // once, not at every key
    this.wasTooLong = over;
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight + 2}px`;
  }


  private counted(length: number): string {
    return say("counter", { count: figure(length), limit: figure(LIMIT) });
  }

  private tooLong(length: number): string {
    return say("tooLong", { count: figure(length), limit: figure(LIMIT) });
  }
}
