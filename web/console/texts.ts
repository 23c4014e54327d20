/** The console's sentences (vi.json), and times as officials read them. */

import vi from "./vi.json";

export type TextKey = keyof typeof vi;

export function say(key: TextKey, values: Record<string, string | number> = {}): string {
  return vi[key].replace(/\{(\w+)\}/g, (slot, name: string) => String(values[name] ?? slot));
}

/** The sentence of a key that came from the server, or the key itself. */
export function sayIf(key: string): string {
  return key in vi ? vi[key as TextKey] : key;
}

const MINUTE = 60_000;
const LOCAL = 7 * 60 * MINUTE; // offices work by the time of Việt Nam, wherever the browser stands

/** 14:05 20/11/2026. */
export function moment(iso: string): string {
  const at = new Date(Date.parse(iso) + LOCAL).toISOString();
  return Number.isNaN(Date.parse(iso)) ? iso : `${at.slice(11, 16)} ${at.slice(8, 10)}/${at.slice(5, 7)}/${at.slice(0, 4)}`;
}

/** How long, in the one unit that matters: 3 ngày, 5 giờ, 12 phút. */
export function span(milliseconds: number): string {
  const minutes = Math.max(1, Math.round(Math.abs(milliseconds) / MINUTE));
  if (minutes < 60) return say("minutes", { count: minutes });
  if (minutes < 48 * 60) return say("hours", { count: Math.round(minutes / 60) });
  return say("days", { count: Math.round(minutes / 1440) });
}

export interface Due {
  text: string;
  look: "bad" | "warn" | "";
}

const SOON = 24 * 60 * MINUTE;

/** How a ticket stands against its deadline; nothing is shown once it was answered. */
export function dueOf(of: { due_at: string | null; due_basis: string; closed: boolean }, now = Date.now()): Due {
  if (of.closed) return { text: "", look: "" };
  if (!of.due_at) return { text: say(of.due_basis ? "paused" : "noDue"), look: "" };
  const left = Date.parse(of.due_at) - now;
  if (left < 0) return { text: say("late", { time: span(left) }), look: "bad" };
  if (left < SOON) return { text: say("left", { time: span(left) }), look: "warn" };
  return { text: say("dueAt", { at: moment(of.due_at) }), look: "" };
}
