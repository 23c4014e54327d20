/** Where the person stands, asked of the device only after a tap. */

export const LOCATE = "#MC:LOCATE";
const PATIENCE_MS = 15_000;

/** The payload that tells the place to about a metre; null when the device does not say. */
export function herePayload(): Promise<string | null> {
  return new Promise((done) => {
    if (!("geolocation" in navigator)) return done(null);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => done(`#MC:AT:${coords.latitude.toFixed(5)},${coords.longitude.toFixed(5)}`),
      () => done(null),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 60_000 },
    );
  });
}
