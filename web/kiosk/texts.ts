/** The kiosk's and the board's own sentences (vi.json); those of the chat are in shared/vi.json. */

import vi from "./vi.json";

export type OwnKey = keyof typeof vi;

export function own(key: OwnKey, values: Record<string, string | number> = {}): string {
  return vi[key].replace(/\{(\w+)\}/g, (slot, name: string) => String(values[name] ?? slot));
}

/** 14:05 */
export function clock(at: Date): string {
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}
