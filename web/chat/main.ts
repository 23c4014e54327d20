/** The chat page: wires the form, the log and the session. Without this script the form posts to /hoi. */

import { areas, sendFeedback } from "../shared/api";
import { el } from "../shared/dom";
import { say } from "../shared/texts";
import type { Area, Reply, Utterance } from "../shared/types";
import { Composer } from "./composer";
import { Frame, hostSite } from "./frame";
import { Log } from "./log";
import { keepWearing, wear } from "./look";
import { Photos } from "./photos";
import { herePayload, LOCATE } from "./place";
import { News } from "./news";
import { Queue } from "./queue";
import { Sending } from "./sending";
import { Session } from "./session";
import { browserStorage, Store } from "./store";
import type { Kept } from "./store";

const CANCEL = "#MC:CANCEL"; // offered as long as a form is open, after an answer in between too

function find<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

const announcer = find("announcer");
const storage = browserStorage("localStorage", "sessionStorage");
const store = new Store(storage);
const session = new Session(store);
const composer = new Composer(find<HTMLFormElement>("ask"), announce);
const log = new Log(find("log"), { choose: (said) => void ask(said), announce });
const news = new News(store, (reply, conversation) => {
  put(reply, conversation);
  announce(say("news"));
  frame?.news();
}, () => frame?.isSeen ?? true);
const photos = new Photos(find("photos"), () => session.current(), announce);
const queue = new Queue(browserStorage("sessionStorage"));
const sending = new Sending(session, queue, log, { announce, show, busy, giveBack: (text) => composer.giveBack(text) });
const query = new URLSearchParams(location.search);
const site = hostSite(location.search, window.parent !== window);
const frame = site ? new Frame(window.parent, site, enter) : null;

/** A short remark for screen readers; repeated texts are read again because the node changes. */
function announce(text: string): void {
  announcer.replaceChildren(el("span", {}, text));
}

async function ask(said: Utterance): Promise<void> {
  if (sending.refuses) return composer.remark(say("waiting"));
  if (said.payload === LOCATE) return shareHere();
  await sending.say(said);
}

async function shareHere(): Promise<void> {
  composer.remark(say("locating"));
  const payload = await herePayload();
  if (!payload) return composer.remark(say("locateFailed"));
  composer.remark("");
  await ask({ text: say("myPlace"), payload });
}

function busy(is: boolean): void {
  const talking = store.conversations.length > 0;
  composer.busy(is);
  find<HTMLElement>("erase").hidden = !talking;
  if (!is) frame?.talking(talking);
}

/** Once each: an answer that was sent for twice stands here already. */
function show(reply: Reply, conversation: Kept): void {
  announce("");
  if (!news.has(reply.message_id)) put(reply, conversation);
}

function put(reply: Reply, conversation: Kept): void {
  announce("");
  if (reply.status === "report_started") photos.offer(true);
  else if (!reply.choices.some((one) => one.payload === CANCEL)) photos.offer(false);
  const id = reply.message_id;
  news.seen(id);
  log.reply(reply, id ? (useful, reason) => sendFeedback(conversation, id, useful, reason) : null);
}

/** Every form of the page that posts to /hoi: the box and the suggestions. */
function onSubmit(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (form.getAttribute("action") !== "/hoi") return;
  event.preventDefault();
  if (form.id !== "ask") return suggest(form);
  const text = composer.take();
  if (!text) return;
  if (sending.refuses) return composer.remark(say("waiting"));
  composer.clear();
  void ask({ text });
}

function suggest(form: HTMLFormElement): void {
  const text = form.querySelector<HTMLInputElement>("input[name=q]")?.value ?? "";
  const payload = form.dataset.payload;
  void ask(payload ? { text, payload } : { text });
}

async function restore(): Promise<void> {
  const said: string[] = [];
  if (store.conversations.length > 0) {
    announce(say("restoring"));
    try {
      const past = await session.restore();
      if (sending.busy) return; // the person already asks: the past would stand after the present
      log.quietly(() => past.forEach(({ conversation, messages }) => {
        for (const one of messages) one.from === "person" ? said.push(one.text) && log.person(one.text) : show(one.reply, conversation);
      }));
      announce(past.length > 0 ? say("restored") : "");
      const last = past.at(-1);
      if (last) await photos.recall(last.conversation);
    } catch {
      log.notice(say("restoreFailed"));
    }
  }
  busy(sending.busy);
  await sendWaiting(said);
}

