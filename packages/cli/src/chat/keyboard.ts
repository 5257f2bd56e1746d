import { createInterface, emitKeypressEvents, type Key } from "node:readline";
import type { ReadStream } from "node:tty";

/** A key as its listener sees it: a character, or a name like `ctrl-c`, `return`, `escape`. */
export type KeyName = string;

/** One person at one terminal: either their keys are taken one by one, or they write a line. */
export class Keyboard {
  readonly #input: ReadStream;
  readonly #output: NodeJS.WritableStream;
  readonly #history: string[] = [];
  /** Lines that came at once with the one that was asked for: pasted text. */
  #pasted: string[] = [];
  #onKey: ((key: KeyName) => void) | null = null;
  readonly #listen = (text: string | undefined, key: Key): void => this.#onKey?.(nameOf(text, key));

  constructor(input: ReadStream, output: NodeJS.WritableStream) {
    this.#input = input;
    this.#output = output;
    emitKeypressEvents(input);
  }

  /** Takes keys, unechoed, until `null` is given. */
  keys(onKey: ((key: KeyName) => void) | null): void {
    const before = this.#onKey;
    this.#onKey = onKey;
    if ((before === null) === (onKey === null)) return;
    this.#input.setRawMode(onKey !== null);
    if (onKey === null) this.#input.off("keypress", this.#listen).pause();
    else this.#input.on("keypress", this.#listen).resume();
  }

  /**
   * A line, or null at its end: Ctrl-D, Ctrl-C in an empty line, or the signal. Ctrl-C elsewhere empties the line.
   * Not while keys are taken.
   */
  line(
    prompt: string,
    { signal, remember = true }: { signal?: AbortSignal; remember?: boolean } = {},
  ): Promise<string | null> {
    const pasted = this.#pasted.shift();
    if (pasted !== undefined) {
      this.#output.write(`${prompt}${pasted}\n`);
      return Promise.resolve(pasted);
    }
    return new Promise((resolve) => {
      const lines = createInterface({
        input: this.#input,
        output: this.#output,
        terminal: true,
        prompt,
        history: remember ? [...this.#history] : [],
        removeHistoryDuplicates: true,
      });
      const got: string[] = [];
      const end = (line: string | null): void => {
        signal?.removeEventListener("abort", onAbort);
        lines.removeAllListeners("close").close();
        if (line !== null && line !== "" && remember) this.#history.unshift(line);
        resolve(line);
      };
      const onAbort = (): void => {
        this.#output.write("\n");
        end(null);
      };
      lines.on("line", (line) => {
        got.push(line);
        if (got.length === 1)
          setImmediate(() => {
            this.#pasted.push(...got.slice(1));
            end(got[0] ?? "");
          });
      });
      lines.on("SIGINT", () => {
        this.#output.write("\n");
        if (lines.line === "") return end(null);
        // Ctrl-U: readline keeps the line otherwise.
        lines.write(null, { ctrl: true, name: "e" });
        lines.write(null, { ctrl: true, name: "u" });
        lines.prompt();
      });
      lines.on("close", () => {
        if (got.length === 0) {
          this.#output.write("\n");
          end(null);
        }
      });
      if (signal?.aborted) return onAbort();
      signal?.addEventListener("abort", onAbort);
      lines.prompt();
    });
  }
}

function nameOf(text: string | undefined, { ctrl, name }: Key): KeyName {
  if (ctrl && name !== undefined) return `ctrl-${name}`;
  return text !== undefined && text >= " " && text !== "\u007f" ? text : (name ?? "");
}
