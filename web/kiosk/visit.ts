/** One person at the kiosk: their conversation, what they read last. Thrown away whole when they go. */

import { Log } from "../chat/log";
import { LOCATE } from "../chat/place";
import { News } from "../chat/news";
import { Queue } from "../chat/queue";
import { Sending } from "../chat/sending";
import { Session } from "../chat/session";
import { Store } from "../chat/store";
import type { Kept } from "../chat/store";
import { ApiError, history, sendFeedback } from "../shared/api";
import { say } from "../shared/texts";
import type { Reply, Utterance } from "../shared/types";
import { wipe } from "./screen";
import { own } from "./texts";

const MOVED_EVERY_MS = 3_000;
const OFFICIAL_EVERY_MS = 3_000;
const WITH_OFFICIAL = "handed_over";

export interface Around {
  announce: (text: string) => void;
  answered: (reply: Reply, asked: string) => void;
  busy: (is: boolean) => void;
  giveBack: (text: string) => void;
  remark: (text: string) => void;
  /** The conversation went to the person's phone. */
  moved: () => void;
}

export class Visit {
  private readonly store = new Store(null); // nothing of a person is ever stored on this device
  private readonly queue = new Queue(null);
  private readonly log: Log;
  private readonly sending: Sending;
  private readonly session: Session;
  private gone = false;
  private asked = "";
  private watch = 0;
  private listening = 0;
  private readonly news: News;
  last: { reply: Reply; asked: string } | null = null;

  constructor(
    private readonly root: HTMLElement,
    area: string,
    private readonly around: Around,
  ) {
    this.store.setArea(area);
    this.session = new Session(this.store, undefined, "kiosk");
    this.news = new News(this.store, (reply) => this.heard(reply));
    this.log = new Log(root, { choose: (said) => void this.ask(said), announce: around.announce });
    this.sending = new Sending(this.session, this.queue, this.log, {
      announce: around.announce,
      show: (reply, conversation) => this.show(reply, conversation),
      busy: (is) => this.gone || around.busy(is),
      giveBack: (text) => this.gone || around.giveBack(text),
    });
  }

  get conversation(): Kept | undefined {
    return this.store.active();
  }

  get begun(): boolean {
    return this.asked !== "";
  }

  async ask(said: Utterance): Promise<void> {
    if (this.sending.refuses) return this.around.remark(say("waiting"));
    if (said.payload === LOCATE) return this.around.remark(own("noHandover")); // a kiosk is where it is; phones know more
    this.asked = said.text;
    await this.sending.say(said);
  }

  private show(reply: Reply, conversation: Kept): void {
    if (this.gone) return void wipe(conversation); // the person left while the answer was on its way
    this.last = { reply, asked: this.asked };
    const id = reply.message_id;
    this.news.seen(id);
    if (reply.status === WITH_OFFICIAL) this.listen();
    this.log.reply(reply, id ? (useful, reason) => sendFeedback(conversation, id, useful, reason) : null);
    this.around.answered(reply, this.asked);
  }

  /** An official's words come unasked: they are looked for as long as this person is here. */
  private listen(): void {
    window.clearInterval(this.listening);
    this.listening = window.setInterval(() => void this.news.look(), OFFICIAL_EVERY_MS);
  }

  private heard(reply: Reply): void {
    if (this.gone) return;
    this.log.reply(reply, null);
    this.around.answered(reply, this.asked);
  }

  /** Looks whether the phone has taken the conversation over. */
  watchMove(): void {
    window.clearInterval(this.watch);
    this.watch = window.setInterval(() => void this.look(), MOVED_EVERY_MS);
  }

  endWatch(): void {
    window.clearInterval(this.watch);
  }

  private async look(): Promise<void> {
    const conversation = this.conversation;
    if (!conversation || this.gone) return this.endWatch();
    try {
      await history(conversation);
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== "lost" || this.gone) return;
      this.store.forget(conversation);
      this.endWatch();
      this.around.moved();
    }
  }

  /** Nothing is left here; the server erases its side. Resolves when it has, or cannot be reached. */
  async end(): Promise<void> {
    this.gone = true;
    this.endWatch();
    window.clearInterval(this.listening);
    this.sending.discard();
    this.log.clear();
    this.root.replaceChildren();
    this.last = null;
    this.asked = "";
    const left = [...this.store.conversations];
    for (const one of left) this.store.forget(one);
    await Promise.all(left.map((one) => wipe(one)));
  }
}
