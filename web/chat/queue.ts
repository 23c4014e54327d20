/** Messages that could not leave the device: kept in order, each with its key, so that it counts once when it arrives. */

import type { Utterance } from "../shared/types";

const KEY = "motcua.queue.1";
const MOST = 20;

export interface Queued {
  said: Utterance;
  key: string;
}

function isQueued(value: unknown): value is Queued {
  const found = value as Partial<Queued> | null;
  return typeof found?.key === "string" && typeof found.said?.text === "string";
}

export class Queue {
  private waiting: Queued[] = [];

  /** Of one tab: what was written there is not sent days later from a page long forgotten. */
  constructor(private readonly storage: Storage | null) {
    try {
      const kept: unknown = JSON.parse(storage?.getItem(KEY) ?? "[]");
      if (Array.isArray(kept)) this.waiting = kept.filter(isQueued).slice(0, MOST);
    } catch {
      // damaged by hand or by an older page: nothing waits
    }
  }

  get first(): Queued | undefined {
    return this.waiting[0];
  }

  get texts(): string[] {
    return this.waiting.map((one) => one.said.text);
  }

  has(key: string): boolean {
    return this.waiting.some((one) => one.key === key);
  }

  get isFull(): boolean {
    return this.waiting.length >= MOST;
  }

  add(one: Queued): void {
    if (this.has(one.key)) return;
    this.waiting.push(one);
    this.save();
  }

  drop(key: string): void {
    if (!this.has(key)) return;
    this.waiting = this.waiting.filter((one) => one.key !== key);
    this.save();
  }

  clear(): void {
    this.waiting = [];
    this.save();
  }

  private save(): void {
    try {
      if (this.waiting.length > 0) this.storage?.setItem(KEY, JSON.stringify(this.waiting));
      else this.storage?.removeItem(KEY);
    } catch {
      // storage full or forbidden: they wait as long as the page is open
    }
  }
}
