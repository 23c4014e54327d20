/** The button and the panel with the chat's frame, in a Shadow DOM. Knows nothing of messages. */

import { hex } from "../shared/colour";
import type { Options } from "./options";
import type { Say } from "./texts";
import css from "./widget.css?inline";

const SVG = "http://www.w3.org/2000/svg";
const CHAT = "M4 5h16v11H10l-5 4v-4H4z";
const OUT = "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6";
const CROSS = "M6 6l12 12M18 6L6 18";
const LATE_MS = 15_000;
const SMALL = "(max-width: 30rem), (max-height: 30rem)"; // as in widget.css

function make<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, string>, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const name of Object.keys(attributes)) made.setAttribute(name, attributes[name] ?? "");
  made.append(...children);
  return made;
}

function drawing(path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(SVG, "path"));
  (svg.firstChild as SVGPathElement).setAttribute("d", path);
  return svg;
}

/** A constructed sheet is no inline style: the portal's own policy has nothing against it. */
function dress(shadow: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [sheet];
  } catch {
    shadow.append(make("style", {}, css)); // Safari before 16.4
  }
}

export const HOST_ID = "motcua-widget";

export class Panel {
  readonly frame: HTMLIFrameElement;
  private readonly host = make("div", { id: HOST_ID });
  private readonly button: HTMLButtonElement;
  private readonly badge = make("span", { class: "badge", "aria-hidden": "true", hidden: "" });
  private readonly status = make("span", { class: "sr", role: "status" });
  private readonly note: HTMLElement;
  private readonly dialog: HTMLDialogElement;
  private unread = 0;

  constructor(
    private readonly address: string,
    private readonly options: Options,
    private readonly say: Say,
    private readonly changed: (open: boolean) => void,
  ) {
    const title = options.title || say("title");
    this.button = make("button", { class: "open", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false" });
    this.button.append(drawing(CHAT), make("span", {}, say("button")), this.badge);
    this.frame = make("iframe", { title, allow: "geolocation; clipboard-write", referrerpolicy: "no-referrer" });
    this.note = make("p", { class: "note", role: "status" }, say("loading"));
    this.dialog = make("dialog", { class: "panel", "aria-label": title, "aria-busy": "true" }, this.bar(title), this.note, this.frame);
    this.count(0);
  }

  get isOpen(): boolean {
    return this.dialog.hasAttribute("open");
  }

  get isReady(): boolean {
    return !this.dialog.hasAttribute("aria-busy");
  }

  mount(): void {
    const root = make("div", { class: `root ${this.options.side}`, lang: this.options.language, dir: "ltr" });
    root.style.setProperty("--colour", hex(this.options.colour));
    root.append(this.dialog, this.button, this.status);
    this.button.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    this.button.addEventListener("pointerenter", () => this.load());
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.isOpen && this.close());
    this.dialog.addEventListener("cancel", (event) => event.preventDefault()); // the key was heard above
    this.keepInView(window.visualViewport);
    const shadow = this.host.attachShadow({ mode: "open" });
    dress(shadow);
    shadow.append(root);
    document.body.append(this.host);
  }

  /** Fetches the chat, once, so that it stands there when it is asked for. */
  load(): void {
    if (this.frame.src) return;
    this.frame.src = this.address;
    window.setTimeout(() => this.isReady || this.apologise(), LATE_MS);
  }

  open(): void {
    this.load();
    if (typeof this.dialog.show !== "function") this.dialog.setAttribute("open", "");
    else if (window.matchMedia(SMALL).matches) this.dialog.showModal();
    else this.dialog.show();
    this.button.setAttribute("aria-expanded", "true");
    this.changed(true);
    this.enter();
  }

  close(): void {
    if (typeof this.dialog.close === "function") this.dialog.close();
    else this.dialog.removeAttribute("open");
    this.button.setAttribute("aria-expanded", "false");
    this.button.focus();
    this.changed(false);
  }

  /** The chat said that it works; it could be read before. */
  ready(): void {
    const waited = !this.isReady;
    this.dialog.removeAttribute("aria-busy");
    this.note.hidden = true;
    if (waited && this.isOpen) this.enter();
  }

  count(unread: number): void {
    const { say } = this;
    const label = `${say("button")}: ${this.options.title || say("title")}`;
    const more = say("unread").replace("{count}", String(unread));
    this.badge.textContent = String(unread);
    this.badge.hidden = unread === 0;
    this.button.setAttribute("aria-label", unread > 0 ? `${label} (${more})` : label);
    this.status.textContent = unread > this.unread ? say("news") : "";
    this.unread = unread;
  }

  /** A phone's keyboard covers the page without making it smaller; who zooms in with two fingers wants the opposite. */
  private keepInView(view: VisualViewport | null): void {
    const fit = (): void => {
      if (!view) return;
      const zoomed = view.scale > 1.01;
      this.dialog.style.setProperty("--top", zoomed ? "" : `${view.offsetTop}px`);
      this.dialog.style.setProperty("--tall", zoomed ? "" : `${view.height}px`);
    };
    view?.addEventListener("resize", fit);
    view?.addEventListener("scroll", fit);
  }

  private enter(): void {
    if (this.isReady) this.frame.focus();
  }

  private apologise(): void {
    this.note.replaceChildren(this.say("late"), make("br", {}), this.link(this.say("outside")));
  }

  private link(...children: (Node | string)[]): HTMLAnchorElement {
    const { area, language } = this.options;
    const query = new URLSearchParams({ lang: language, ...(area ? { area } : {}) }).toString();
    return make("a", { href: `${new URL(this.address).origin}/?${query}`, target: "_blank", rel: "noopener" }, ...children);
  }

  private bar(title: string): HTMLElement {
    const { say } = this;
    const out = this.link(drawing(OUT));
    out.setAttribute("aria-label", say("outside"));
    const close = make("button", { type: "button", "aria-label": say("close") }, drawing(CROSS));
    close.addEventListener("click", () => this.close());
    return make("div", { class: "bar" }, make("h2", {}, title), out, close);
  }
}
