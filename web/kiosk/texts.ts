/** The kiosk's and the board's own sentences (vi.json); those of the chat are in shared/vi.json. */

import vi from "./vi.json";

export type OwnKey = keyof typeof vi;

export function own(key: OwnKey, values: Record<string, string | number> = {}): string {
  return vi[key].replace(/\{(\w+)\}/g, (slot, name: string) => String(values[name] ?? slot));
}

const VIETNAM_MS = 7 * 3_600_000; // no summer time; the device's own zone may be set wrong

/** 14:05, as it is in Vietnam. */
export function clock(at: Date): string {
  return new Date(at.getTime() + VIETNAM_MS).toISOString().slice(11, 16);
}

/** 20/11/2026, as it is in Vietnam. */
export function today(at: Date): string {
  return new Date(at.getTime() + VIETNAM_MS).toISOString().slice(0, 10).split("-").reverse().join("/");
}

/** "14:05 20/11/2026", for officials. */
export function moment(at: Date): string {
  return `${clock(at)} ${today(at)}`;
}
