import { type Event, emptyView, fold, openTurn } from "@millrace/protocol";
import { regroup, sessionLog } from "@millrace/protocol/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readOlder } from "./history.ts";
import type { OlderRange } from "./session-store.ts";
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

const QUIET = { random: () => 1, onWake: () => () => undefined };
const rangeTo = (to: number, signal = new AbortController().signal): OlderRange => ({
  session_id: "session",
  to,
  signal,
  begin: emptyView(),
  late: () => undefined,
  fold,
});
const read = (to: number, signal?: AbortSignal) => readOlder(rangeTo(to, signal), QUIET);

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
      await vi.advanceTimersByTimeAsync(800);
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

describe("what came before a part of any log", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("BRANCH-8: ends as a reload would, whatever was replaced or selected meanwhile", async () => {
    let cuts = 0;
    let moved = 0;
    const grouped = fc
      .tuple(sessionLog(), fc.array(fc.boolean(), { minLength: 1 }))
      .map(([log, how]) => regroup(log, how));
    await fc.assert(
      fc.asyncProperty(grouped, fc.nat(), async (events, pick) => {
        const quiet = events.flatMap(({ seq }, index) => {
          const view = fold(emptyView(), events.slice(0, index + 1));
          return openTurn(view) === null && view.queue.length === 0 && view.turns.length > 0 ? [seq] : [];
        });
        const to = quiet[pick % quiet.length];
        if (to === undefined) return;
        const since = events.filter(({ seq }) => seq > to);
        if (since.length > 0) cuts += 1;
        if (since.some(({ type }) => type === "branch_selected")) moved += 1;
        const before = events.filter(({ seq }) => seq <= to);
        vi.stubGlobal("fetch", async () => Response.json(before));
        const older = await read(to);
        expect(older.join(since, fold(emptyView(to), since))).toEqual(fold(emptyView(), events));
      }),
      { numRuns: 500 },
    );
    expect(cuts).toBeGreaterThan(100);
    expect(moved).toBeGreaterThan(20);
  });
});

