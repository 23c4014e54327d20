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
  private since = Date.now();
  private asking = false;

  constructor(private readonly idler: Idler) {
    for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"]) {
      window.addEventListener(kind, () => this.touched(), { passive: true, capture: true });
    }
    window.setInterval(() => this.look(), 1000);
  }

  /** How long nobody has touched the screen. */
  get quietFor(): number {
    return Date.now() - this.since;
  }

  /** Somebody is there. Once the question stands, only its button answers it: the next person may touch the screen. */
  touched(): void {
    if (!this.asking) this.since = Date.now();
  }

  stay(): void {
    this.asking = false;
    this.since = Date.now();
    this.idler.ask(null);
  }

  private look(): void {
    if (!this.idler.used()) return void (this.asking && this.stay());
    if (this.quietFor >= WIPE_MS) {
      this.asking = false;
      this.since = Date.now();
      this.idler.ask(null);
      this.idler.wipe();
    } else if (this.quietFor >= ASK_MS) {
      this.asking = true;
      this.idler.ask(Math.ceil((WIPE_MS - this.quietFor) / 1000));
    }
  }
}
