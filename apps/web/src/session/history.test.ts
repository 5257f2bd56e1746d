import { type Event, emptyView, fold } from "@millrace/protocol";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readOlder } from "./history.ts";
import { delta, done, log, sessionStart, step } from "./testing-events.ts";

const run = (run_id: string): Event[] => log([sessionStart(), step(1), delta(0, run_id), done()], run_id);
const placed = (events: readonly Event[]): Event[] => events.map((event, index) => ({ ...event, seq: index + 1 }));
const EVENTS = placed([...run("one"), ...run("two"), ...run("three")]);

/** A gateway that answers with at most `most` events, in the history that `epochs` names, one after the other. */
function served(most: number, epochs: readonly string[] = ["e"]): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    const query = new URL(path, "http://page").searchParams;
    const [after, before] = [Number(query.get("after")), Number(query.get("before"))];
    const epoch = epochs[Math.min(asked.length, epochs.length - 1)]!;
    asked.push(path);
    const events = EVENTS.filter(({ seq }) => seq > after && seq < before).slice(0, most);
    return Response.json(events, { headers: { "Millrace-Epoch": epoch } });
  });
  return asked;
}

const read = (to: number, signal = new AbortController().signal) =>
  readOlder({ session_id: "session", to, signal, begin: emptyView(), fold });

describe("readOlder", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("folds page after page up to the position, and what follows on top of it", async () => {
    const asked = served(3);
    const older = await read(8);
    expect(asked).toHaveLength(3);
    const shown = fold(emptyView(8), EVENTS.slice(8));
    expect(older.epoch).toBe("e");
    expect(older.join(EVENTS.slice(8), shown)).toEqual(fold(emptyView(), EVENTS));
  });

  it("keeps what is shown of the turns that follow, so that nothing of them is drawn again", async () => {
    served(100);
    const older = await read(4);
    const shown = fold(emptyView(4), EVENTS.slice(4));
    const { turns } = older.join(EVENTS.slice(4), shown);
    expect(turns[1]!.items).toBe(shown.turns[0]!.items);
    expect(turns[1]!.parent).toBe("one");
    expect(turns[2]).toBe(shown.turns[1]);
  });

  it("rejects where the log was replaced between two pages", async () => {
    served(3, ["e", "other"]);
    await expect(read(8)).rejects.toThrow("replaced");
  });

  it("rejects where the gateway refuses, and where the log ends too early", async () => {
    served(100);
    await expect(read(99)).rejects.toThrow("replaced");
    vi.stubGlobal("fetch", async () => new Response("{}", { status: 404 }));
    await expect(read(8)).rejects.toThrow("404");
  });

  it("asks again where the gateway could not be reached, until nobody wants it any more", async () => {
    vi.useFakeTimers();
    try {
      const asked = served(100);
      const answers = globalThis.fetch;
      const failing = vi.fn(() => Promise.reject(new TypeError("offline")));
      vi.stubGlobal("fetch", failing);
      const first = read(8);
      const leaving = new AbortController();
      const second = read(8, leaving.signal);
      const refused = expect(second).rejects.toThrow("left");
      await vi.advanceTimersByTimeAsync(2_500);
      expect(failing).toHaveBeenCalledTimes(6);
      leaving.abort(new Error("left"));
      vi.stubGlobal("fetch", answers);
      await vi.advanceTimersByTimeAsync(1_000);
      expect((await first).epoch).toBe("e");
      await refused;
      expect(asked).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });
});