describe("readOlder of a gateway that fails", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const page = () => Response.json(EVENTS.slice(0, 8), { headers: { "Millrace-Epoch": "e" } });
  const answering = (answer: () => Response | Promise<Response>) => {
    const asked = vi.fn((_path: string, _options: RequestInit) => answer());
    vi.stubGlobal("fetch", asked);
    return asked;
  };

  it("R10: waits a random part of 0.25 s, doubled with each attempt, at most 10 s", async () => {
    const asked = answering(() => new Response("", { status: 503 }));
    const leaving = new AbortController();
    const ended = expect(readOlder(rangeTo(8, leaving.signal), QUIET)).rejects.toThrow("left");
    const at: number[] = [];
    const began = Date.now();
    while (at.length < 9) {
      await vi.advanceTimersByTimeAsync(50);
      if (asked.mock.calls.length > at.length) at.push(Date.now() - began);
    }
    const waits = at.slice(1).map((time, index) => time - at[index]!);
    expect(waits).toEqual([200, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    leaving.abort(new Error("left"));
    await ended;
    const jitter = answering(() => new Response("", { status: 503 }));
    const other = new AbortController();
    const over = expect(readOlder(rangeTo(8, other.signal), { ...QUIET, random: () => 0.1 })).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(26);
    expect(jitter).toHaveBeenCalledTimes(2);
    other.abort();
    await over;
  });

  it("waits as long as the gateway asks for, also where it says that there were too many requests", async () => {
    const asked = answering(() => new Response("", { status: 429, headers: { "Retry-After": "3" } }));
    const older = readOlder(rangeTo(8), QUIET);
    await vi.advanceTimersByTimeAsync(2_900);
    expect(asked).toHaveBeenCalledTimes(1);
    answering(page);
    await vi.advanceTimersByTimeAsync(200);
    expect((await older).epoch).toBe("e");
  });

  it("F3: gives up an answer that is silent, not one that is slow, and asks again", async () => {
    let slow: ReadableStreamDefaultController<Uint8Array> | null = null;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        slow = controller;
      },
    });
    const signals: AbortSignal[] = [];
    vi.stubGlobal("fetch", (_: string, { signal }: { signal: AbortSignal }) => {
      signals.push(signal);
      if (signals.length > 1) return Promise.resolve(new Response(body, { headers: { "Millrace-Epoch": "e" } }));
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const older = readOlder(rangeTo(8), QUIET);
    await vi.advanceTimersByTimeAsync(14_900);
    expect(signals).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(400);
    expect(signals).toHaveLength(2);
    const bytes = new TextEncoder().encode(JSON.stringify(EVENTS.slice(0, 8)));
    const third = Math.ceil(bytes.length / 3);
    for (let from = 0; from < bytes.length; from += third) {
      await vi.advanceTimersByTimeAsync(12_000);
      slow!.enqueue(bytes.slice(from, from + third));
    }
    slow!.close();
    expect((await older).epoch).toBe("e");
    expect(signals[1]!.aborted).toBe(false);
  });

  it("says that it is late once it has failed twice, asks at once when told to, and says when that is over", async () => {
    const asked = answering(() => Promise.reject(new TypeError("offline")));
    const late = vi.fn<OlderRange["late"]>();
    const older = readOlder({ ...rangeTo(8), late }, { random: () => 1, onWake: () => () => undefined });
    await vi.advanceTimersByTimeAsync(10);
    expect(late).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(60_000);
    const before = asked.mock.calls.length;
    const answers = answering(page);
    late.mock.lastCall![0]!();
    await vi.advanceTimersByTimeAsync(0);
    expect(answers).toHaveBeenCalledTimes(1);
    expect(before).toBeLessThan(13);
    await older;
    expect(late.mock.lastCall).toEqual([null]);
  });

  it("R10: asks at once when the network is back, instead of an answer that is still awaited too", async () => {
    const wakes: ((why: "network" | "seen") => void)[] = [];
    const undo = vi.fn();
    const onWake = (wake: (typeof wakes)[0]) => {
      wakes.push(wake);
      return undo;
    };
    const asked = vi.fn(
      (_: string, { signal }: { signal: AbortSignal }) =>
        new Promise<Response>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    vi.stubGlobal("fetch", asked);
    const older = readOlder(rangeTo(8), { random: () => 1, onWake });
    await vi.advanceTimersByTimeAsync(100);
    wakes[0]!("seen");
    await vi.advanceTimersByTimeAsync(100);
    expect(asked, "who looks at the page cuts nothing off").toHaveBeenCalledTimes(1);
    answering(page);
    wakes[0]!("network");
    await vi.advanceTimersByTimeAsync(1);
    expect((await older).epoch).toBe("e");
    expect(undo).toHaveBeenCalledTimes(1);
  });

  it("asks once more at once where that was asked for while an answer was awaited, and it fails", async () => {
    const answers: ((response: Response) => void)[] = [];
    const asked = answering(() => new Promise((resolve) => answers.push(resolve)));
    const late = vi.fn<OlderRange["late"]>();
    const older = readOlder({ ...rangeTo(8), late }, QUIET);
    for (const at of [0, 1]) {
      answers[at]!(new Response("", { status: 503 }));
      await vi.advanceTimersByTimeAsync(501);
    }
    expect(asked).toHaveBeenCalledTimes(3);
    late.mock.lastCall![0]!();
    answers[2]!(new Response("", { status: 503 }));
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toHaveBeenCalledTimes(4);
    answers[3]!(new Response("", { status: 503 }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked, "once only").toHaveBeenCalledTimes(4);
    await vi.advanceTimersByTimeAsync(1_001);
    answers[4]!(page());
    expect((await older).epoch).toBe("e");
  });

  it.each([401, 404, 410, 400])("tells %i by its status, and asks no more", async (status) => {
    const asked = answering(() => new Response("{}", { status }));
    await expect(readOlder(rangeTo(8), QUIET)).rejects.toMatchObject({ cause: { status } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveBeenCalledTimes(1);
  });
});
