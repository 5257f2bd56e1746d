import type { Readable } from "node:stream";

/** Reads a body as it comes: null at its end. Rejects where it broke off before. */
export interface ByteReader {
  read(): Promise<Uint8Array | null>;
}

/** More than this is not taken from the network before it is read. Bytes. */
const HELD = 256 * 1024;

/** Everything that has arrived since the last read comes in one piece. */
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
    read: async () => {
      while (held.length === 0 && state === "open") {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (held.length > 0) {
        const bytes = held.length === 1 ? (held[0] as Uint8Array) : Buffer.concat(held);
        held = [];
        if (size > HELD) body.resume();
        size = 0;
        return bytes;
      }
      if (state !== "ended") throw (state as { broken: unknown }).broken;
      return null;
    },
  };
}
