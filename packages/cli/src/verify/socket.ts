import { randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Cut } from "./cuts.ts";
import { type Place, Refused } from "./place.ts";
import { CLOSE, FrameReader, frameBytes, PING, PONG, type SocketFrame, TEXT } from "./socket-frames.ts";

const OPEN_MS = 15_000;

export interface SocketEvents {
  onText(text: string): void;
  /** Once, also after `cut`. `code`: what the server said, null where it said nothing. `failure`: what `onText` threw. */
  onClose(code: number | null, failure: unknown): void;
}

/** A WebSocket of bare bytes, which therefore can be lost as a network loses it: reset, and within a frame. */
export class VerifySocket {
  readonly #stream: Duplex;
  readonly #reader = new FrameReader();
  readonly #events: SocketEvents;
  /** So many more bytes, then the connection is lost. */
  #left = Number.POSITIVE_INFINITY;
  #open = true;
  #code: number | null = null;
  #failure: unknown = null;
  readonly #pinged: (() => void)[] = [];

  private constructor(stream: Duplex, head: Buffer, events: SocketEvents) {
    this.#stream = stream;
    this.#events = events;
    stream.on("error", () => {});
    stream.on("close", () => this.#closed());
    stream.on("end", () => stream.destroy());
    // The caller first gets hold of the socket, then of what it says.
    setImmediate(() => {
      this.#take(head);
      stream.on("data", (bytes: Buffer) => this.#take(bytes));
    });
  }

  /** @throws Refused */
  static open({ url, token }: Place, events: SocketEvents): Promise<VerifySocket> {
    const address = new URL(`${url}/api/v1/ws`);
    const request = (address.protocol === "https:" ? httpsRequest : httpRequest)(address, {
      agent: false,
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"),
        "sec-websocket-protocol": "millrace.v1",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      timeout: OPEN_MS,
    });
    return new Promise((resolve, reject) => {
      request.on("upgrade", (_, stream, head) => resolve(new VerifySocket(stream, head, events)));
      request.on("response", (response) => {
        response.resume();
        reject(new Refused(response.statusCode ?? 0, response.headers["retry-after"]));
      });
      request.on("timeout", () => request.destroy(new Error("no answer")));
      request.on("error", (cause) => reject(new Refused(0, undefined, { cause })));
      request.end();
    });
  }

  send(command: object): void {
    if (this.#open) this.#write({ opcode: TEXT, payload: Buffer.from(JSON.stringify(command)) });
  }

  /** Resolves when everything that the server sent before its answer has been told, or the connection is lost. */
  ping(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    this.#write({ opcode: PING, payload: Buffer.alloc(0) });
    return new Promise((answered) => this.#pinged.push(answered));
  }

  /** Nothing of what has not been told yet will be. */
  cut(how: Cut["how"]): void {
    if (!this.#open) return;
    this.#open = false;
    if (how === "close") {
      this.#write({ opcode: CLOSE, payload: Buffer.from([0x03, 0xe8]) });
      this.#stream.end(() => this.#stream.destroy());
    } else if (how === "reset" && this.#stream instanceof Socket && !("encrypted" in this.#stream)) {
      this.#stream.resetAndDestroy();
    } else this.#stream.destroy();
  }

  /** Loses the connection after so many more bytes. */
  cutWithin(bytes: number): void {
    this.#left = bytes;
  }

  #take(bytes: Buffer): void {
    if (!this.#open) return;
    const arrived = bytes.subarray(0, Math.min(bytes.length, this.#left));
    for (const frame of this.#reader.read(arrived)) this.#receive(frame);
    if (!this.#open || this.#left === Number.POSITIVE_INFINITY) return;
    this.#left -= arrived.length;
    if (this.#left <= 0) this.cut("reset");
  }

  #receive({ opcode, payload }: SocketFrame): void {
    if (!this.#open) return;
    if (opcode === TEXT) this.#tell(payload.toString());
    if (opcode === PING) this.#write({ opcode: PONG, payload });
    if (opcode === PONG) this.#pinged.shift()?.();
    if (opcode !== CLOSE) return;
    this.#code = payload.length >= 2 ? payload.readUInt16BE(0) : null;
    this.#write({ opcode: CLOSE, payload: payload.subarray(0, 2) });
    this.#stream.end();
  }

  #tell(text: string): void {
    try {
      this.#events.onText(text);
    } catch (error) {
      this.#failure = error;
      this.cut("end");
    }
  }

  #write(frame: SocketFrame): void {
    if (this.#stream.writable) this.#stream.write(frameBytes(frame, true));
  }

  #closed(): void {
    this.#open = false;
    for (const answered of this.#pinged.splice(0)) answered();
    this.#events.onClose(this.#code, this.#failure);
  }
}
