/** The conversation as the server keeps it: opened when first needed, replaced when lost, read back when cut. */

import { ApiError, createConversation, deleteConversation, history, ownData, sendMessage } from "../shared/api";
import type { Progress, Side } from "../shared/api";
import type { PastMessage, Reply, Utterance } from "../shared/types";
import type { Kept, Store } from "./store";

/** When a stream is cut the answer is asked for again after these pauses: a job needs about a second. */
const RECOVERY_PAUSES_MS = [1000, 2000, 4000, 8000];

export interface Answer {
  reply: Reply;
  conversation: Kept;
}

export class Session {
  constructor(
    private readonly store: Store,
    private readonly pauses: readonly number[] = RECOVERY_PAUSES_MS,
    private readonly side: Side = "web",
  ) {}

  /** The conversation there is, or a new one. */
  async current(): Promise<Kept> {
    return this.store.active() ?? (await this.open());
  }

  async send(said: Utterance, key: string, progress: Progress = {}): Promise<Answer> {
    const conversation = await this.current();
    try {
      return { reply: await this.ask(conversation, said, key, progress), conversation };
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== "lost") throw error;
      this.store.forget(conversation);
      const fresh = await this.open();
      return { reply: await this.ask(fresh, said, key, progress), conversation: fresh };
    }
  }

  /** Everything said before, oldest first. Conversations the server no longer has are forgotten. */
  async restore(): Promise<{ conversation: Kept; messages: PastMessage[] }[]> {
    const kept = await Promise.all(this.store.conversations.map((one) => this.read(one)));
    return kept.filter((one) => one.messages.length > 0);
  }

  /** What the server keeps of all conversations of this browser; of those it no longer has, nothing. */
  async copyAll(): Promise<unknown[]> {
    const copies = this.store.conversations.map((one) =>
      ownData(one).catch((error: unknown) => {
        if (error instanceof ApiError && error.kind === "lost") return null;
        throw error;
      }),
    );
    return (await Promise.all(copies)).filter((one) => one !== null);
  }

  async deleteAll(): Promise<void> {
    for (const conversation of [...this.store.conversations]) {
      await deleteConversation(conversation);
      this.store.forget(conversation);
    }
  }

  /** An area the server does not serve (an old link, a changed name) must not keep a person from asking. */
  private async open(): Promise<Kept> {
    try {
      return this.store.add(await createConversation(this.store.area, this.side));
    } catch (error) {
      if (!this.store.area || !(error instanceof ApiError) || !["refused", "lost"].includes(error.kind)) throw error;
      this.store.setArea("");
      return this.store.add(await createConversation("", this.side));
    }
  }

  private async ask(to: Kept, said: Utterance, key: string, progress: Progress): Promise<Reply> {
    try {
      return await sendMessage(to, said, key, progress);
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== "cut") throw error;
      return await this.recover(to, error);
    }
  }

  /** The message was accepted, so its answer will stand in the history. */
  private async recover(from: Kept, cut: ApiError): Promise<Reply> {
    for (const pause of this.pauses) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const past = await history(from).catch(() => []);
      for (const one of past) if (one.from === "assistant" && one.to === cut.accepted) return one.reply;
    }
    throw cut;
  }

  private async read(conversation: Kept): Promise<{ conversation: Kept; messages: PastMessage[] }> {
    try {
      return { conversation, messages: await history(conversation) };
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== "lost") throw error;
      this.store.forget(conversation);
      return { conversation, messages: [] };
    }
  }
}
