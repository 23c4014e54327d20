/** The sentences people read, kept as data in vi.json. */

import vi from "./vi.json";

export type TextKey = keyof typeof vi;

export function say(key: TextKey, values: Record<string, string | number> = {}): string {
  return vi[key].replace(/\{(\w+)\}/g, (slot, name: string) => String(values[name] ?? slot));
}

/** 1234 as 1.234, the Vietnamese way; no Intl data needed on old phones. */
export function figure(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ".");
}

/** 2026-07-02 as 02/07/2026; anything else as it came. */
export function day(iso: string): string {
  const found = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso);
  return found ? `${found[3]}/${found[2]}/${found[1]}` : iso;
}
