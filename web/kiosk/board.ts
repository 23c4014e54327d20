/** The board: pages that follow each other, kept on the device so that they stay when the server is lost. */

import { el } from "../shared/dom";
import { Line } from "./line";
import { board } from "./screen";
import type { About, Boarded, Slide } from "./screen";
import { clock, own } from "./texts";

const KEPT = "motcua.board.1"; // what is published; nothing of a person is ever here
const FETCH_MS = 60_000;

function find<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

let content: Boarded | null = null;
let at = -1;
let timer = 0;
let lostSince: Date | null = null;
let renewed = false;
/** What a page showed of days to come is not shown once they have come, however long the server is away. */
const DAY = /(\d{2}):(\d{2}) ngày (\d{2})\/(\d{2})\/(\d{4})/;

export function isOver(text: string, now: Date): boolean {
  const [, hour, minute, day, month, year] = DAY.exec(text) ?? [];
  if (!year) return false;
  return now >= new Date(`${year}-${month}-${day}T${hour}:${minute}:00+07:00`);
}

export function still(slide: Slide, now: Date): Slide | null {
  if (slide.kind !== "event") return slide;
  const lines = slide.lines.filter((one) => !isOver(one, now));
  return lines.length > 0 ? { ...slide, lines } : null;
}

function shown(slide: Slide, place: string): HTMLElement {
  const text = el(
    "div",
    { class: "text" },
    slide.label ? el("p", { class: "label" }, slide.label) : null,
    el("h1", {}, slide.title),
    slide.lines.length > 0 && el("ul", {}, ...slide.lines.map((one) => el("li", {}, one))),
  );
  const picture = slide.picture
    ? el("figure", {}, el("img", { src: slide.picture, alt: "" }), el("figcaption", {}, slide.scan))
    : null;
  return el("article", { "data-kind": slide.kind, "data-place": place }, text, picture);
}

function next(): void {
  window.clearTimeout(timer);
  timer = window.setTimeout(next, (content?.seconds ?? 12) * 1000);
  const now = new Date();
  find("clock").textContent = clock(now);
  if (renewed && !lostSince) return location.replace(location.pathname);
  const slides = (content?.slides ?? []).map((one) => still(one, now)).filter((one): one is Slide => one !== null);
  if (slides.length === 0) return;
  at = (at + 1) % slides.length;
  find("page").replaceChildren(shown(slides[at] as Slide, `${at + 1}/${slides.length}`));
  find("way").replaceChildren(...slides.map((_, number) => el("span", { class: number === at ? "now" : "" })));
  fit(find("page"));
}

/** A long page is set smaller, never below what can be read from afar: then its last lines are left out. */
export function fit(box: HTMLElement): void {
  box.dataset.size = "";
  for (const size of ["", "1", "2"]) {
    box.dataset.size = size;
    if (box.scrollHeight <= box.clientHeight) return;
  }
  const lines = box.querySelectorAll("li");
  for (let last = lines.length - 1; last > 0 && box.scrollHeight > box.clientHeight; last -= 1) lines[last]?.remove();
}

async function load(): Promise<void> {
  try {
    content = await board();
    localStorage.setItem(KEPT, JSON.stringify(content));
    if (at < 0) next();
  } catch {
    // the line tells; what was there stays
  }
}

function lost(since: Date): void {
  lostSince = since;
  const fresh = content ? clock(new Date(content.at)) : "–";
  find("lost").textContent = own("boardLost", { time: clock(since), fresh });
  find("lost").hidden = false;
}

function learn(about: About): void {
  find("enrol").hidden = true;
  find("page").hidden = false;
  find("place").textContent = [about.unit, about.area_name].filter(Boolean).join(", ");
  void load();
}

const line = new Line({
  about: learn,
  stranger: () => {
    localStorage.removeItem(KEPT);
    find("enrol").hidden = false;
    find("page").hidden = true;
  },
  lost,
  back: () => {
    lostSince = null;
    find("lost").hidden = true;
  },
  renewed: () => (renewed = true),
  told: () => ({ screen: `${innerWidth}×${innerHeight}` }),
  reading: () => undefined,
});

function remembered(): Boarded | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null") as Boarded | null;
  } catch {
    return null;
  }
}

async function enrol(event: Event): Promise<void> {
  event.preventDefault();
  const field = find<HTMLInputElement>("device-token");
  await line.enrol(field.value.trim()).catch(() => (find("enrol-said").textContent = own("enrolFailed")));
  field.value = "";
}

export function start(): void {
  content = remembered();
  if (content) next();
  find("enrol").addEventListener("submit", (event) => void enrol(event));
  // the line about the lost server takes its place from the page, and a screen may be turned
  new ResizeObserver(() => fit(find("page"))).observe(find("page"));
  window.setInterval(() => (find("clock").textContent = clock(new Date())), 5_000);
  window.setInterval(() => void (lostSince ?? load()), FETCH_MS);
  void line.start();
  void navigator.serviceWorker?.register("/kiosk/giu.js", { scope: location.pathname }).catch(() => undefined);
}

if (document.getElementById("page")) start();
