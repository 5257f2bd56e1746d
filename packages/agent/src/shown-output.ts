import { LIMITS } from "@millrace/protocol";
import { cutText, endsInHalf, piecesOf } from "./cut-text.ts";
import type { Outbox } from "./outbox.ts";

/** A tool's output while it runs: positioned, cut like a result, silent once the call has ended. */
export class ShownOutput {
  readonly #tool_call_id: string;
  readonly #outbox: Outbox;
  #offset: number;
  #held = "";
  #ended = false;

  /** `offset`: UTF-16 code units that the call has shown before. */
  constructor(tool_call_id: string, outbox: Outbox, offset: number) {
    this.#tool_call_id = tool_call_id;
    this.#outbox = outbox;
    this.#offset = offset;
  }

  write(text: string): void {
    if (this.#ended || text === "") return;
    const whole = cutText(this.#held + text, Math.max(0, LIMITS.tool_output - this.#offset));
    this.#held = endsInHalf(whole) ? whole.slice(-1) : "";
    this.#put(this.#held === "" ? whole : whole.slice(0, -1));
  }

  end(): void {
    if (!this.#ended) this.#put(this.#held);
    this.#ended = true;
  }

  #put(text: string): void {
    for (const content of piecesOf(text, LIMITS.settled_text)) {
      if (this.#outbox.lost.aborted) return;
      const place = { tool_call_id: this.#tool_call_id, offset: this.#offset };
      this.#offset += content.length;
      try {
        // A tool cannot be made to wait here; that the outbox is lost shows at the next event.
        void Promise.resolve(this.#outbox.put({ type: "tool_output_delta", ...place, content })).catch(() => {});
      } catch {
        return;
      }
    }
  }
}
