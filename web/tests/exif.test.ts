import { describe, expect, it } from "vitest";

import { placeOf } from "../chat/exif";

type Angle = [number, number, number];

/** The beginning of a camera's JPEG, with the place in its Exif. */
function jpeg(latitude: Angle, longitude: Angle, { little = true, sides = ["N", "E"] } = {}): Blob {
  const view = new DataView(new ArrayBuffer(220));
  const at = { next: 0 };
  const u16 = (value: number, order = little): void => (view.setUint16(at.next, value, order), void (at.next += 2));
  const u32 = (value: number, order = little): void => (view.setUint32(at.next, value, order), void (at.next += 4));
  u16(0xffd8, false);
  u16(0xffe0, false), u16(16, false), (at.next += 14); // JFIF first, as many write it
  u16(0xffe1, false), u16(180, false), u32(0x45786966, false), u16(0);
  const base = at.next;
  u16(little ? 0x4949 : 0x4d4d, false), u16(42), u32(8);
  u16(1), u16(0x8825), u16(4), u32(1), u32(26), u32(0);
  const side = (letter: string): void => (view.setUint8(at.next, letter.charCodeAt(0)), void (at.next += 4));
  u16(4);
  u16(1), u16(2), u32(2), side(sides[0] ?? "N");
  u16(2), u16(5), u32(3), u32(80);
  u16(3), u16(2), u32(2), side(sides[1] ?? "E");
  u16(4), u16(5), u32(3), u32(104);
  at.next = base + 80;
  for (const part of [...latitude, ...longitude]) u32(Math.round(part * 100)), u32(100);
  return new Blob([view.buffer]);
}

describe("where a photo was taken", () => {
  it("is read from either kind of Exif", async () => {
    for (const little of [true, false]) {
      const place = await placeOf(jpeg([16, 27, 49], [107, 35, 25], { little }));
      expect(place?.latitude).toBeCloseTo(16.46361, 4);
      expect(place?.longitude).toBeCloseTo(107.59028, 4);
    }
  });

  it("is nothing when the file tells none, one abroad, or is damaged", async () => {
    const here = jpeg([16, 27, 49], [107, 35, 25]);
    const bytes = new Uint8Array(await here.arrayBuffer());
    const cases = [
      new Blob([]),
      new Blob(["<svg/>"]),
      new Blob([bytes.slice(0, 60)]),
      jpeg([48, 51, 0], [2, 21, 0]),
      jpeg([16, 27, 49], [107, 35, 25], { sides: ["S", "E"] }),
      jpeg([Number.NaN, 0, 0], [107, 0, 0]),
    ];
    for (const file of cases) expect(await placeOf(file)).toBeNull();
  });

  it("survives any bytes", async () => {
    const whole = new Uint8Array(await jpeg([16, 27, 49], [107, 35, 25]).arrayBuffer());
    for (let n = 0; n < whole.length; n += 1) {
      const bent = whole.slice();
      bent[n] = 255 - (bent[n] ?? 0);
      const place = await placeOf(new Blob([bent]));
      expect(place === null || place.latitude <= 24).toBe(true);
    }
  });
});
