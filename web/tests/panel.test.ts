import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readOptions } from "../widget/options";
import { Panel } from "../widget/panel";
import { sentences } from "../widget/texts";

const ADDRESS = "https://motcua.example.vn/widget?site=https%3A%2F%2Fdaklak.gov.vn&lang=vi";

function mounted(data: DOMStringMap = {}) {
  const changes: boolean[] = [];
  const options = readOptions(data, "vi", false);
  const panel = new Panel(ADDRESS, options, sentences(options.language), (open) => changes.push(open));
  panel.mount();
  const shadow = document.querySelector("#motcua-widget")?.shadowRoot as ShadowRoot;
  const at = <T extends HTMLElement>(selector: string): T => shadow.querySelector(selector) as T;
  return { panel, changes, at };
}

beforeEach(() => {
  document.body.innerHTML = "";
  vi.useFakeTimers();
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("Panel", () => {
  it("fetches the chat only when somebody reaches for it, and once", () => {
    const { panel, at } = mounted();
    expect(panel.frame.src).toBe("");
    at("button.open").dispatchEvent(new Event("pointerenter"));
    expect(panel.frame.src).toBe(ADDRESS);
    panel.frame.src = "about:blank#seen";
    at("button.open").click();
    expect(panel.frame.src).toBe("about:blank#seen");
  });

  it("opens, closes and gives the focus back, in browsers without dialogs too", () => {
    const { panel, changes, at } = mounted();
    const dialog = at<HTMLDialogElement>("dialog");
    Object.assign(dialog, { show: undefined, close: undefined });
    at("button.open").click();
    expect([panel.isOpen, at("button.open").getAttribute("aria-expanded")]).toEqual([true, "true"]);
    dialog.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect([panel.isOpen, at("button.open").getAttribute("aria-expanded")]).toEqual([false, "false"]);
    expect(changes).toEqual([true, false]);
    expect(at("button.open").matches(":focus")).toBe(true);
  });

  it("apologises with a way out when the chat does not come", () => {
    const { panel, at } = mounted({ area: "dak-lak" });
    panel.load();
    expect(at(".note").textContent).toBe("Đang mở trợ lý…");
    vi.advanceTimersByTime(15_000);
    expect(at(".note").textContent).toContain("Chưa mở được");
    expect(at<HTMLAnchorElement>(".note a").href).toBe("https://motcua.example.vn/?lang=vi&area=dak-lak");
    panel.ready(); // it came after all
    expect([at(".note").hidden, panel.isReady]).toEqual([true, true]);
  });

  it("says nothing of the kind when it came in time", () => {
    const { panel, at } = mounted();
    panel.load();
    panel.ready();
    vi.advanceTimersByTime(60_000);
    expect(at(".note").textContent).toBe("Đang mở trợ lý…");
    expect(at(".note").hidden).toBe(true);
  });

  it("counts unread news in the button's name, and says so once", () => {
    const { panel, at } = mounted({ title: "Hỏi xã" });
    expect(at("button.open").getAttribute("aria-label")).toBe("Hỏi trợ lý: Hỏi xã");
    panel.count(2);
    expect([at(".badge").textContent, at(".badge").hidden]).toEqual(["2", false]);
    expect(at("button.open").getAttribute("aria-label")).toBe("Hỏi trợ lý: Hỏi xã (2 tin mới)");
    expect(at(".sr").textContent).toBe("Trợ lý có tin mới.");
    panel.count(0);
    expect([at(".badge").hidden, at(".sr").textContent]).toEqual([true, ""]);
  });

  it("keeps above a phone's keyboard, but lets people zoom in", () => {
    const view = Object.assign(new EventTarget(), { scale: 1, offsetTop: 40, height: 300 });
    vi.stubGlobal("visualViewport", view);
    const { at } = mounted();
    const size = () => ["--top", "--tall"].map((name) => at("dialog").style.getPropertyValue(name));
    view.dispatchEvent(new Event("resize"));
    expect(size()).toEqual(["40px", "300px"]);
    view.scale = 2;
    view.dispatchEvent(new Event("scroll"));
    expect(size()).toEqual(["", ""]);
  });
});
