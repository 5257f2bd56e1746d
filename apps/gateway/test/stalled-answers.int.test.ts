import { randomUUID } from "node:crypto";
import type { NewEvent } from "@millrace/protocol";
import { type LogStore, SqliteStore } from "@millrace/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Folder } from "./child-gateway.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { RawSocket } from "./raw-socket.ts";
import { runEvents } from "./seeded-log.ts";
import { eventually } from "./within.ts";

const OUTGOING_MS = 1_000;
const IDLE_MS = 50;
const STREAMS = 3;
/** 31 MB of answers. */
const RUNS = 25;
const DELTAS = 30;
const PIECE = "twenty characters of ".repeat(2_000);
const SESSION = "/api/v1/sessions/s_long";

const folder = new Folder();
let gateway: GatewayUnderTest;
let reads = 0;
let held: Promise<void> | null = null;
const warnings: Error[] = [];
const warned = (warning: Error): void => void warnings.push(warning);

function* longSession(): Generator<NewEvent> {
  for (let run = 0; run < RUNS; run += 1) {
    for (const event of runEvents(run, DELTAS)) {
      if (event.type !== "text_delta") yield event;
      else yield { ...event, offset: (event.offset / event.content.length) * PIECE.length, content: PIECE };
    }
  }
}

beforeAll(async () => {
  const sqlite = new SqliteStore(folder.path);
  const create = { user_id: "local", title: "long", epoch: randomUUID(), created_at: 1_700_000_000_000 };
  const entries = [...longSession()].map((event) => ({ event }));
  await sqlite.append([{ session_id: "s_long", create, entries }]);
  const store: LogStore = {
    append: (batch) => sqlite.append(batch),
    read: async (...asked) => {
      reads += 1;
      await held;
      return sqlite.read(...asked);
    },
    settle: (session_id, rows) => sqlite.settle(session_id, rows),
    sessions: sqlite.sessions,
    close: () => sqlite.close(),
  };
  gateway = await GatewayUnderTest.start({
    store,
    limits: { outgoing_ms: OUTGOING_MS, user_streams: STREAMS, idle_session_ms: IDLE_MS },
  });
  process.on("warning", warned);
});
afterAll(async () => {
  process.off("warning", warned);
  await gateway[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const DOORS = [
  ["an export", `${SESSION}/export?format=jsonl`],
  ["a transcript", `${SESSION}/export?format=md`],
  ["a JSON array", `${SESSION}/events`],
] as const;

/** Asks for something and reads nothing of it. */
function ask(path: string): RawSocket {
  const raw = new RawSocket(gateway.port);
  raw.socket.pause();
  return raw.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nConnection: close\r\n\r\n`);
}

const status = async (path: string): Promise<number> => (await gateway.http.send(path, { method: "HEAD" })).status;

/** An SSE stream that is opened and left: whether there was room for one. */
async function room(): Promise<boolean> {
  const reader = await gateway.http.stream(`${SESSION}/events`);
  reader.leave();
  await reader.ended;
  return reader.response.statusCode === 200;
}

const full = (): Promise<void> => eventually(async () => !(await room()), "readers that take all the room");

describe("who reads slowly", () => {
  it.each(DOORS)(
    "R8 T9 B87: or not at all of %s counts as a stream, is ended in time and read no further for",
    async (_name, path) => {
      expect(await status(path)).toBe(200);
      const stalled = Array.from({ length: STREAMS }, () => ask(path));
      await full();
      const one = await gateway.http.get(path);
      expect(one).toMatchObject({ status: 429, json: { error: { code: "subscription_limit" } } });
      await eventually(room, "room again");
      const before = reads;
      await new Promise((resolve) => setTimeout(resolve, OUTGOING_MS));
      expect(reads).toBe(before);
      for (const raw of stalled) {
        raw.socket.resume();
        // What the system had taken, and not the end.
        expect(await raw.end()).not.toMatch(/\r\n0\r\n\r\n$/);
      }
    },
  );

  it.each(DOORS)("R8: but does read gets %s whole, and nothing is left listening", async (_name, path) => {
    const response = await gateway.http.open(path);
    expect(response.statusCode).toBe(200);
    let length = 0;
    for await (const chunk of response) {
      length += (chunk as Buffer).length;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(response.complete).toBe(true);
    expect(length).toBeGreaterThan(RUNS * DELTAS * PIECE.length);
    expect(warnings.map(String)).toEqual([]);
    await eventually(room, "room again");
  });

  it.each<readonly [string, string, string?]>([
    ...DOORS,
    ["a stream", `${SESSION}/events`, "Accept: text/event-stream\r\n"],
  ])("R8: or hangs up before %s begins takes nobody's room", async (_name, path, accept = "") => {
    // So that the answer waits for the session to be read.
    await new Promise((resolve) => setTimeout(resolve, 10 * IDLE_MS));
    const { promise, resolve: release } = Promise.withResolvers<void>();
    held = promise;
    const before = reads;
    const gone = Array.from({ length: STREAMS }, () => {
      const raw = new RawSocket(gateway.port);
      return raw.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\n${accept}\r\n`);
    });
    await eventually(() => reads > before, "the reading of the session");
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const raw of gone) raw.socket.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    held = null;
    release();
    await eventually(room, "room for a stream");
  });
});
