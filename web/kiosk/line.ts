/** The line to the server: a sign of life each minute, a look every few seconds while it is lost. */

import type { Saved } from "../shared/api";
import { beat, CallError, enrol, tokenOfAddress } from "./screen";
import type { About } from "./screen";
import { moment } from "./texts";

export const BEAT_MS = 60_000;
export const LOOK_MS = 5_000;

export interface Listener {
  about: (about: About) => void;
  /** Nobody enrolled this screen, or somebody revoked it. */
  stranger: () => void;
  lost: (since: Date) => void;
  back: () => void;
  /** The app brought another page: time to load it. */
  renewed: () => void;
  told: () => Record<string, string | number | boolean>;
  reading: () => Saved | undefined;
}

export class Line {
  private since: Date | null = null;
  private build = "";
  private lastLost = "";
  private timer = 0;

  constructor(private readonly listener: Listener) {}

  get isLost(): boolean {
    return this.since !== null;
  }

  async start(): Promise<void> {
    const token = tokenOfAddress();
    if (token) await this.enrol(token).catch(() => undefined);
    await this.beat();
    window.addEventListener("online", () => void this.beat());
  }

  async enrol(token: string): Promise<void> {
    this.hear(await enrol(token));
  }

  async beat(): Promise<void> {
    window.clearTimeout(this.timer);
    try {
      const told = { ...this.listener.told(), ...(this.lastLost ? { lost: this.lastLost } : {}) };
      this.hear(await beat(this.build, told, this.listener.reading()));
    } catch (error) {
      if (error instanceof CallError && error.status === 401) this.unknown();
      else this.lose();
    }
    this.timer = window.setTimeout(() => void this.beat(), this.isLost ? LOOK_MS : BEAT_MS);
  }

  private unknown(): void {
    this.regain();
    this.listener.stranger();
  }

  /** Any call that found no server says so here. */
  lose(): void {
    if (this.since) return;
    this.since = new Date();
    this.listener.lost(this.since);
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.beat(), LOOK_MS);
  }

  private hear(about: About): void {
    this.regain();
    if (this.build && about.build !== this.build) this.listener.renewed();
    this.build ||= about.build;
    this.listener.about(about);
  }

  private regain(): void {
    if (!this.since) return;
    this.lastLost = moment(this.since);
    this.since = null;
    this.listener.back();
  }
}
