/** The kiosk: one page, one person at a time, nothing left behind. */

import { Composer } from "../chat/composer";
import { el, safeUrl } from "../shared/dom";
import type { Reply } from "../shared/types";
import { drawing } from "./drawings";
import { Idle } from "./idle";
import { Keyboard } from "./keyboard/keyboard";
import { Line } from "./line";
import { Press } from "./paper";
import { drawn, take, tiles } from "./screen";
import type { About, Tile } from "./screen";
import { Hearing, hears } from "./speech";
import { clock, moment, own } from "./texts";
import { Visit } from "./visit";
import { Reader } from "./voice";

type Part = "setup" | "home" | "topics" | "talk";
const PARTS: Part[] = ["setup", "home", "topics", "talk"];
const REPORT = "#MC:REPORT";
const TILES_AGAIN_MS = 3_000;
const QUIET_MS = 5_000; // so long nobody has touched the screen before it loads itself anew

function find<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

let about: About | null = null;
let part: Part | null = null;
let shown: Tile[] = [];
let stale = false; // the page is to be loaded anew, once nobody is here: memory and history begin empty
let lastPrint = "";

const page = document.documentElement;
const composer = new Composer(find<HTMLFormElement>("ask"), announce);
const keyboard = new Keyboard(find("keyboard"));
const press = new Press(find("paper"));
const hearing = new Hearing();
const reader = new Reader(() => about?.server_voice ?? false, () => idle.touched());
const idle = new Idle({ ask: askToStay, wipe: () => void wipe(), used });
const line = new Line({
  about: learn,
  stranger: () => go("setup"),
  lost: (since) => lost(own("lost", { time: clock(since) })),
  back: () => lost(""),
  renewed: () => (stale = true),
  told: () => ({ voice: reader.of, printer: about?.settings.paper ?? "none", ...(lastPrint ? { printed: lastPrint } : {}), screen: `${innerWidth}×${innerHeight}` }),
  reading: () => (idle.quietFor < 60_000 ? visit.conversation : undefined),
});
let visit = newVisit();

function newVisit(): Visit {
  return new Visit(find("log"), about?.area ?? "", {
    announce,
    answered,
    busy: (is) => composer.busy(is),
    giveBack: (text) => composer.giveBack(text),
    remark: (text) => composer.remark(text),
    moved: () => void wipe(own("moved")),
  });
}

function announce(text: string): void {
  find("announcer").replaceChildren(el("span", {}, text));
}

// ---------------------------------------------------------------- what is on the screen

function go(to: Part): void {
  page.classList.remove("waiting");
  part = to;
  for (const name of PARTS) find(name).hidden = name !== to;
  find("dock").hidden = to === "setup" || to === "topics";
  find("back").hidden = to !== "topics" && to !== "talk";
  find("end").hidden = to === "setup" || !used();
  const answeredOnce = to === "talk" && visit.last !== null;
  find("take").hidden = !answeredOnce;
  find("listen").hidden = !answeredOnce || reader.of === "none";
  find("print").hidden = !answeredOnce || (about?.settings.paper ?? "none") === "none";
  if (to !== "talk") window.scrollTo(0, 0);
}

function refresh(): void {
  if (part) go(part);
}

/** Whether there is anything of a person here. */
function used(): boolean {
  const written = find<HTMLTextAreaElement>("question").value !== "";
  const changed = page.classList.contains("big") || page.dataset.theme !== "light";
  return part !== "setup" && (visit.begun || written || changed || part === "topics" || keyboard.open);
}

function learn(now: About): void {
  const first = about === null || about.area !== now.area;
  about = now;
  find("place").textContent = [now.unit, now.area_name].filter(Boolean).join(", ") || find("place").textContent;
  find("speak").hidden = !(now.settings.speech_in && hears());
  if (first && !visit.begun) visit = newVisit();
  if (part === null || part === "setup") go("home");
  else refresh();
  if (shown.length === 0) void loadTiles();
}

async function loadTiles(): Promise<void> {
  try {
    shown = await tiles();
  } catch {
    return void window.setTimeout(() => shown.length > 0 || void loadTiles(), TILES_AGAIN_MS);
  }
  find("tiles").replaceChildren(...shown.map(tile));
}

function tile(one: Tile): HTMLElement {
  const button = el("button", { type: "button", class: "tile", "data-tile": one.id }, drawing(one.icon), el("span", {}, one.title));
  button.addEventListener("click", () => topics(one));
  return button;
}

