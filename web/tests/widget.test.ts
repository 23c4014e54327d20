import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fill, wordsOf } from "../chat/languages";
import { Frame, hostSite } from "../chat/frame";
import { fromFrame, fromHost } from "../shared/frame";
import en from "../shared/en.json";
import { day, figure, say, theirs, vietnamese } from "../shared/texts";
import viTexts from "../shared/vi.json";
import loaderEn from "../widget/en.json";
import { frameUrl, isListed, readOptions } from "../widget/options";
import loaderVi from "../widget/vi.json";
import { contrast, hex, parseColour, WHITE } from "../shared/colour";

const OURS = "https://motcua.example.vn";
const PORTAL = "https://daklak.gov.vn";

function message(data: unknown, from: Partial<MessageEvent> = {}): MessageEvent {
  return { data, source: window, origin: OURS, ...from } as MessageEvent;
}

describe("what loader and frame say to each other", () => {
  it("is heard from that window at that origin alone", () => {
    const ready = { motcua: "motcua", type: "ready" };
    expect(fromFrame(message(ready), window, OURS)).toEqual({ type: "ready" });
    expect(fromFrame(message(ready, { origin: "https://evil.example" }), window, OURS)).toBeNull();
    expect(fromFrame(message(ready, { source: null }), window, OURS)).toBeNull();
    expect(fromFrame(message(ready), null, OURS)).toBeNull();
    const opened = { motcua: "motcua", type: "opened" };
    expect(fromHost(message(opened, { origin: PORTAL }), window, PORTAL)).toEqual({ type: "opened" });
    expect(fromHost(message(opened, { origin: OURS }), window, PORTAL)).toBeNull();
  });

  it.each([null, 7, "ready", [], {}, { type: "ready" }, { motcua: "motcua" }, { motcua: "motcua", type: "navigate" }])(
    "is nothing but the few words agreed on: %j",
    (data) => {
      expect(fromFrame(message(data), window, OURS)).toBeNull();
      expect(fromHost(message(data), window, OURS)).toBeNull();
    },
  );

  it.each([
    [3.9, 3],
    [1e9, 99],
    [0, 0],
  ])("takes a count of %d as %d", (count, taken) => {
    expect(fromFrame(message({ motcua: "motcua", type: "unread", count }), window, OURS)).toEqual({ type: "unread", count: taken });
  });

  it.each([-1, Number.NaN, "2", undefined])("takes no count of %s", (count) => {
    expect(fromFrame(message({ motcua: "motcua", type: "unread", count }), window, OURS)).toBeNull();
  });
});

describe("the frame", () => {
  afterEach(() => vi.restoreAllMocks());

  function started(): { told: unknown[][]; frame: Frame; hear: (type: string) => void; entered: boolean[] } {
    const told: unknown[][] = [];
    const host = { postMessage: (data: { type: string; count?: number }, to: string) => told.push([data.type, data.count ?? "", to]) };
    const entered: boolean[] = [];
    const frame = new Frame(host as unknown as Window, PORTAL, (news) => entered.push(news));
    frame.start();
    const hear = (type: string): void => {
      const event = new MessageEvent("message", { data: { motcua: "motcua", type }, origin: PORTAL });
      Object.defineProperty(event, "source", { value: host });
      window.dispatchEvent(event);
    };
    return { told, frame, hear, entered };
  }

  it("says that it is there, and counts news only while nobody looks", () => {
    const { told, frame, hear, entered } = started();
    frame.news();
    frame.news();
    hear("opened");
    frame.news();
    hear("closed");
    frame.news();
    expect(told).toEqual([["ready", "", PORTAL], ...[1, 2, 0, 1].map((count) => ["unread", count, PORTAL])]);
    hear("opened");
    hear("opened");
    expect(entered).toEqual([true, true, false]);
  });

  it("leaves Escape to an input method and to a question on the page", () => {
    const { told } = started();
    const press = (init: KeyboardEventInit = {}) => document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", ...init }));
    const closed = () => told.filter(([type]) => type === "close").length;
    press({ isComposing: true });
    document.body.innerHTML = "<dialog open></dialog>";
    press();
    expect(closed()).toBe(0);
    document.body.innerHTML = "";
    press();
    expect(closed()).toBe(1);
  });

  it.each([
    [`?site=${encodeURIComponent(PORTAL)}`, true, PORTAL],
    [`?site=${encodeURIComponent(PORTAL)}`, false, ""],
    [`?site=${encodeURIComponent(PORTAL + "/x")}`, true, ""],
    ["?site=*", true, ""],
    ["?site=javascript:alert(1)", true, ""],
    ["", true, ""],
  ])("knows the site around it: %s, framed %s", (search, framed, site) => {
    expect(hostSite(search, framed)).toBe(site);
  });
});

