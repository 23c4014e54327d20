/** What the browser remembers: the conversations of this person, the active one last, their area and theme. */

import type { Saved } from "../shared/api";

const KEY = "motcua.chat.1";
const PROBE = "motcua.probe";

export interface Kept extends Saved {
  area: string;
}

function isKept(value: unknown): value is Kept {
  const kept = value as Partial<Kept> | null;
  return [kept?.id, kept?.token, kept?.area].every((field) => typeof field === "string");
}

export class Store {
  area = "";
  theme = "";
  conversations: Kept[] = [];

  /** `storage` is null where the browser forbids it; then the page forgets on reload, and works. */
  constructor(private readonly storage: Storage | null) {
    try {
      const kept = JSON.parse(this.storage?.getItem(KEY) ?? "{}") as { area?: unknown; theme?: unknown; conversations?: unknown };
      if (typeof kept.theme === "string") this.theme = kept.theme;
      if (typeof kept.area === "string") this.area = kept.area;
      if (Array.isArray(kept.conversations)) this.conversations = kept.conversations.filter(isKept);
    } catch {
      // damaged by hand or by an older page: start anew
    }
  }

  /** The conversation new messages go to: the last one, if it is about the area chosen now. */
  active(): Kept | undefined {
    const last = this.conversations[this.conversations.length - 1];
    return last?.area === this.area ? last : undefined;
  }

  add(one: Saved): Kept {
    const kept = { ...one, area: this.area };
    this.conversations.push(kept);
    this.save();
    return kept;
  }

  forget(one: Saved): void {
    this.conversations = this.conversations.filter((kept) => kept.id !== one.id);
    this.save();
  }

  setArea(area: string): void {
    this.area = area;
    this.save();
  }

  setTheme(theme: string): void {
    this.theme = theme;
    this.save();
  }

  private save(): void {
    const { area, theme, conversations } = this;
    try {
      this.storage?.setItem(KEY, JSON.stringify({ area, theme, conversations }));
    } catch {
      // storage full or forbidden: the page works until it is closed
    }
  }
}

/** Storage that works, or null. In a portal's frame a browser may forbid it, or keep it apart for each portal. */
export function browserStorage(...kinds: ("localStorage" | "sessionStorage")[]): Storage | null {
  for (const kind of kinds) {
    try {
      const found = window[kind];
      found.setItem(PROBE, "");
      found.removeItem(PROBE);
      return found;
    } catch {
      // forbidden or full: try the next
    }
  }
  return null;
}
