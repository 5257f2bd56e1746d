import type { Response } from "express";
import type { Shares } from "../auth/shares.ts";
import type { Limits } from "../limits.ts";
import { principalOf } from "./authenticated.ts";

/** Bytes that a response is given at a time. */
const PIECE = 64 * 1024;

/** Counts an answer as one of its reader's streams for as long as it is open. @throws Rejection `subscription_limit` */
export function holdStream(response: Response, shares: Pick<Shares, "stream">): void {
  const giveBack = shares.stream(principalOf(response));
  // Who has hung up already closes nothing any more.
  if (response.destroyed) giveBack();
  else response.on("close", giveBack);
}

/**
 * Writes text to its end, only as fast as it is read: no more of it is asked for before that. Who takes nothing for
 * `outgoing_ms` is ended. So is the connection after a failure, that nobody takes a part for the whole.
 */
export async function writeText(
  response: Response,
  texts: Iterable<string> | AsyncIterable<string>,
  { outgoing_ms }: Pick<Limits, "outgoing_ms">,
): Promise<void> {
  try {
    for await (const text of texts) {
      for (const piece of piecesOf(Buffer.from(text))) {
        if (response.destroyed) return;
        if (!response.write(piece)) await taken(response, "drain", outgoing_ms);
      }
    }
    if (response.destroyed) return;
    response.end();
    await taken(response, "finish", outgoing_ms);
  } catch (error) {
    response.destroy();
    throw error;
  }
}

function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

/** Resolves when the system has taken what was written, or the response is closed. */
function taken(response: Response, sign: "drain" | "finish", outgoing_ms: number): Promise<void> {
  return new Promise((resolve) => {
    const stalled = setTimeout(() => response.destroy(), outgoing_ms);
    const over = (): void => {
      clearTimeout(stalled);
      response.off(sign, over).off("close", over);
      resolve();
    };
    response.on(sign, over).on("close", over);
  });
}