describe("the script element's attributes", () => {
  it("are the defaults where there are none", () => {
    expect(readOptions({}, "vi", false)).toMatchObject({ area: "", language: "vi", side: "right", title: "", theme: "", given: "" });
  });

  it("are taken as written", () => {
    const data = { area: "lam-dong/bac-binh", language: "en", colour: "#7a1420", side: "left", title: " Hỏi xã ", theme: "dark" };
    expect(readOptions(data, "vi", false)).toMatchObject({ ...data, colour: [122, 20, 32], title: "Hỏi xã", given: "#7a1420" });
  });

  it("are the defaults where they are wrong", () => {
    const data = { area: "../Đắk Lắk", language: "xx", colour: "red;}", side: "top", theme: "pink", title: "x".repeat(99) };
    const made = readOptions(data, "vi", false);
    expect(made).toMatchObject({ area: "", language: "vi", side: "right", theme: "", given: "" });
    expect(made.title).toHaveLength(60);
  });

  it.each([
    ["en-GB", "en"],
    ["EN", "en"],
    ["vi", "vi"],
    ["", "vi"],
    ["english", "vi"],
  ])("follow the page's language %j", (page, language) => {
    expect(readOptions({}, page, false).language).toBe(language);
  });

  it.each([
    ["", true, "left"],
    ["end", false, "right"],
    ["start", false, "left"],
    ["start", true, "right"],
    ["right", true, "right"],
  ])("put side %j, from right to left %s, on the %s", (side, rtl, where) => {
    expect(readOptions({ side }, "vi", rtl).side).toBe(where);
  });

  it.each(["#ffff00", "#fff", "#00ff00", "#7a1420", "#888888", "#000"])("make white readable on %s", (colour) => {
    expect(contrast(readOptions({ colour }, "vi", false).colour, WHITE)).toBeGreaterThanOrEqual(4.5);
  });

  it("become the frame's address", () => {
    const url = new URL(frameUrl(OURS, PORTAL, readOptions({ area: "dak-lak", colour: "#abc" }, "en", false)));
    expect(url.origin + url.pathname).toBe(`${OURS}/widget`);
    expect(Object.fromEntries(url.searchParams)).toEqual({ site: PORTAL, lang: "en", area: "dak-lak", colour: "#abc" });
  });
});

// The same table as in tests/gateway/test_origins.py: both sides of the wire must agree.
describe("the list of sites", () => {
  const sites = ["https://daklak.gov.vn", "https://*.lamdong.gov.vn"];
  it.each([
    ["https://daklak.gov.vn", true],
    ["https://daklak.gov.vn:8443", false],
    ["http://daklak.gov.vn", false],
    ["https://evil-daklak.gov.vn", false],
    ["https://daklak.gov.vn.evil.vn", false],
    ["https://xa.lamdong.gov.vn", true],
    ["https://a.b.lamdong.gov.vn", true],
    ["https://lamdong.gov.vn", false],
    ["https://evillamdong.gov.vn", false],
    ["http://xa.lamdong.gov.vn", false],
    ["null", false],
    ["", false],
  ])("holds %s: %s", (origin, listed) => {
    expect(isListed(origin, sites)).toBe(listed);
  });

  it("of nobody holds nobody", () => {
    expect(isListed(PORTAL, "".split(" "))).toBe(false);
  });
});

describe("two languages", () => {
  afterEach(() => (document.documentElement.lang = "vi"));
  const slots = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

  it("say the same things with the same slots", () => {
    expect(Object.keys(en)).toEqual(Object.keys(viTexts));
    for (const [key, text] of Object.entries(viTexts)) expect(slots(en[key as keyof typeof en]), key).toEqual(slots(text));
    expect(Object.keys(wordsOf("en"))).toEqual(Object.keys(wordsOf("vi")));
    expect(Object.keys(loaderEn)).toEqual(Object.keys(loaderVi));
  });

  it("fill the whole page, and nothing is left over", () => {
    const template = readFileSync("index.html", "utf8");
    for (const language of ["vi", "en"]) {
      const words = wordsOf(language);
      const page = fill(template, words);
      expect(page).not.toContain("{{");
      expect(page).toContain(`<html lang="${language}" data-area="">`); // the app looks for exactly this
      expect(Object.keys(words).filter((key) => !template.includes(`{{${key}}}`))).toEqual([]);
    }
    expect(() => fill("{{nothing}}", {})).toThrow("nothing");
    expect(fill('<a title="{{x}}">', { x: '"<&' })).toBe('<a title="&quot;&lt;&amp;">');
  });

  it("write figures and days as the language does, and mark what stays Vietnamese", () => {
    document.documentElement.lang = "en";
    expect([figure(2345), day("2026-07-02"), say("you"), theirs("Lỗi", "Error")]).toEqual(["2,345", "2 July 2026", "You:", "Error"]);
    expect(vietnamese()).toEqual({ lang: "vi" });
    document.documentElement.lang = "vi";
    expect(vietnamese()).toEqual({});
    expect(theirs("Lỗi", "Error")).toBe("Lỗi");
  });
});

describe("colours", () => {
  it.each([
    ["#fff", "#ffffff"],
    ["#7A1420", "#7a1420"],
    ["7a1420", null],
    ["#7a142", null],
    ["red", null],
    ["", null],
  ])("reads %j", (text, found) => {
    const colour = parseColour(text);
    expect(colour && hex(colour)).toBe(found);
  });
});
