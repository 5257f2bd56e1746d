import type { Context } from "./context.ts";
import { Ledger } from "./ledger.ts";
import { ask } from "./place.ts";
import { between, randomOf } from "./random.ts";
import type { Received } from "./received.ts";

export interface StoredLog {
  readonly events: readonly Received[];
  /** The same as a reader has it. */
  readonly ledger: Ledger;
}

/** The whole log of a session in one answer. */
export async function readLog(context: Context, session_id: string, name: string): Promise<StoredLog> {
  const ledger = new Ledger(name);
  const events = await page(context, session_id, ledger, "");
  return { events, ledger };
}

/** The same in pages of different length. */
export async function readPages(context: Context, session_id: string, name: string): Promise<Ledger> {
  const random = randomOf(context.seed, name);
  const ledger = new Ledger(name);
  for (;;) {
    const read = await page(context, session_id, ledger, `&limit=${between(random, 1, 40)}`);
    if (read.length === 0) return ledger;
  }
}

async function page(context: Context, session_id: string, ledger: Ledger, query: string): Promise<Received[]> {
  const { place, gate, counts } = context;
  const after = ledger.position;
  const path = `sessions/${session_id}/events?after=${after}${query}`;
  const { body, headers } = await ask<Received[]>(place, gate, path);
  ledger.begin(headers.get("millrace-epoch") ?? "", after, false);
  for (const event of body) ledger.apply(event);
  counts.frames += body.length;
  return ledger.position > after ? body : [];
}