function topics(of: Tile): void {
  find("topics-title").textContent = of.title;
  find("topic-list").replaceChildren(
    ...of.topics.map((topic) => {
      const button = el("button", { type: "button", class: "tile topic" }, topic.title);
      button.addEventListener("click", () => void ask(topic.title, topic.payload));
      return button;
    }),
  );
  keyboard.hide();
  go("topics");
  find("topics-title").focus({ preventScroll: true });
}

function lost(text: string): void {
  find("lost").textContent = text;
  find("lost").hidden = text === "";
}

// ---------------------------------------------------------------- asking

async function ask(text: string, payload = ""): Promise<void> {
  reader.stop();
  keyboard.hide();
  (document.activeElement as HTMLElement | null)?.blur();
  const asking = visit.ask(payload ? { text, payload } : { text });
  go("talk");
  await asking;
}

function answered(reply: Reply): void {
  idle.touched();
  reading(false);
  refresh();
  if (reply.ticket) keyboard.hide();
}

function submit(event: Event): void {
  event.preventDefault();
  const text = composer.take();
  if (!text) return;
  composer.clear();
  void ask(text);
}

async function hear(): Promise<void> {
  composer.remark(own("speaking"));
  const asking = visit;
  const text = await hearing.listen();
  if (visit !== asking) return; // said by somebody who has gone
  composer.remark(text ? "" : own("speakFailed"));
  composer.giveBack(text);
}

// ---------------------------------------------------------------- reading aloud, paper, phone

function reading(is: boolean): void {
  find("listen").setAttribute("aria-pressed", String(is));
  find("listen").textContent = own(is ? "silent" : "listen");
  if (!is) reader.stop();
}

async function listen(): Promise<void> {
  const last = visit.last;
  if (!last || find("listen").getAttribute("aria-pressed") === "true") return reading(false);
  reading(true);
  try {
    // Codes are never said aloud in a hall.
    await reader.read(last.reply.ticket ? own("listenTicket") : last.reply.text);
  } catch {
    announce(own("listenFailed"));
    composer.remark(own("listenFailed"));
  }
  reading(false);
}

async function print(): Promise<void> {
  const paper = about?.settings.paper;
  const last = visit.last;
  if (!last || !paper || paper === "none") return;
  const address = last.reply.sources.map((one) => safeUrl(one.url)).find((url) => /^https?:/i.test(url)) ?? "";
  const picture = address ? await drawn(address).catch(() => "") : "";
  if (visit.last !== last) return; // the person left meanwhile
  lastPrint = moment(new Date());
  press.print(paper, { ...last, place: about?.unit || about?.name || "", picture });
}

interface Card {
  title: string;
  lead: string;
  picture?: string;
  address?: string;
}

function card({ title, lead, picture = "", address = "" }: Card): void {
  find("qr-title").textContent = title;
  find("qr-lead").textContent = lead;
  find("qr-address").textContent = address;
  const image = find<HTMLImageElement>("qr-picture");
  image.hidden = picture === "";
  if (picture) image.src = picture;
  else image.removeAttribute("src");
  const dialog = find<HTMLDialogElement>("qr");
  if (!dialog.open) dialog.showModal();
}

async function takeAlong(): Promise<void> {
  const conversation = visit.conversation;
  const title = own("takeTitle");
  if (!conversation) return;
  card({ title, lead: own("takeMaking") });
  const taken = await take(conversation).catch(() => null);
  if (visit.conversation !== conversation || !find<HTMLDialogElement>("qr").open) return;
  if (!taken) return card({ title, lead: own("takeFailed") });
  idle.touched();
  card({ title, lead: own("takeLead", { minutes: taken.minutes }), picture: taken.picture, address: taken.address });
  visit.watchMove();
}

/** A link leads away from the kiosk: it goes to the person's phone instead. */
function onLink(event: Event): void {
  const link = (event.target as Element).closest?.("a[href]");
  if (!link) return;
  event.preventDefault();
  const address = safeUrl(link.getAttribute("href") ?? "");
  if (/^https?:/i.test(address)) void showLink(address);
  else if (address) card({ title: own("linkTitle"), lead: own("callLead"), address: address.replace(/^\w+:/, "") });
}

async function showLink(address: string): Promise<void> {
  const title = own("linkTitle");
  const asking = visit;
  const picture = await drawn(address).catch(() => "");
  if (visit !== asking) return;
  card({ title, lead: own(picture ? "linkLead" : "linkFailed"), picture, address });
}

