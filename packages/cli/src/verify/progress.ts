import type { Counts } from "./context.ts";

const EVERY_MS = 200;

/** One line that changes while it goes on. Only on a terminal; gone when it is disposed. */
export class Progress implements Disposable {
  readonly #screen: { write(text: string): unknown } | null;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(counts: Counts, messages: number, screen: { write(text: string): unknown; readonly isTTY?: boolean }) {
    this.#screen = screen.isTTY === true ? screen : null;
    if (this.#screen === null) return;
    this.#timer = setInterval(() => {
      const { frames, disconnects } = counts;
      const so = `${counts.messages}/${messages} messages, ${frames.toLocaleString("en")} frames`;
      this.#screen?.write(`\r\u001b[2K${so}, ${disconnects} disconnects`);
    }, EVERY_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#screen?.write("\r\u001b[2K");
  }
}
