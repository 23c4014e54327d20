/** The keyboard. Letters act only where nobody is typing, and never with Ctrl, Alt or Meta held. */

export interface KeyDeeds {
  step: (by: 1 | -1) => void;
  take: () => void;
  note: () => void;
  pick: () => void;
  search: () => void;
  help: () => void;
  back: () => void;
}

const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";

export function listenForKeys(deeds: KeyDeeds): void {
  const acts: Record<string, () => void> = {
    j: () => deeds.step(1),
    k: () => deeds.step(-1),
    a: deeds.take,
    n: deeds.note,
    x: deeds.pick,
    "/": deeds.search,
    "?": deeds.help,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return; // it has its own Esc
    const target = event.target as HTMLElement;
    const typing = target.matches?.(TYPING) ?? false;
    if (event.key === "Escape") {
      typing && target.id === "search" ? target.blur() : deeds.back();
      return;
    }
    const act = acts[event.key];
    if (typing || !act) return;
    event.preventDefault();
    act();
  });
}
