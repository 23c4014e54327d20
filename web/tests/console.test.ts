import { afterEach, describe, expect, it, vi } from "vitest";

import { Refusal } from "../console/api";
import * as api from "../console/api";
import { askedOf, queryOf, wantedOf } from "../console/filters";
import { deedForm, unsent } from "../console/forms";
import { listenForKeys } from "../console/keys";
import { dueOf, moment, span } from "../console/texts";
import type { Me } from "../console/types";

const NOW = Date.parse("2026-11-20T02:00:00Z");
const ME: Me = {
  login: "lan", name: "Lan", unit: "x", unit_name: "", roles: ["desk"], csrf: "t1", states: { MOI_TIEP_NHAN: "Mới" },
  grounds: {}, categories: [], areas: [], count_to: 1000, queues: ["mine", "unit", "all"],
};

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

describe("times", () => {
  it("are those of Việt Nam, and spans speak in one unit", () => {
    expect(moment("2026-12-31T17:30:00Z")).toBe("00:30 01/01/2027");
    expect([30_000, 3_600_000, 3 * 86_400_000].map(span)).toEqual(["1 phút", "1 giờ", "3 ngày"]);
  });

  it("say how a ticket stands against its deadline", () => {
    const of = (due_at: string | null, due_basis = "", closed = false) => dueOf({ due_at, due_basis, closed }, NOW);
    expect(of("2026-11-17T02:00:00Z")).toEqual({ text: "Quá hạn 3 ngày", look: "bad" });
    expect(of("2026-11-20T05:00:00Z")).toEqual({ text: "Còn 3 giờ", look: "warn" });
    expect(of("2026-12-01T02:00:00Z")).toEqual({ text: "Hạn 09:00 01/12/2026", look: "" });
    expect(of(null).text).toBe("Chưa đặt hạn");
    expect(of(null, "QĐ 1").text).toBe("Hạn tạm dừng, chờ bổ sung");
    expect(of("2026-11-17T02:00:00Z", "", true).text).toBe("");
  });
});

describe("filters", () => {
  it("travel in the address, without what nobody may see or ask", () => {
    const wanted = wantedOf("?queue=triage&q=đèn&limit=9999&state=any", ME);
    expect(wanted.queue).toBe("unit");
    expect(queryOf(wanted)).toBe(`queue=unit&state=any&q=${encodeURIComponent("đèn")}`);
    expect(askedOf(wanted)).toContain("open=false");
    expect(askedOf({ ...wanted, state: "" })).toContain("open=true");
  });
});

function answer(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status });
}

describe("the client", () => {
  it("takes a new token when somebody signed in again beside the page", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
      const token = (init.headers as Record<string, string>)["X-CSRF-Token"] ?? "";
      asked.push(`${init.method} ${url} ${token}`);
      if (url.endsWith("/me")) return Promise.resolve(answer(200, { ...ME, csrf: "t2" }));
      return Promise.resolve(token === "t2" ? answer(200, { contact: "x" }) : answer(403, { code: "desk_form_token", detail: "" }));
    });
    expect(await api.contact("PA-2026-000001")).toEqual({ contact: "x" });
    expect(asked).toHaveLength(3);
  });

  it("says a cut line in plain words", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("cut")));
    await expect(api.counts()).rejects.toBeInstanceOf(Refusal);
  });
});

describe("a deed's form", () => {
  it("keeps what was typed until it was done", async () => {
    const sent: unknown[] = [];
    let done = false;
    const form = () => deedForm({
      deed: "note", key: "PA note", me: ME, ticket: null, colleagues: [], templates: () => Promise.resolve([]),
      send: (fields) => (sent.push(fields), Promise.resolve(done)), cancel: () => undefined,
    });
    const first = form();
    document.body.append(first);
    first.requestSubmit();
    expect(sent).toEqual([]); // nothing typed
    const text = first.querySelector("textarea") as HTMLTextAreaElement;
    expect(text.getAttribute("aria-invalid")).toBe("true");
    text.value = "Đã gọi";
    text.dispatchEvent(new Event("input"));
    expect(unsent()).toBe(true);
    first.requestSubmit();
    await Promise.resolve();
    expect(form().querySelector("textarea")?.value).toBe("Đã gọi");
    done = true;
    first.requestSubmit();
    await new Promise((wake) => setTimeout(wake));
    first.requestSubmit();
    await new Promise((wake) => setTimeout(wake));
    expect(form().querySelector("textarea")?.value).toBe("");
    expect(sent[0]).toEqual({ text: "Đã gọi" });
  });
});

describe("keys", () => {
  it("act where nobody types and no other key is held", () => {
    const steps: number[] = [];
    const none = (): void => undefined;
    listenForKeys({ step: (by) => steps.push(by), take: none, note: none, pick: none, search: none, help: none, back: none });
    const input = document.createElement("input");
    document.body.append(input);
    const press = (on: HTMLElement, init: KeyboardEventInit) => on.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, ...init }));
    press(document.body, { key: "j" });
    press(document.body, { key: "k" });
    press(input, { key: "j" });
    press(document.body, { key: "j", ctrlKey: true });
    expect(steps).toEqual([1, -1]);
  });
});
