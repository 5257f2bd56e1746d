import type { Response } from "express";

/** A server-sent event stream on a response. Each event is written whole, so that it usually arrives whole. */
export class SseStream {
  readonly #response: Response;
  readonly #comments: NodeJS.Timeout;
  readonly #stall_ms: number;
  #stall: NodeJS.Timeout | null = null;
  #onDrain: () => void = () => {};
  #open = true;

  constructor(response: Response, { comment_ms, stall_ms }: { comment_ms: number; stall_ms: number }) {
    this.#response = response;
    this.#stall_ms = stall_ms;
    response.status(200).set({
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-cache, no-transform",
      "X-Accel-Buffering": "no",
    });
    response.flushHeaders();
    response.on("drain", () => {
      if (this.#stall !== null) clearTimeout(this.#stall);
      this.#stall = null;
      this.#onDrain();
    });
    response.on("close", () => this.#closed());
    this.#comments = setInterval(() => this.#write(": still here\n\n"), comment_ms).unref();
  }

  get open(): boolean {
    return this.#open;
  }

  /** False while the reader is slow. */
  get writable(): boolean {
    return this.#open && !this.#response.writableNeedDrain;
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onClose(listener: () => void): void {
    this.#response.on("close", listener);
  }

  /** @param json one line of JSON */
  data(json: string, { id, event }: { id?: string; event?: string } = {}): void {
    const head = (event === undefined ? "" : `event: ${event}\n`) + (id === undefined ? "" : `id: ${id}\n`);
    this.#write(`${head}data: ${json}\n\n`);
  }

  end(): void {
    if (this.#open) this.#response.end();
    this.#closed();
  }

  #write(text: string): void {
    if (!this.#open) return;
    if (!this.#response.write(text)) this.#stall ??= setTimeout(() => this.#response.destroy(), this.#stall_ms).unref();
  }

  #closed(): void {
    this.#open = false;
    clearInterval(this.#comments);
    if (this.#stall !== null) clearTimeout(this.#stall);
  }
}
