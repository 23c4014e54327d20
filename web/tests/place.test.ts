import { afterEach, describe, expect, it, vi } from "vitest";

import { herePayload } from "../chat/place";

function device(geolocation: unknown): void {
  vi.stubGlobal("navigator", geolocation === undefined ? {} : { geolocation });
}

describe("the place shared from the device", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("is told to about a metre", async () => {
    const coords = { latitude: 16.463712345, longitude: 107.5909 };
    device({ getCurrentPosition: (done: (at: unknown) => void) => done({ coords }) });
    expect(await herePayload()).toBe("#MC:AT:16.46371,107.59090");
  });

  it("is nothing when the person or the device says no", async () => {
    device({ getCurrentPosition: (_: unknown, refuse: () => void) => refuse() });
    expect(await herePayload()).toBeNull();
    device(undefined);
    expect(await herePayload()).toBeNull();
  });
});
