/** Lets `burst` through at once and `per_minute` in the long run. Pure: the caller brings the time in milliseconds. */
export class TokenBucket {
  readonly #burst: number;
  readonly #per_ms: number;
  #tokens: number;
  #at: number;

  constructor(per_minute: number, burst: number, now: number) {
    this.#burst = burst;
    this.#per_ms = per_minute / 60_000;
    this.#tokens = burst;
    this.#at = now;
  }

  /** 0 where one may pass, which takes a token; otherwise the milliseconds until one may. */
  take(now: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#per_ms);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil((1 - this.#tokens) / this.#per_ms);
  }
}
