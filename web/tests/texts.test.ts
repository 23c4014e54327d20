import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Composer, count, LIMIT } from "../chat/composer";
import { linked, safeUrl } from "../shared/dom";
import { day, figure, say } from "../shared/texts";
import vi from "../shared/vi.json";

describe("texts", () => {
  it("fills slots and writes figures and days the Vietnamese way", () => {
    expect(say("tooLong", { count: figure(2345), limit: figure(2000) })).toContain("2.345 ký tự, quá 2.000");
    expect(day("2026-07-02")).toBe("02/07/2026");
    expect(day("khoảng 2025")).toBe("khoảng 2025");
  });

  it("has no sentence that nothing says", () => {
    const files = readdirSync("chat").filter((name) => name.endsWith(".ts"));
    const code = files.map((file) => readFileSync(`chat/${file}`, "utf8")).join();
    expect(Object.keys(vi).filter((key) => !code.includes(`"${key}"`))).toEqual([]);
  });
});

describe("links", () => {
  it.each(["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "//evil.example", "/x", ""])("refuses %j", (url) => {
    expect(safeUrl(url)).toBe("");
  });

  it("leaves the full stop outside the address", () => {
    const [before, found, after] = linked("Xem https://a.vn/b?c=1. Hết", "(mới)");
    expect(before).toBe("Xem ");
    expect((found as HTMLAnchorElement).getAttribute("href")).toBe("https://a.vn/b?c=1");
    expect(after).toBe(". Hết");
  });
});

describe("Composer", () => {
  function compose(text: string): { composer: Composer; form: HTMLFormElement; said: string[] } {
    document.body.innerHTML = "<form><textarea></textarea><button></button><p data-hint></p></form>";
    const form = document.querySelector("form") as HTMLFormElement;
    const said: string[] = [];
    const composer = new Composer(form, (one) => said.push(one));
    const box = form.querySelector("textarea") as HTMLTextAreaElement;
    box.value = text;
    box.dispatchEvent(new Event("input"));
    return { composer, form, said };
  }

  it("counts composed characters, not code units", () => {
    expect(count("ế")).toBe(1);
    expect(count("ế".normalize("NFD"))).toBe(1);
    expect(count("👍")).toBe(1);
  });

  it("shows the count near the limit and refuses above it", () => {
    const near = compose("a".repeat(LIMIT));
    expect(near.form.querySelector("[data-hint]")?.textContent).toBe("2.000 trên 2.000 ký tự");
    expect(near.composer.take()).toHaveLength(LIMIT);
    const over = compose("a".repeat(LIMIT + 1));
    expect(over.composer.take()).toBe("");
    expect(over.form.querySelector("textarea")?.getAttribute("aria-invalid")).toBe("true");
    expect(over.said[0]).toContain("2.001");
  });

  it("asks for words when there are none", () => {
    const { composer, said } = compose("  \n ");
    expect(composer.take()).toBe("");
    expect(said).toEqual(["Bạn hãy nhập câu hỏi trước khi gửi."]);
  });

  it("leaves Enter to an input method that is composing", () => {
    const { form } = compose("tiê");
    let sent = 0;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      sent += 1;
    });
    const box = form.querySelector("textarea") as HTMLTextAreaElement;
    const press = (init: KeyboardEventInit) => box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true, ...init }));
    press({ isComposing: true });
    press({ shiftKey: true });
    expect(sent).toBe(0);
    press({});
    expect(sent).toBe(1);
  });
});
