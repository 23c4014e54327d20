/** The chat inside a portal's page: says that it is there and what is unread, and goes when the person wants out. */

import { fromHost, send } from "../shared/frame";
import type { FromFrame } from "../shared/frame";

export class Frame {
  private isOpen = false;
  private unread = 0;

  /** `site` is the origin the server checked this page for; `enter` puts the focus where a person begins, and says
   * whether something new is there to be read. */
  constructor(
    private readonly host: Window,
    private readonly site: string,
    private readonly enter: (news: boolean) => void,
  ) {}

  start(): void {
    window.addEventListener("message", (event) => {
      const heard = fromHost(event, this.host, this.site);
      if (heard) this.hear(heard.type === "opened");
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
      if (!document.querySelector("dialog[open]")) this.tell({ type: "close" });
    });
    this.tell({ type: "ready" });
  }

  get isSeen(): boolean {
    return this.isOpen;
  }

  /** Something was said unasked; it is unread as long as nobody sees the chat. */
  news(): void {
    if (!this.isOpen) this.tellUnread(this.unread + 1);
  }

  /** The next page of the portal looks for news only when there is a conversation. */
  talking(is: boolean): void {
    this.tell({ type: "talking", is });
  }

  private hear(open: boolean): void {
    this.isOpen = open;
    if (!open) return;
    const news = this.unread > 0;
    this.tellUnread(0);
    this.enter(news);
  }

  private tellUnread(count: number): void {
    this.unread = count;
    this.tell({ type: "unread", count });
  }

  private tell(message: FromFrame): void {
    send(this.host, this.site, message);
  }
}

/** The site in whose page this one stands, or empty: opened by itself, or by nobody we know. */
export function hostSite(search: string, framed: boolean): string {
  const site = new URLSearchParams(search).get("site") ?? "";
  return framed && /^https?:\/\/[^/]+$/.test(site) ? site : "";
}
