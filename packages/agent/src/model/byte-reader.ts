import type { Readable } from "node:stream";

/** Reads a body as it comes. */
export interface ByteReader {
  /** What has arrived since the last call, in one piece; null at the end, undefined before more. @throws where it broke off */
  take(): Uint8Array | null | undefined;
  /** Resolves when there is something to take. For one who waits at a time. */
  arrival(): Promise<void>;
}

/** More than this is not taken from the network before it is read. Bytes. */
const HELD = 256 * 1024;

export function readerOf(body: Readable): ByteReader {
  let held: Uint8Array[] = [];
  let size = 0;
  let state: "open" | "ended" | { readonly broken: unknown } = "open";
  let wake: () => void = () => {};
  const end = (next: typeof state): void => {
    if (state === "open") state = next;
    wake();
  };
  body.on("data", (bytes: Uint8Array) => {
    held.push(bytes);
    size += bytes.length;
    if (size > HELD) body.pause();
    wake();
  });
  body.on("end", () => end("ended"));
  body.on("error", (error) => end({ broken: error }));
  body.on("close", () => end({ broken: new Error("The body broke off.") }));
  return {
    take: () => {
      if (held.length > 0) {
        const bytes = held.length === 1 ? (held[0] as Uint8Array) : Buffer.concat(held);
        held = [];
        if (size > HELD) body.resume();
        size = 0;
        return bytes;
      }
      if (state === "open") return undefined;
      if (state === "ended") return null;
      throw state.broken;
    },
    arrival: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
  };
}
