/** Where a photo was taken, read on the device from its file: nothing of it is sent before the person says so. */

import type { Place } from "../shared/api";

const LOOKED_AT = 256 * 1024; // what cameras write stands at the beginning
const GPS = 0x8825;

export async function placeOf(file: Blob): Promise<Place | null> {
  try {
    return read(new DataView(await file.slice(0, LOOKED_AT).arrayBuffer()));
  } catch {
    return null; // as damaged as it may be, it only tells no place
  }
}

function read(view: DataView): Place | null {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 10 < view.byteLength; ) {
    const marker = view.getUint16(at);
    if (marker < 0xff00 || marker === 0xffda) return null;
    const exif = marker === 0xffe1 && view.getUint32(at + 4) === 0x45786966; // "Exif"
    if (exif) return inTiff(view, at + 10);
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function inTiff(view: DataView, base: number): Place | null {
  const little = view.getUint16(base) === 0x4949;
  const entry = (directory: number, tag: number): number | null => {
    const count = view.getUint16(directory, little);
    for (let n = 0; n < count; n += 1) {
      const at = directory + 2 + 12 * n;
      if (view.getUint16(at, little) === tag) return at;
    }
    return null;
  };
  const first = base + view.getUint32(base + 4, little);
  const pointer = entry(first, GPS);
  if (pointer === null) return null;
  const gps = base + view.getUint32(pointer + 8, little);
  const angle = (tag: number, side: number, negative: string): number | null => {
    const [at, where] = [entry(gps, tag), entry(gps, side)];
    if (at === null || view.getUint32(at + 4, little) !== 3) return null;
    const start = base + view.getUint32(at + 8, little);
    const part = (n: number): number => view.getUint32(start + 8 * n, little) / view.getUint32(start + 8 * n + 4, little);
    const degrees = part(0) + part(1) / 60 + part(2) / 3600;
    const turned = where !== null && String.fromCharCode(view.getUint8(where + 8)) === negative;
    return turned ? -degrees : degrees;
  };
  const [latitude, longitude] = [angle(2, 1, "S"), angle(4, 3, "W")];
  return latitude === null || longitude === null || !isInVietnam(latitude, longitude) ? null : { latitude, longitude };
}

/** Generously, islands too; what lies outside helps nobody to find it. */
function isInVietnam(latitude: number, longitude: number): boolean {
  return latitude >= 6 && latitude <= 24 && longitude >= 102 && longitude <= 118;
}
