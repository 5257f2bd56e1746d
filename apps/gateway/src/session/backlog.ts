import { isDelta } from "@millrace/protocol";
import type { Entry } from "@millrace/store";

/** Text of one session's deltas on its way into the log. Where there is much of it, whoever brings it has to wait. */
export class Backlog {
  readonly #most: number;
  #length = 0;
  #room: PromiseWithResolvers<void> | null = null;

  /** @param most UTF-16 code units that may be on their way */
  constructor(most: number) {
    this.#most = most;
  }

  get empty(): boolean {
    return this.#length === 0;
  }

  /** @returns a promise where nothing more should come before it resolves @param late what came before takes long */
  add(content: string, late: boolean): Promise<void> | undefined {
    this.#length += content.length;
    if (!late && this.#length <= this.#most) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** These have arrived, or never will. */
  remove(entries: readonly Entry[]): void {
    for (const { event } of entries) if (isDelta(event)) this.#length -= event.content.length;
    this.release();
  }

  /** Nobody has to wait any more. */
  release(): void {
    this.#room?.resolve();
    this.#room = null;
  }
}
