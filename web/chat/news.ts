/** What was said unasked (an official, news of a report): looked for while the page is seen, shown once. */

import { history } from "../shared/api";
import type { Reply } from "../shared/types";
import type { Kept, Store } from "./store";

export const EVERY_MS = 15_000;
/** While the chat is folded away, every fourth time is often enough. */
const CALM = 4;

export class News {
  private readonly shown = new Set<string>();
  private looking = false;
  private ticks = 0;

  constructor(
    private readonly store: Store,
    private readonly show: (reply: Reply, conversation: Kept) => void,
    private readonly isSeen: () => boolean = () => true,
  ) {}

  /** Everything that stands on the page, so that it is not shown again. */
  seen(messageId: string): void {
    if (messageId) this.shown.add(messageId);
  }

  has(messageId: string): boolean {
    return this.shown.has(messageId);
  }

  start(every: number = EVERY_MS): void {
    window.setInterval(() => {
      this.ticks += 1;
      if (this.isSeen() || this.ticks % CALM === 0) void this.look();
    }, every);
    document.addEventListener("visibilitychange", () => void this.look());
  }

  async look(): Promise<void> {
    const conversation = this.store.active();
    if (!conversation || document.hidden || this.looking) return;
    this.looking = true;
    try {
      for (const one of await history(conversation)) {
        if (one.from !== "assistant" || one.to || this.shown.has(one.reply.message_id)) continue;
        this.seen(one.reply.message_id);
        this.show(one.reply, conversation);
      }
    } catch {
      // The line is down, or the conversation is gone: the next question will tell.
    } finally {
      this.looking = false;
    }
  }
}
