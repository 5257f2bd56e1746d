import { randomBytes } from "node:crypto";

export const TEXT = 0x1;
const CONTINUATION = 0x0;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

export interface SocketFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/**
 * Frames of RFC 6455 from bytes as they arrive; what is not whole yet waits. Fragments of a message are joined.
 * A server's frames are not masked, a client's are.
 */
export class FrameReader {
  #held = Buffer.alloc(0);
  #fragments: Buffer[] = [];
  #opcode = TEXT;

  read(bytes: Buffer): SocketFrame[] {
    this.#held = Buffer.concat([this.#held, bytes]);
    const frames: SocketFrame[] = [];
    for (let frame = this.#next(); frame !== null; frame = this.#next()) {
      const { fin, opcode, payload } = frame;
      if (opcode >= CLOSE) {
        frames.push({ opcode, payload });
        continue;
      }
      if (opcode !== CONTINUATION) this.#opcode = opcode;
      this.#fragments.push(payload);
      if (!fin) continue;
      frames.push({ opcode: this.#opcode, payload: Buffer.concat(this.#fragments) });
      this.#fragments = [];
    }
    return frames;
  }

  #next(): (SocketFrame & { readonly fin: boolean }) | null {
    const held = this.#held;
    const short = (held[1] ?? 0) & 0x7f;
    const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
    const mask = ((held[1] ?? 0) & 0x80) === 0 ? 0 : 4;
    const start = 2 + extended + mask;
    if (held.length < start) return null;
    const length = extended === 8 ? Number(held.readBigUInt64BE(2)) : extended === 2 ? held.readUInt16BE(2) : short;
    if (held.length < start + length) return null;
    const key = held.subarray(start - mask, start);
    const payload = Buffer.from(held.subarray(start, start + length));
    if (mask > 0) for (const [at, byte] of payload.entries()) payload[at] = byte ^ (key[at % 4] ?? 0);
    const first = held[0] ?? 0;
    this.#held = held.subarray(start + length);
    return { fin: (first & 0x80) !== 0, opcode: first & 0x0f, payload };
  }
}

/** One whole frame. @param masked as a client has to */
export function frameBytes({ opcode, payload }: SocketFrame, masked: boolean): Buffer {
  const { length } = payload;
  const extended = length > 0xffff ? 8 : length > 125 ? 2 : 0;
  const head = Buffer.alloc(2 + extended);
  head[0] = 0x80 | opcode;
  head[1] = (masked ? 0x80 : 0) | (extended === 8 ? 127 : extended === 2 ? 126 : length);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (!masked) return Buffer.concat([head, payload]);
  const key = randomBytes(4);
  return Buffer.concat([head, key, payload.map((byte, at) => byte ^ (key[at % 4] ?? 0))]);
}
