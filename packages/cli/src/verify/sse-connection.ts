import { EventLines } from "./event-lines.ts";
import type { Ledger } from "./ledger.ts";
import { open, type Place } from "./place.ts";
import { isEvent } from "./received.ts";
import type { Connect, Next, Visit } from "./viewer.ts";

/** Reads a session as server-sent events, resumed by `Last-Event-ID` alone. */
export function overSse(place: Place, session_id: string, ledger: Ledger): Connect {
  return async (visit, leave) => {
    const cutter = new AbortController();
    const { point, ms } = visit.cut ?? {};
    const timer = point === "time" ? setTimeout(() => cutter.abort(), ms) : undefined;
    const { epoch, position } = ledger;
    try {
      const request = open(place, `sessions/${session_id}/events`, {
        headers: { accept: "text/event-stream", ...(epoch !== null && { "last-event-id": `${epoch}.${position}` }) },
        signal: AbortSignal.any([leave, cutter.signal]),
      });
      if (point === "greeted" || point === "asked") setTimeout(() => cutter.abort(), point === "asked" ? 2 : 0);
      return await read(await request, ledger, visit, cutter);
    } catch (error) {
      if (leave.aborted) return false;
      if (cutter.signal.aborted) return true;
      // The server, or what is between, broke it off: as good as a cut.
      if (error instanceof TypeError && error.cause !== undefined) return true;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

async function read(response: Response, ledger: Ledger, visit: Visit, cutter: AbortController): Promise<boolean> {
  const epoch = response.headers.get("millrace-epoch") ?? "";
  let within = Number.POSITIVE_INFINITY;
  let begun = false;
  const perform = (next: Next): boolean => {
    if (next === "within") within = visit.cut?.bytes ?? 1;
    if (next === "cut" || next === "leave") cutter.abort(next);
    return next === "cut" || next === "leave";
  };
  if (perform(visit.at("answered"))) return cutter.signal.reason === "cut";
  const lines = new EventLines();
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    const arrived = bytes.subarray(0, Math.min(bytes.length, within));
    for (const { event, id, data } of lines.read(arrived)) {
      const frame = readData(data);
      if (frame === null) {
        ledger.garbled();
        continue;
      }
      if (!begun) ledger.begin(epoch, event === "reset" ? 0 : ledger.position, event === "reset");
      begun = true;
      if (!isEvent(frame)) continue;
      if (id !== `${epoch}.${frame.seq}`) ledger.misnamed(frame.seq, id);
      if (perform(visit.event(frame))) return cutter.signal.reason === "cut";
    }
    if (within === Number.POSITIVE_INFINITY) continue;
    within -= arrived.length;
    if (within <= 0) {
      cutter.abort("cut");
      return true;
    }
  }
  return true;
}

function readData(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
