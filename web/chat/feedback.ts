/** "Was this useful?" under an answer, and after a no, an optional reason. */

import { el, icon } from "../shared/dom";
import { say } from "../shared/texts";

export type SendFeedback = (useful: boolean, reason: string) => Promise<void>;

/** Statuses that answer a question; the steps of a report and small talk are not rated. */
const RATED = new Set(["answered", "partial", "no_information", "out_of_scope", "out_of_area"]);
const REASON_LIMIT = 500;

export function isRated(status: string): boolean {
  return RATED.has(status);
}

export function feedback(send: SendFeedback): HTMLElement {
  const box = el("div", { class: "feedback", role: "group", "aria-label": say("feedback") });
  const yes = vote("up", say("feedbackYes"));
  const no = vote("down", say("feedbackNo"));
  yes.addEventListener("click", () => void settle(box, () => send(true, "")));
  no.addEventListener("click", () => {
    // The vote counts at once; the reason, if any, follows.
    void send(false, "").then(() => why(box, send), () => close(box, say("feedbackFailed")));
  });
  box.append(el("span", { class: "ask" }, say("feedback")), yes, no);
  return box;
}

function vote(way: "up" | "down", label: string): HTMLButtonElement {
  const drawing = icon("thumb");
  if (way === "down") drawing.classList.add("over");
  return el("button", { type: "button", class: "quiet", "data-vote": way }, drawing, label);
}

async function settle(box: HTMLElement, send: () => Promise<void>): Promise<void> {
  try {
    await send();
    close(box, say("feedbackThanks"));
  } catch {
    close(box, say("feedbackFailed"));
  }
}

/** The buttons go away, so focus moves to the sentence that replaces them. */
function close(box: HTMLElement, text: string): void {
  const hadFocus = box.contains(document.activeElement);
  const thanks = el("p", { tabindex: "-1", class: "small" }, text);
  box.replaceChildren(thanks);
  if (hadFocus) thanks.focus({ preventScroll: true });
}

function why(box: HTMLElement, send: SendFeedback): void {
  const reason = el("textarea", { rows: "2", maxlength: String(REASON_LIMIT) });
  const skip = el("button", { type: "button", class: "quiet" }, say("feedbackSkip"));
  const form = el(
    "form",
    {},
    el("label", {}, say("feedbackWhy"), reason),
    el("div", { class: "row" }, el("button", { type: "submit", class: "quiet" }, say("feedbackSend")), skip),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const text = reason.value.trim();
    void settle(box, () => (text ? send(false, text) : Promise.resolve()));
  });
  skip.addEventListener("click", () => close(box, say("feedbackThanks")));
  box.replaceChildren(form);
  reason.focus({ preventScroll: true });
}
