/** The sentences people read, kept as data in vi.json and en.json. The page's own language decides. */

import en from "./en.json";
import vi from "./vi.json";

export type TextKey = keyof typeof vi;
export type Language = "vi" | "en";

const TEXTS: Record<Language, Record<TextKey, string>> = { vi, en };
const MONTHS = "January February March April May June July August September October November December".split(" ");

export function language(): Language {
  return document.documentElement.lang === "en" ? "en" : "vi";
}

export function say(key: TextKey, values: Record<string, string | number> = {}): string {
  return TEXTS[language()][key].replace(/\{(\w+)\}/g, (slot, name: string) => String(values[name] ?? slot));
}

/** The attribute of what the server wrote: always Vietnamese, whatever the page around it is in. */
export function vietnamese(): { lang?: string } {
  return language() === "vi" ? {} : { lang: "vi" };
}

/** A sentence of the server's, where the person reads its language; else ours. */
export function theirs(detail: string, ours: string): string {
  return language() === "vi" && detail ? detail : ours;
}

/** 1234 as 1.234, the Vietnamese way (1,234 in English); no Intl data needed on old phones. */
export function figure(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, language() === "vi" ? "." : ",");
}

/** 2026-07-02 as 02/07/2026, in English 2 July 2026; anything else as it came. */
export function day(iso: string): string {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso) ?? [];
  if (!year || !month || !date) return iso;
  const name = MONTHS[Number(month) - 1];
  return language() === "en" && name ? `${Number(date)} ${name} ${year}` : `${date}/${month}/${year}`;
}
