/** `<script src="https://…/widget.js" data-area="…">` on a portal's page: a button that opens the chat in a frame.
 *
 * The server wraps this script in a function whose argument is the list of sites that may embed it. */

import { fromFrame, send } from "../shared/frame";
import { frameUrl, isListed, readOptions } from "./options";
import { HOST_ID, Panel } from "./panel";
import { sentences } from "./texts";

declare const MOTCUA_SITES: string;

/** Kept by the portal's page: whether a conversation is on, so that its news are looked for on the next page too. */
const TALKING = "motcua.widget";

function talked(is?: boolean): boolean {
  try {
    if (is === true) window.sessionStorage.setItem(TALKING, "1");
    if (is === false) window.sessionStorage.removeItem(TALKING);
    return window.sessionStorage.getItem(TALKING) === "1";
  } catch {
    return false; // storage is forbidden: news wait until the chat is opened
  }
}

function start(script: HTMLScriptElement): void {
  if (document.getElementById(HOST_ID)) return; // the page has the script twice
  const ours = new URL(script.src).origin;
  const { origin } = window.location;
  if (origin !== ours && !isListed(origin, MOTCUA_SITES.split(" "))) {
    console.error(`[Một Cửa] ${origin} is not allowed to embed ${ours}/widget.js: the operator of ${ours} must add it to WIDGET_SITES. No chat is shown.`);
    return;
  }
  const rtl = getComputedStyle(document.documentElement).direction === "rtl";
  const options = readOptions(script.dataset, document.documentElement.lang, rtl);
  const tell = (open: boolean): void => {
    const to = panel.isReady ? panel.frame.contentWindow : null; // before, another page stands there
    if (to) send(to, ours, { type: open ? "opened" : "closed" });
  };
  const panel = new Panel(frameUrl(ours, origin, options), options, sentences(options.language), tell);
  window.addEventListener("message", (event) => {
    const heard = fromFrame(event, panel.frame.contentWindow, ours);
    if (heard?.type === "close" && panel.isOpen) panel.close();
    if (heard?.type === "unread") panel.count(heard.count);
    if (heard?.type === "talking") talked(heard.is);
    if (heard?.type !== "ready") return;
    panel.ready();
    tell(panel.isOpen);
  });
  panel.mount();
  if (talked()) panel.load();
}

const script = document.currentScript;
if (!(script instanceof HTMLScriptElement)) {
  console.error("[Một Cửa] widget.js must be loaded by a <script src> of its own, not as a module or merged into another file.");
} else if (document.body) {
  start(script);
} else {
  document.addEventListener("DOMContentLoaded", () => start(script));
}
