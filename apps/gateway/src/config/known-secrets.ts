import { type Redact, redactor } from "@millrace/agent";

/** The texts that must be written down nowhere. Once known, one stays so: what was said with it may still be on its way. */
export class KnownSecrets {
  #values: readonly string[];
  #redact: Redact;

  constructor(values: readonly string[]) {
    this.#values = values;
    this.#redact = redactor(values);
  }

  /** Another list whenever one was added. */
  get values(): readonly string[] {
    return this.#values;
  }

  /** Holds from here on for everything that was given {@link redact}. */
  add(values: readonly string[]): void {
    const added = values.filter((value) => !this.#values.includes(value));
    if (added.length === 0) return;
    this.#values = [...this.#values, ...added];
    this.#redact = redactor(this.#values);
  }

  readonly redact: Redact = (text) => this.#redact(text);
}
