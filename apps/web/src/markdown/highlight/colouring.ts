import { after, type CodeLines, countOf, NO_LINES, type Parts, withMore } from "../code-lines.ts";
import type { Spans } from "./ink.ts";
import { LINE_END, type Reply, type Request } from "./messages.ts";

/** Lines that are coloured at most; what comes after them stays plain. */
const MOST = 5_000;
/** Lines of one request at most, so that a long block's first colours come soon. */
const AT_ONCE = 200;

/** The colours of a block of code, as far as they are known. */
export interface Colours {
  readonly parts: Parts<Spans>;
  /** Of line number `line`, as far as it begins with `text`. */
  readonly last: { readonly line: number; readonly text: string; readonly spans: Spans };
}

export const NO_COLOURS: Colours = { parts: [], last: { line: -1, text: "", spans: "" } };

/** Colours a growing block of code: asks for what is new once the last answer is there, and never for a line twice. */
export class Colouring {
  #lines = NO_LINES;
  #colours = NO_COLOURS;
  #asked: { readonly count: number; readonly last: string } | null = null;
  #failed = false;
  readonly #send: (request: Omit<Request, "job" | "grammar">) => void;
  readonly #listeners = new Set<() => void>();

  constructor(send: (request: Omit<Request, "job" | "grammar">) => void) {
    this.#send = send;
  }

  get colours(): Colours {
    return this.#colours;
  }

  /** Calls back when colours have come. Returns the undo. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The lines as they are now. They begin with the ones that were given before. */
  update(lines: CodeLines): void {
    this.#lines = lines;
    this.#ask();
  }

  receive({ inks }: Reply): void {
    const asked = this.#asked;
    if (asked === null) return;
    this.#asked = null;
    if (inks === null) {
      this.#failed = true;
      return;
    }
    const parts = withMore(this.#colours.parts, inks.lines.split(LINE_END).slice(0, -1));
    this.#colours = { parts, last: { line: asked.count, text: asked.last, spans: inks.last } };
    for (const listener of this.#listeners) listener();
    this.#ask();
  }

  #ask(): void {
    const { parts, last } = this.#lines;
    const known = countOf(this.#colours.parts);
    if (this.#asked !== null || this.#failed || known >= MOST) return;
    const lines = after(parts, known, AT_ONCE);
    const count = known + lines.length;
    const tail = count === countOf(parts) ? last : "";
    const old = this.#colours.last;
    if (lines.length === 0 && (tail === "" || (old.line === count && old.text === tail))) return;
    this.#asked = { count, last: tail };
    this.#send({ lines, last: tail });
  }
}
