/** Latencies of the tokens that arrived in a span of time, in milliseconds. */
export interface Latencies {
  readonly tokens: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Keeps latencies while it is told to. */
export class Recording {
  #held: number[] | null = null;

  begin(): void {
    this.#held = [];
  }

  add(ms: number): void {
    this.#held?.push(ms);
  }

  end(): Latencies {
    const sorted = Float64Array.from(this.#held ?? []).sort();
    this.#held = null;
    const quantile = (part: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
    return { tokens: sorted.length, p50: quantile(0.5), p99: quantile(0.99), max: sorted.at(-1) ?? Number.NaN };
  }
}
