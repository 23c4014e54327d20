import { describe, expect, it, vi } from "vitest";
import { replyParts } from "../chat/reply";
import type { Handlers } from "../chat/reply";
import { el } from "../shared/dom";
import { readReply } from "../shared/read";
import type { Utterance } from "../shared/types";
import fixtures from "./fixtures/replies.json";

function render(name: keyof typeof fixtures, handlers: Partial<Handlers> = {}): HTMLElement {
  const all: Handlers = { choose: () => undefined, announce: () => undefined, ...handlers };
  return el("article", {}, ...replyParts(readReply(fixtures[name] as Record<string, unknown>), all));
}

function textsOf(root: HTMLElement, selector: string): string[] {
  return [...root.querySelectorAll(selector)].map((node) => node.textContent ?? "");
}

describe("a reply with blocks", () => {
  const root = render("documents");

  it("lays out each kind in its element", () => {
    expect(textsOf(root, ".block > ul li")).toHaveLength(3);
    expect(textsOf(root, "ol.steps li")[0]).toBe("Chuẩn bị giấy tờ ở trên.");
    expect(textsOf(root, ".block dt")).toEqual(["Thời hạn", "Nơi nhận", "Cấp thực hiện"]);
    expect(textsOf(root, ".block dd")[2]).toBe("cấp xã");
    expect(textsOf(root, "[role=note]")[0]).toContain("lệ phí bản sao");
    expect(textsOf(root, "h3")).toEqual(["Giấy tờ cần nộp", "Các bước", "Điều cần biết"]);
  });

  it("names the source, its decision and validity, and links to the portal", () => {
    const source = root.querySelector(".sources") as HTMLDetailsElement;
    expect(source.open).toBe(false);
    expect(source.querySelector("summary")?.textContent).toBe("Nguồn và hiệu lực (1)");
    expect(source.textContent).toContain("163/QĐ-BTP");
    expect(source.textContent).toContain("02/07/2026");
    expect(source.querySelector(".validity")?.textContent).toBe("Đang có hiệu lực");
    const link = source.querySelector("a") as HTMLAnchorElement;
    expect(link.rel).toBe("noopener");
    expect(link.textContent).toContain("Cổng Dịch vụ công quốc gia");
  });

  it("sends back what a button means, and opens addresses as links", () => {
    const said: Utterance[] = [];
    const choices = render("documents", { choose: (one) => said.push(one) });
    choices.querySelectorAll<HTMLButtonElement>("button.choice").forEach((button) => button.click());
    expect(said).toEqual([
      { text: "Lệ phí bao nhiêu?", payload: "#MC:ASK:1.001193:fee" },
      { text: "Nộp ở đâu", payload: "#MC:ASK:1.001193:where" },
    ]);
    expect(choices.querySelector("a.choice")?.getAttribute("href")).toBe("https://dichvucong.gov.vn/");
  });
});

describe("a reply of text alone", () => {
  it("becomes paragraphs with live addresses", () => {
    const root = render("fee");
    expect(textsOf(root, ":scope > p")).toHaveLength(2);
    expect(root.querySelector("p a")?.getAttribute("href")).toBe("https://dichvucong.gov.vn/");
    expect(root.querySelector(".validity")?.getAttribute("data-validity")).toBe("unknown");
  });

  it("keeps a phone choice in the same tab", () => {
    const call = render("emergency").querySelector("a.choice") as HTMLAnchorElement;
    expect(call.getAttribute("href")).toBe("tel:114");
    expect(call.target).toBe("");
  });
});

describe("hostile text", () => {
  const root = render("hostile");

  it("stays text", () => {
    expect(root.querySelector("img, script, b, i, u, em, [onload], [onerror]")).toBeNull();
    expect(root.textContent).toContain("<img src=x onerror=alert(1)>");
    expect(root.textContent).toContain("<script>alert(3)</script>");
    expect(root.textContent).toContain("<u>nguồn</u>");
  });

  it("never becomes an address", () => {
    expect(root.querySelector("a")).toBeNull();
    expect(textsOf(root, ".choice")).toEqual(["<b>nút</b>"]);
  });
});

describe("a filed report", () => {
  it("shows code, secret, state, unit and reason, and copies both codes", async () => {
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    const announce = vi.fn();
    const card = render("report_filed", { announce }).querySelector(".ticket") as HTMLElement;
    expect(textsOf(card, ".code")).toEqual(["PA-2026-000123", "K7MW3QHT"]);
    expect(card.textContent).toContain("Mới tiếp nhận");
    expect(card.textContent).toContain("Đường thôn, đường xã");
    card.querySelector("button")?.click();
    await vi.waitFor(() => expect(announce).toHaveBeenCalledWith("Đã sao chép"));
    expect(writeText).toHaveBeenCalledWith("Mã phiếu: PA-2026-000123\nMã bí mật: K7MW3QHT");
    vi.unstubAllGlobals();
  });
});

describe("damaged replies", () => {
  it.each([{}, { text: 3, blocks: "x", sources: [null], choices: [1], ticket: [] }])("read as empty: %j", (body) => {
    const reply = readReply(body as Record<string, unknown>);
    expect(reply).toMatchObject({ text: "", blocks: [], choices: [], ticket: null });
  });
});
