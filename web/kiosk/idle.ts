/** Nobody touches the screen: after a minute it asks, half a minute later it wipes. */

export const ASK_MS = 60_000;
export const WIPE_MS = 90_000;

export interface Idler {
  /** Seconds left until the wipe; null takes the question away. */
  ask: (left: number | null) => void;
  wipe: () => void;
  /** Whether there is anything to wipe. */
  used: () => boolean;
}

export class Idle {
  private since = Date.now(); // of the question: it counts only while there is something to wipe
  private last = Date.now();
  private asking = false;

  constructor(private readonly idler: Idler) {
    for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"]) {
      window.addEventListener(kind, () => this.touched(), { passive: true, capture: true });
    }
    window.setInterval(() => this.look(), 1000);
  }

  /** How long nobody has touched the screen. */
  get quietFor(): number {
    return Date.now() - this.last;
  }

  /** Somebody is there. Once the question stands, only its button answers it: the next person may touch the screen. */
  touched(): void {
    this.last = Date.now();
    if (!this.asking) this.since = this.last;
  }

  stay(): void {
    this.asking = false;
    this.since = Date.now();
    this.idler.ask(null);
  }

  private look(): void {
    const quiet = Date.now() - this.since;
    if (!this.idler.used()) {
      this.since = Date.now();
      if (this.asking) this.stay();
    } else if (quiet >= WIPE_MS) {
      this.stay();
      this.idler.wipe();
    } else if (quiet >= ASK_MS) {
      this.asking = true;
      this.idler.ask(Math.ceil((WIPE_MS - quiet) / 1000));
    }
  }
}
