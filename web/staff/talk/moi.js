// Shows what came in since: the part of the page that changes is fetched anew, what is being typed stays.
const EVERY_MS = 4000;
const part = document.getElementById("moi");
async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("moi");
    if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
  } catch {
    // The line is down for a moment: the next look finds what was missed.
  }
}
setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);
