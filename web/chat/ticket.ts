/** The card of a filed report: what the person must keep, where it went and why. */

import { el, icon } from "../shared/dom";
import type { Child } from "../shared/dom";
import { say, vietnamese } from "../shared/texts";
import type { Ticket } from "../shared/types";

export function ticketCard(ticket: Ticket, announce: (text: string) => void): HTMLElement {
  return el(
    "section",
    { class: "ticket", "aria-label": `${say("ticket")} ${ticket.code}` },
    el("h3", {}, say("ticket")),
    el("dl", {}, row("ticketCode", ticket.code, "code"), row("ticketSecret", ticket.secret, "code")),
    ticket.secret !== "" && el("p", { class: "keep" }, say("ticketKeep")),
    copyButton(ticket, announce),
    el(
      "dl",
      {},
      row("ticketState", ticket.state_text || ticket.state, "state"),
      row("ticketCategory", ticket.category),
      row("ticketUnit", ticket.unit),
      row("ticketReason", ticket.reason),
    ),
    ticket.history.length > 0 && past(ticket.history),
  );
}

function row(label: Parameters<typeof say>[0], value: string, look = ""): Child {
  return value && el("div", {}, el("dt", {}, say(label)), el("dd", { ...(look ? { class: look } : {}), ...(look === "code" ? {} : vietnamese()) }, value));
}

function past(lines: string[]): HTMLElement {
  return el(
    "details",
    { class: "history" },
    el("summary", {}, say("ticketHistory")),
    el("ol", {}, ...lines.map((line) => el("li", { ...vietnamese() }, line))),
  );
}

function copyButton(ticket: Ticket, announce: (text: string) => void): HTMLElement {
  const label = el("span", {}, say("ticketCopy"));
  const button = el("button", { type: "button", class: "quiet" }, icon("copy"), label);
  const plain = ticket.secret
    ? say("ticketPlain", { code: ticket.code, secret: ticket.secret })
    : say("ticketPlainCode", { code: ticket.code });
  button.addEventListener("click", () => {
    void copy(plain).then((done) => {
      if (done) label.textContent = say("ticketCopied");
      announce(say(done ? "ticketCopied" : "ticketCopyFailed"));
    });
  });
  return button;
}

/** The clipboard needs https; on a plain address the old command still works. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
}

function copyByCommand(text: string): boolean {
  const focused = document.activeElement;
  const holder = el("textarea", { class: "sr", "aria-hidden": "true" });
  holder.value = text;
  document.body.append(holder);
  holder.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    holder.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
