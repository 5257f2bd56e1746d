import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { eventually, within } from "./within.ts";

/** Bytes on a TCP connection, for what no well-behaved client sends. */
export class RawSocket implements Disposable {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("data", (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
    });
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => this.socket.on("close", () => resolve()));
  }

  get received(): Buffer {
    return this.#received;
  }

  get text(): string {
    return this.#received.toString("latin1");
  }

  write(bytes: string | Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** Waits until the server ends the connection; then everything that came. */
  async end(ms = 5_000): Promise<string> {
    await within(this.closed, () => `the end of a connection; received: ${this.text.slice(0, 200)}`, ms);
    return this.text;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Sends a request as it is and reads until the server closes. */
export async function exchange(port: number, request: string | Uint8Array, ms?: number): Promise<RawAnswer> {
  using raw = new RawSocket(port);
  return answerOf(await raw.write(request).end(ms));
}

export interface RawAnswer {
  /** 0 where the connection was closed without an answer. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

export function answerOf(text: string): RawAnswer {
  const [head = "", body = ""] = text.split("\r\n\r\n", 2);
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body };
}

/** The head of a WebSocket upgrade; `replace` exchanges headers, null leaves one out. */
export function upgrade(port: number, replace: Record<string, string | null> = {}, path = "/api/v1/ws"): string {
  const headers: Record<string, string | null> = {
    Host: `127.0.0.1:${port}`,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...replace,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return `GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

export interface FrameOptions {
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly masked?: boolean;
  /** The length that is announced, where it is not the payload's. */
  readonly length?: bigint;
}

/** One frame as a client sends it, right or wrong. */
export function wsFrame(payload: string | Uint8Array, options: FrameOptions = {}): Buffer {
  const { opcode = 1, fin = true, rsv = 0, masked = true, length } = options;
  const bytes = Buffer.from(payload as string);
  const announced = length ?? BigInt(bytes.length);
  const first = Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode]);
  const bit = masked ? 0x80 : 0;
  let size: Buffer;
  if (announced < 126n) size = Buffer.from([bit | Number(announced)]);
  else if (announced < 65_536n) {
    size = Buffer.from([bit | 126, 0, 0]);
    size.writeUInt16BE(Number(announced), 1);
  } else {
    size = Buffer.alloc(9);
    size[0] = bit | 127;
    size.writeBigUInt64BE(announced, 1);
  }
  if (!masked) return Buffer.concat([first, size, bytes]);
  const mask = randomBytes(4);
  const hidden = bytes.map((byte, index) => byte ^ (mask[index % 4] as number));
  return Buffer.concat([first, size, mask, hidden]);
}

interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A WebSocket whose frames are written by hand. */
export class RawWebSocket implements Disposable {
  readonly raw: RawSocket;

  private constructor(raw: RawSocket) {
    this.raw = raw;
  }

  /** Opens one and waits for `welcome`. */
  static async open(port: number): Promise<RawWebSocket> {
    const opened = new RawWebSocket(new RawSocket(port));
    opened.raw.write(upgrade(port));
    await eventually(() => opened.frames.some((frame) => frame.opcode === 1), "welcome");
    return opened;
  }

  get frames(): ServerFrame[] {
    const bytes = this.raw.received;
    const found: ServerFrame[] = [];
    let at = bytes.indexOf("\r\n\r\n") + 4;
    if (at < 4) return [];
    while (at + 2 <= bytes.length) {
      const opcode = (bytes[at] as number) & 0x0f;
      let length = (bytes[at + 1] as number) & 0x7f;
      let start = at + 2;
      if (length === 126) {
        length = bytes.readUInt16BE(start);
        start += 2;
      } else if (length === 127) {
        length = Number(bytes.readBigUInt64BE(start));
        start += 8;
      }
      if (start + length > bytes.length) break;
      found.push({ opcode, payload: bytes.subarray(start, start + length) });
      at = start + length;
    }
    return found;
  }

  write(...frames: Uint8Array[]): this {
    this.raw.write(Buffer.concat(frames));
    return this;
  }

  /** Waits until the server ends the connection; the code of its close frame, null where none came. */
  async closeCode(ms?: number): Promise<number | null> {
    await this.raw.end(ms);
    const close = this.frames.find((frame) => frame.opcode === 8);
    return close === undefined || close.payload.length < 2 ? null : close.payload.readUInt16BE(0);
  }

  [Symbol.dispose](): void {
    this.raw[Symbol.dispose]();
  }
}
