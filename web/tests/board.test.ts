import { describe, expect, it } from "vitest";
import { isOver, still } from "../kiosk/board";
import type { Slide } from "../kiosk/screen";
import { sentences } from "../kiosk/voice";
import { clock, today } from "../kiosk/texts";

const line = "Thứ Sáu, 20:15 ngày 11/12/2026: Sở Tư pháp";
const event: Slide = { kind: "event", label: "Lịch đối thoại", title: "Đối thoại", lines: [line], picture: "", scan: "" };

describe("what a board kept while its server is away", () => {
  it.each([
    ["2026-12-11T20:14:59+07:00", false],
    ["2026-12-11T20:15:00+07:00", true],
    ["2027-01-01T00:00:00Z", true],
  ])("at %s the event is over: %s", (now, over) => {
    expect(isOver(line, new Date(now))).toBe(over);
    expect(still(event, new Date(now)) === null).toBe(over);
  });

  it("keeps what has no date", () => {
    expect(isOver("Lệ phí 8.000 đồng", new Date("2030-01-01"))).toBe(false);
    expect(still({ ...event, kind: "procedure" }, new Date("2030-01-01"))).not.toBeNull();
  });

  it("tells the time of Vietnam wherever the device believes to be", () => {
    const at = new Date("2026-11-20T17:05:00Z");
    expect(clock(at)).toBe("00:05");
    expect(today(at)).toBe("21/11/2026");
  });
});

describe("what is read aloud", () => {
  it("is cut at sentences, without addresses and list marks", () => {
    expect(sentences("Bạn cần:\n• Tờ khai.\n• Căn cước! Xem https://a.vn/b nhé.")).toEqual([
      "Bạn cần:",
      "Tờ khai.",
      "Căn cước!",
      "Xem   nhé.",
    ]);
  });

  it("never asks the server for more than it takes", () => {
    const pieces = sentences("một hai ba, ".repeat(200));
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map((one) => one.length))).toBeLessThanOrEqual(400);
  });
});
