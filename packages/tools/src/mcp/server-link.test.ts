import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Connection, ServerEvents } from "./connection.ts";
import { type McpState, Pins } from "./pins.ts";
import { type McpClock, ServerLink } from "./server-link.ts";
import { use } from "./testing/mcp-bench.ts";

/** A clock that is moved by hand. */
class Clock implements McpClock {
  #now = 0;
  readonly waits: { at: number; ms: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const wait = { at: this.#now + ms, ms, callback };
    this.waits.push(wait);
    return () => {
      const index = this.waits.indexOf(wait);
      if (index !== -1) this.waits.splice(index, 1);
    };
  }

  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const { callback } of this.waits.filter(({ at }) => at <= this.#now)) callback();
    await settle();
  }
}

/** Lets everything that waits for nothing but promises happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
}

const described = (description: string): object => ({ name: "a", description, inputSchema: { type: "object" } });

/** A server whose every answer the test gives. */
class FakeServer {
  listed: readonly unknown[] | Error = [described("one")];
  refused: string | null = null;
  opened = 0;
  closed: string[] = [];
  calls = 0;
  events: ServerEvents | null = null;
  end: (reason: string) => void = () => {};
  /** Where set, a list is answered when it resolves. */
  hold: Promise<void> | null = null;

  readonly open = async (events: ServerEvents): Promise<Connection> => {
    this.opened += 1;
    if (this.refused !== null) throw new Error(this.refused);
    this.events = events;
    const ended = Promise.withResolvers<string>();
    this.end = ended.resolve;
    return {
      ended: ended.promise,
      list: async () => {
        const { listed, hold } = this;
        const lost = ended.promise.then((reason) => Promise.reject(new Error(reason)));
        await Promise.race([hold, lost]);
        if (listed instanceof Error) throw listed;
        return listed;
      },
      call: async () => {
        this.calls += 1;
        return { content: [{ type: "text", text: "done" }] };
      },
      close: async (reason) => {
        this.closed.push(reason);
        ended.resolve(reason);
      },
    };
  };
}

function link(state?: McpState): {
  server: FakeServer;
  clock: Clock;
  link: ServerLink;
  logged: string[];
  changes: () => number;
} {
  const server = new FakeServer();
  const clock = new Clock();
  const logged: string[] = [];
  let changes = 0;
  const line =
    (level: string) =>
    (_: object, message: string): void =>
      void logged.push(`${level} ${message}`);
  const made = new ServerLink(
    { name: "s", command: "x", args: ["--token=abcdef"] },
    {
      open: server.open,
      clock,
      log: { debug: line("debug"), info: line("info"), warn: line("warn") },
      pins: state === undefined ? undefined : new Pins(state),
      redact: (text) => text,
      changed: () => {
        changes += 1;
      },
    },
  );
  made.start();
  return { server, clock, link: made, logged, changes: () => changes };
}

describe("ServerLink", () => {
  it("F85: starts a failing server again after 1 s, then twice as long each time, at most 60 s", async () => {
    const { server, clock, link: made } = link();
    server.refused = "could not be started (ENOENT)";
    const waits: number[] = [];
    await settle();
    for (let time = 0; time < 9; time += 1) {
      expect(made.status()).toEqual({
        name: "s",
        state: "failed",
        problem: "could not be started (ENOENT)",
        tools: [],
      });
      waits.push(clock.waits[0]!.ms);
      await clock.pass(clock.waits[0]!.ms - 1);
      expect(server.opened).toBe(time + 1);
      await clock.pass(1);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    await made.close();
  });

  it("F85: waits longer for one that dies again at once, and 1 s for one that ran for a minute", async () => {
    const { server, clock, link: made } = link();
    await settle();
    server.end("ended with code 1");
    await settle();
    await clock.pass(1_000);
    server.end("ended with code 1");
    await settle();
    expect(clock.waits.map(({ ms }) => ms)).toEqual([2_000]);
    await clock.pass(2_000);
    await clock.pass(60_000);
    server.end("ended with code 1");
    await settle();
    expect(clock.waits.map(({ ms }) => ms)).toEqual([1_000]);
    await made.close();
  });

  it("F85: keeps the tools of a server that failed, whose calls fail without reaching it", async () => {
    const { server, link: made } = link();
    await settle();
    const [tool] = made.tools();
    expect((await use(tool!)).content).toBe("done");
    server.end("was ended by SIGKILL");
    await settle();
    expect(made.tools()).toEqual([tool]);
    await expect(use(tool!)).rejects.toThrow(
      "The MCP server s is not running: it was ended by SIGKILL. Nothing was done.",
    );
    expect(server.calls).toBe(1);
    await made.close();
  });

  it("F87: a changed description makes another tool, a list that is the same keeps it", async () => {
    const { server, link: made, logged, changes } = link();
    await settle();
    const [first] = made.tools();
    server.events!.relist();
    await settle();
    expect(made.tools()[0]).toBe(first);
    server.listed = [described("two")];
    const before = changes();
    server.events!.relist();
    await settle();
    expect(made.tools()[0]).not.toBe(first);
    expect(made.tools()[0]!.description).toBe("two");
    expect(changes()).toBeGreaterThan(before);
    expect(logged).toContain("warn MCP server s changed a tool: what was allowed of it is asked again");
    await expect(use(first!)).rejects.toThrow("changed or removed this tool since the run began");
    expect(server.calls).toBe(0);
    server.listed = [];
    server.events!.relist();
    await settle();
    expect(made.tools()).toEqual([]);
    await made.close();
  });

  it("F87: a change that is told while a list is on its way is not missed", async () => {
    const { server, link: made } = link();
    await settle();
    const hold = Promise.withResolvers<void>();
    server.hold = hold.promise;
    server.events!.relist();
    server.listed = [described("two")];
    server.hold = null;
    server.events!.relist();
    hold.resolve();
    await settle();
    expect(made.tools()[0]!.description).toBe("two");
    await made.close();
  });

  it("F87: a change that is told during the first list is not missed either", async () => {
    const { server, link: made } = link();
    const hold = Promise.withResolvers<void>();
    server.hold = hold.promise;
    await settle();
    server.listed = [described("two")];
    server.hold = null;
    server.events!.relist();
    hold.resolve();
    await settle();
    expect(made.tools()[0]!.description).toBe("two");
    await made.close();
  });

  it("F87: gives up a server that cannot be asked what changed", async () => {
    const { server, clock, link: made } = link();
    await settle();
    server.listed = new Error("did not answer in time");
    server.events!.relist();
    await settle();
    expect(made.status()).toMatchObject({ state: "failed", problem: "did not answer in time" });
    server.listed = [described("one")];
    await clock.pass(1_000);
    expect(made.status()).toEqual({ name: "s", state: "ready", tools: ["s__a"] });
    await made.close();
  });

  it("T25 T26: tells, over restarts, of a new server, another command and a changed tool", async () => {
    const kept = new Map<string, string>();
    const state: McpState = { get: (key) => kept.get(key) ?? null, set: (key, value) => void kept.set(key, value) };
    const first = link(state);
    await settle();
    expect(first.logged).toEqual(["info MCP server s is used for the first time"]);
    await first.link.close();
    const second = link(state);
    await settle();
    expect(second.logged).toEqual([]);
    await second.link.close();
    for (const [key, value] of kept) kept.set(key, `${value}0`);
    const third = link(state);
    await settle();
    expect(third.logged).toEqual([
      "warn MCP server s is another than before",
      "warn MCP server s changed a tool: what was allowed of it is asked again",
    ]);
    await third.link.close();
  });

  it("closes while it waits, while it lists and while it is ready, and starts nothing after", async () => {
    const waiting = link();
    waiting.server.refused = "is away";
    await settle();
    await waiting.link.close();
    expect(waiting.clock.waits).toEqual([]);
    const listing = link();
    listing.server.hold = new Promise(() => {});
    await settle();
    expect(listing.link.status().state).toBe("connecting");
    await listing.link.close();
    expect(listing.server.closed[0]).toBe("was closed");
    const ready = link();
    await settle();
    await ready.link.close();
    expect(ready.server.closed[0]).toBe("was closed");
    await ready.clock.pass(100_000);
    expect(ready.server.opened).toBe(1);
  });
});
