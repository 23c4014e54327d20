/** /tiep/CODE on a phone: the button brings the conversation into this browser's chat. Without it the form does. */

import { browserStorage, Store } from "../chat/store";
import { isJson } from "../shared/read";

const form = document.getElementById("here") as HTMLFormElement | null;
const said = document.getElementById("said") as HTMLElement;

async function here(address: string): Promise<void> {
  said.textContent = said.dataset.opening ?? "";
  const answer = await fetch(address, { method: "POST", headers: { Accept: "application/json" } });
  const body: unknown = await answer.json().catch(() => null);
  if (!answer.ok || !isJson(body)) {
    said.textContent = isJson(body) && typeof body.detail === "string" ? body.detail : "";
    return;
  }
  const store = new Store(browserStorage("localStorage", "sessionStorage"));
  store.setArea(String(body.area ?? ""));
  store.add({ id: String(body.conversation_id), token: String(body.token) });
  location.replace("/"); // the code's address does not stay in the history
}

form?.addEventListener("submit", (event) => {
  if (!browserStorage("localStorage", "sessionStorage")) return; // the page without scripts carries it in its form
  event.preventDefault();
  void here(form.action).catch(() => form.submit());
});

document.getElementById("zalo")?.addEventListener("click", () => {
  const code = document.getElementById("sent")?.textContent ?? "";
  void navigator.clipboard?.writeText(code).catch(() => undefined); // it stands there to be copied by hand
});