function closeCard(): void {
  visit.endWatch();
  const dialog = find<HTMLDialogElement>("qr");
  if (dialog.open) dialog.close();
  find<HTMLImageElement>("qr-picture").removeAttribute("src");
  find("qr-address").textContent = "";
}

// ---------------------------------------------------------------- the end of a visit

function askToStay(left: number | null): void {
  const dialog = find<HTMLDialogElement>("idle");
  if (left === null) return void (dialog.open && dialog.close());
  find("idle-left").textContent = String(left);
  if (!dialog.open) {
    reading(false);
    dialog.showModal();
  }
}

/** Everything of the person goes at once, here and on the server; then the page is loaded anew. */
async function wipe(word = own("wiped")): Promise<void> {
  const gone = visit;
  reading(false);
  hearing.stop();
  closeCard();
  askToStay(null);
  press.clear();
  keyboard.reset();
  composer.clear();
  find<HTMLFormElement>("ask").reset();
  find("topic-list").replaceChildren();
  page.classList.remove("big");
  page.dataset.theme = "light";
  for (const name of ["bigger", "contrast"]) find(name).setAttribute("aria-pressed", "false");
  for (const kept of [localStorage, sessionStorage]) kept.clear();
  const ended = gone.end();
  visit = newVisit();
  go("home");
  announce(word);
  composer.remark(word);
  await ended;
  stale = true;
}

/** With nobody here: what a browser might still hold in memory goes with the old page. Without a server only where
    the device keeps the empty page (keeper.ts). */
function renew(): void {
  const loads = !line.isLost || Boolean(navigator.serviceWorker?.controller);
  if (!stale || used() || !loads || idle.quietFor < QUIET_MS) return;
  stale = false;
  location.replace(location.pathname);
}

// ---------------------------------------------------------------- start

function toggle(id: string, change: (is: boolean) => void): void {
  const button = find(id);
  button.addEventListener("click", () => {
    const is = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(is));
    change(is);
    refresh();
  });
}

async function enrol(event: Event): Promise<void> {
  event.preventDefault();
  const field = find<HTMLInputElement>("device-token");
  const token = field.value.trim();
  field.value = "";
  try {
    await line.enrol(token);
    find("enrol-said").textContent = own("enrolled");
    keyboard.hide();
  } catch (error) {
    const known = error instanceof Error && /401|422/.test(error.message);
    find("enrol-said").textContent = own(known ? "enrolFailed" : "enrolNoLine");
  }
}

function begin(id: string, icon: string, title: string, note: string, press: () => void): void {
  find(id).append(drawing(icon), el("span", {}, title, el("small", {}, note)));
  find(id).addEventListener("click", press);
}

function back(): void {
  keyboard.hide();
  reading(false);
  go("home");
}

function start(): void {
  page.classList.add("js");
  begin("ask-own", "ask", own("own"), own("ownNote"), () => composer.focus());
  begin("ask-report", "report", own("report"), own("reportNote"), () => void ask(own("reportSaid"), REPORT));
  find("ask").addEventListener("submit", submit);
  find("enrol").addEventListener("submit", (event) => void enrol(event));
  find("keyboard").addEventListener("toggled", refresh);
  find("question").addEventListener("input", refresh);
  document.addEventListener("click", onLink, { capture: true });
  document.addEventListener("contextmenu", (event) => event.preventDefault());
  toggle("bigger", (is) => page.classList.toggle("big", is));
  toggle("contrast", (is) => (page.dataset.theme = is ? "contrast" : "light"));
  const presses: Record<string, () => void> = {
    back,
    listen: () => void listen(),
    print: () => void print(),
    take: () => void takeAlong(),
    speak: () => void hear(),
    end: () => void wipe(),
    "idle-stay": () => idle.stay(),
    "idle-end": () => void wipe(),
    "qr-close": closeCard,
  };
  for (const [id, press] of Object.entries(presses)) find(id).addEventListener("click", press);
  find<HTMLDialogElement>("idle").addEventListener("cancel", (event) => event.preventDefault());
  window.addEventListener("afterprint", () => press.clear());
  window.setInterval(renew, 1000);
  void line.start();
  // Kept on the device: the empty page, so that a kiosk which starts without its server is not left with an error.
  void navigator.serviceWorker?.register("/kiosk/giu.js", { scope: location.pathname }).catch(() => undefined);
}

start();