/** What was written before the page was opened anew; it may have arrived all the same. */
async function sendWaiting(said: string[]): Promise<void> {
  const recent = said.slice(-queue.texts.length);
  for (const text of queue.texts) if (!recent.includes(text)) log.person(text);
  await sending.flush();
}

async function erase(): Promise<void> {
  if (!(await confirmed())) return;
  try {
    await session.deleteAll();
  } catch {
    return log.notice(say("deleteFailed"));
  }
  sending.discard();
  log.clear();
  photos.offer(false);
  busy(false);
  announce(say("deleted"));
  find("welcome").focus();
}

/** Saves what is kept of the person as a file of JSON. */
async function saveOwnData(): Promise<void> {
  try {
    const copies = await session.copyAll();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(copies, null, 1)], { type: "application/json" }));
    link.download = "du-lieu-cua-toi.json";
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch {
    log.notice(say("copyFailed"));
  }
}

/** The page's own dialog; a browser without <dialog> asks in its plain way. */
function confirmed(): Promise<boolean> {
  const dialog = find<HTMLDialogElement>("erase-ask");
  if (typeof dialog.showModal !== "function") return Promise.resolve(window.confirm(say("deleteAsk")));
  dialog.returnValue = "";
  dialog.showModal();
  dialog.querySelector<HTMLElement>("[value=no]")?.focus(); // the harmless one
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

function chooseArea(slug: string): void {
  store.setArea(slug);
  for (const field of document.querySelectorAll<HTMLInputElement>("input[name=area]")) field.value = slug;
}

function areaOfPage(): string {
  return query.get("area") ?? document.documentElement.dataset.area ?? "";
}

async function offerAreas(): Promise<void> {
  const list = await areas();
  if (list.length < 2) return;
  const select = find<HTMLSelectElement>("area");
  select.append(...list.map((area: Area) => new Option(area.name, area.slug)));
  if (store.area && !list.some((area) => area.slug === store.area)) chooseArea("");
  select.value = store.area;
  find("area-choice").hidden = false;
  select.addEventListener("change", () => {
    chooseArea(select.value);
    log.notice(say("areaChanged", { area: select.selectedOptions[0]?.text ?? "" }));
  });
}

function connection(): void {
  const banner = find("offline");
  banner.textContent = navigator.onLine ? "" : say("offline");
  banner.hidden = navigator.onLine;
  announce(navigator.onLine ? say("online") : say("offline"));
  if (navigator.onLine) void sending.flush();
}

/** The link to the other language keeps what else the address says. */
function offerLanguage(): void {
  const link = find<HTMLAnchorElement>("language");
  const other = new URLSearchParams(location.search);
  other.set("lang", link.hreflang);
  link.search = other.toString();
  if (!storage) link.target = "_blank"; // else the conversation would be gone with the page
}

function offerLooks(): void {
  const select = find<HTMLSelectElement>("look");
  const colour = query.get("colour") ?? "";
  const theme = (): string => store.theme || (query.get("theme") ?? "");
  keepWearing(theme, colour);
  select.value = store.theme;
  find("looks").hidden = false;
  select.addEventListener("change", () => {
    store.setTheme(select.value);
    wear(theme(), colour);
  });
}

/** Where a person begins when a portal's page opens the chat: a phone's keyboard is not called up unasked. */
function enter(unread: boolean): void {
  if (unread) log.last?.scrollIntoView({ block: "start" });
  if (window.matchMedia("(pointer: coarse)").matches) (log.last ?? find("welcome")).focus({ preventScroll: true });
  else composer.focus();
}

function start(): void {
  document.documentElement.classList.add("js");
  chooseArea(areaOfPage() || store.area);
  document.addEventListener("submit", onSubmit);
  find("erase").addEventListener("click", () => void erase());
  find("own-data").addEventListener("click", () => void saveOwnData());
  window.addEventListener("online", connection);
  window.addEventListener("offline", connection);
  if (!navigator.onLine) connection();
  offerLanguage();
  offerLooks();
  busy(false);
  frame?.start();
  if (!storage) log.notice(say("noStorage"));
  void restore().then(() => news.start());
  void offerAreas();
}

start();
