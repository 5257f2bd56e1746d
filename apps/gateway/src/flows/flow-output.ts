import type { RunAgentInput } from "@millrace/agent";
import { isJson } from "@millrace/flow";
import { LIMITS } from "@millrace/protocol";

/** Bytes of JSON in one value: half of what an event may have. */
export const VALUE_BYTES: number = LIMITS.event_bytes / 2;

/** A flow put something into its stream that cannot be shown. */
export class BadItem extends Error {
  override readonly name = "BadItem";
  readonly code: "not_json" | "too_large";

  constructor(code: "not_json" | "too_large", message: string) {
    super(message);
    this.code = code;
  }
}

/** What a flow puts into its stream, as events: strings as text, other JSON as `data`. */
export class FlowOutput {
  readonly #input: Pick<RunAgentInput, "emit" | "ids">;
  readonly #name: string;
  #said: string;
  #block: { readonly block_id: string; offset: number; held: string } | null = null;

  /**
   * @param name of the `data` events
   * @param said text of an earlier process
   */
  constructor(input: Pick<RunAgentInput, "emit" | "ids">, name: string, said: string) {
    this.#input = input;
    this.#name = name;
    this.#said = said;
  }

  /** All that was said in this run. */
  get said(): string {
    return this.#said;
  }

  /** Resolves when more may come. Rejects with {@link BadItem}, and as `emit` does. */
  async write(item: unknown): Promise<void> {
    if (typeof item !== "string") return this.data(this.#name, item);
    if (item === "") return;
    this.#block ??= { block_id: this.#input.ids(), offset: 0, held: "" };
    const text = this.#block.held + item;
    this.#block.held = endsInHalf(text) ? text.slice(-1) : "";
    await this.#put(this.#block.held === "" ? text : text.slice(0, -1));
  }

  async data(name: string, value: unknown): Promise<void> {
    if (value === undefined || !isJson(value)) throw new BadItem("not_json", `A value is not JSON: ${shown(value)}.`);
    const json = JSON.stringify(value);
    const bytes = Buffer.byteLength(json);
    if (bytes > VALUE_BYTES) {
      throw new BadItem("too_large", `A value has ${bytes} bytes as JSON; ${VALUE_BYTES} are the most.`);
    }
    await this.endBlock();
    // What the flow changes of it later is not shown.
    await this.#input.emit({ type: "data", name, value: JSON.parse(json) });
  }

  /** The next string begins a block of its own. */
  async endBlock(): Promise<void> {
    const held = this.#block?.held ?? "";
    if (held !== "") await this.#put(held);
    this.#block = null;
  }

  async #put(text: string): Promise<void> {
    const block = this.#block;
    for (let at = 0; block !== null && at < text.length; ) {
      const piece = text.slice(at, at + LIMITS.settled_text);
      const content =
        piece.length > 1 && endsInHalf(piece) && at + piece.length < text.length ? piece.slice(0, -1) : piece;
      const { block_id, offset } = block;
      at += content.length;
      block.offset += content.length;
      this.#said += content;
      await this.#input.emit({ type: "text_delta", block_id, offset, content });
    }
  }
}

function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}

/** What a value is, without what it holds. */
function shown(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value;
  return `an object of ${String(value.constructor?.name ?? "no class").slice(0, 100)}`;
}
