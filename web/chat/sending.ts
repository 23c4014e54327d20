/** Sends what a person says, one after another. What finds no connection waits and is sent when there is one. */

import { ApiError } from "../shared/api";
import { say, theirs } from "../shared/texts";
import type { Reply, Utterance } from "../shared/types";
import type { Log } from "./log";
import type { Queue, Queued } from "./queue";
import type { Session } from "./session";
import type { Kept } from "./store";

/** Between attempts while the device believes that it has a connection. */
const PAUSES_MS = [3_000, 6_000, 12_000, 30_000, 60_000];
const NO_LINE = new Set(["offline", "down", "cut"]);

export interface Surroundings {
  announce: (text: string) => void;
  show: (reply: Reply, conversation: Kept) => void;
  busy: (is: boolean) => void;
  giveBack: (text: string) => void;
}

export class Sending {
  private isBusy = false;
  private failures = 0;
  private timer = 0;

  constructor(
    private readonly session: Session,
    private readonly queue: Queue,
    private readonly log: Log,
    private readonly around: Surroundings,
    private readonly pauses: readonly number[] = PAUSES_MS,
  ) {}

  get busy(): boolean {
    return this.isBusy;
  }

  /** Whether a person must wait for the answer before; what waits for a line takes more behind it. */
  get refuses(): boolean {
    return (this.isBusy && !this.queue.first) || this.queue.isFull;
  }

  /** What waits is sent first: answers come in the order of the questions. */
  async say(said: Utterance): Promise<void> {
    this.log.person(said.text);
    const one = { said, key: newKey() };
    if (!this.queue.first) return void (await this.attempt(one));
    this.queue.add(one);
    await this.flush();
  }

  async flush(quietly = false): Promise<void> {
    window.clearTimeout(this.timer);
    while (!this.isBusy && this.queue.first) {
      if (!(await this.attempt(this.queue.first, quietly))) return;
    }
  }

  /** Nothing of it is sent any more. */
  discard(): void {
    window.clearTimeout(this.timer);
    this.queue.clear();
    this.log.dropFailure();
  }

  /** Whether the next one may follow. */
  private async attempt(one: Queued, quietly = false): Promise<boolean> {
    this.setBusy(true);
    const pending = quietly ? null : this.pending();
    try {
      const { reply, conversation } = await this.session.send(one.said, one.key, {
        status: (text) => pending?.status(theirs(text, say("searching")), this.around.announce),
        delta: (text) => pending?.delta(text),
      });
      this.done(one);
      pending?.element.remove();
      this.around.show(reply, conversation);
      return true;
    } catch (error) {
      pending?.element.remove();
      return this.explain(error instanceof ApiError ? error : new ApiError("server"), one, quietly);
    } finally {
      this.setBusy(false);
    }
  }

  private pending(): ReturnType<Log["pending"]> {
    this.log.dropFailure();
    this.around.announce(say("searching"));
    return this.log.pending();
  }

  private done(one: Queued): void {
    this.failures = 0;
    this.queue.drop(one.key);
    this.log.dropFailure();
  }

  private explain(error: ApiError, one: Queued, quietly: boolean): boolean {
    if (!quietly) this.around.announce("");
    if (NO_LINE.has(error.kind)) return this.hold(error, one, quietly);
    if (error.kind === "refused") {
      this.queue.drop(one.key);
      this.around.giveBack(one.said.text);
      this.log.failure(theirs(error.detail, say("errorRefused")));
      return true;
    }
    const again = (): void => void (this.queue.has(one.key) ? this.flush() : this.attempt(one));
    this.log.failure(sentence(error), { label: say("retry"), icon: "retry", run: again });
    return false;
  }

  /** Nobody knows whether it arrived; its key makes sure that it counts once. */
  private hold(error: ApiError, one: Queued, quietly: boolean): boolean {
    this.queue.add(one);
    if (!quietly || !this.log.hasFailure) {
      const now = { label: say("queuedNow"), icon: "retry" as const, run: () => void this.flush() };
      const drop = { label: say("queuedDrop"), run: () => this.giveUp() };
      this.log.failure(say(error.kind === "cut" ? "errorCut" : "queued"), now, drop);
    }
    const pause = this.pauses[Math.min(this.failures, this.pauses.length - 1)];
    this.failures += 1;
    this.timer = window.setTimeout(() => void this.flush(true), pause);
    return false;
  }

  private giveUp(): void {
    this.discard();
    this.log.notice(say("queuedDropped"));
  }

  private setBusy(is: boolean): void {
    this.isBusy = is;
    this.around.busy(is);
  }
}

function newKey(): string {
  return crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
}

function sentence(error: ApiError): string {
  if (error.kind !== "busy") return theirs(error.detail, say("errorServer"));
  return error.retryAfter > 0 ? say("errorBusy", { seconds: error.retryAfter }) : say("errorBusySoon");
}
