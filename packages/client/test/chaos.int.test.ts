import { collect, MillraceClient, type StreamChunk } from "@millrace/client";
import { MillraceSseClient } from "@millrace/client/sse";
import { reply } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CuttingProxy } from "./cutting-proxy.ts";
import { type TestGateway, testGateway } from "./gateway.ts";
import { faults } from "./read-chunks.ts";

const SEED = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 1_000_000));
const TEXT = "word ".repeat(600);
/** A WebSocket may be silent for twice as long. */
const HEARTBEAT_MS = 400;
/** Half a minute and more of an event stream's patience within the time of a test. */
const QUICK = 30;

/** Of the longest wait before each new attempt, which grows with every loss. */
const random = () => 0.05;

const quickClock = {
  now: () => Date.now() * QUICK,
  after: (ms: number, callback: () => void) => {
    const timer = setTimeout(callback, ms / QUICK);
    return () => clearTimeout(timer);
  },
};

/** The same numbers in [0, 1) for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

let gateway: TestGateway | undefined;
let proxy: CuttingProxy;

beforeAll(async () => {
  proxy = await CuttingProxy.start();
  const rules = [
    { when: "hello", script: reply("Hi there.") },
    { when: /^slowly/u, script: reply(TEXT, { size: 5, pace_ms: 8 }) },
  ];
  gateway = await testGateway(rules, [proxy.host], { heartbeat_ms: HEARTBEAT_MS });
  proxy.target(gateway.url);
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await proxy.close();
});

/** A WebSocket that falls silent before its welcome is given up only after 15 s. */
function isUp(client: MillraceClient | MillraceSseClient): boolean {
  return !("connection" in client) || client.connection.get().state === "online";
}

/** What a log says, whether its deltas were merged or not: each block's text, and everything else by its `seq`. */
function told(events: readonly StreamChunk[]): { texts: Record<string, string>; others: string[] } {
  const texts: Record<string, string> = {};
  const others: string[] = [];
  for (const event of events) {
    if (event.type !== "text_delta") others.push(`${event.seq} ${event.type}`);
    else texts[event.block_id] = (texts[event.block_id] ?? "") + event.content;
  }
  return { texts, others };
}

async function logOf(session_id: string): Promise<StreamChunk[]> {
  const { url } = gateway as TestGateway;
  const client = new MillraceClient({ url });
  const [, ...lines] = (await client.sessions.export(session_id)).trimEnd().split("\n");
  client.close();
  return lines.map((line) => JSON.parse(line) as StreamChunk);
}

describe.each([
  ["WebSocket", (url: string) => new MillraceClient({ url, random }), (bytes: Buffer) => bytes.length > 400],
  [
    "SSE",
    (url: string) => new MillraceSseClient({ url, random, clock: quickClock }),
    (bytes: Buffer) => /^POST \S*\/messages /u.test(bytes.toString("latin1")),
  ],
] as const)(`over %s (MILLRACE_SEED=${SEED})`, (_, open, isMessage) => {
  it("every event arrives once and the message is sent once, whatever the network does", {
    timeout: 20_000,
  }, async () => {
    const choose = seeded(SEED);
    const client = open(proxy.url);
    const { session_id } = await client.run("hello");
    const before = { cuts: proxy.cuts, torn: proxy.torn, lost: proxy.lost };
    const strikes = {
      cut: () => proxy.cut(),
      silence: () => proxy.silence(),
      tear: () => proxy.tear((length) => 1 + Math.floor(choose() * (length - 1))),
      delay: () => {
        const most = choose() * 40;
        proxy.delay = () => choose() * most;
      },
    };
    const struck: string[] = [];
    const chunks: StreamChunk[] = [];
    async function* watched(content: string): AsyncGenerator<StreamChunk> {
      let next = 5;
      for await (const chunk of client.stream(content, { sessionId: session_id })) {
        chunks.push(chunk);
        if (chunks.length >= next && isUp(client)) {
          next = chunks.length + 4 + Math.floor(choose() * 8);
          const left = Object.entries(strikes).filter(([name]) => !struck.includes(name));
          const kinds = left.length > 0 ? left : Object.entries(strikes).filter(([name]) => name !== "silence");
          const [name, strike] = kinds[Math.floor(choose() * kinds.length)] as [string, () => void];
          struck.push(name);
          strike();
        }
        yield chunk;
      }
    }
    const content = `slowly ${"and surely ".repeat(50)}`.trim();
    proxy.loseAnswer(isMessage);
    const { text, matches } = await collect(watched(content));
    proxy.delay = null;
    client.close();

    const log = await logOf(session_id);
    const sent = log.filter((event) => event.type === "user_message" && event.content === content);
    const first = chunks[0]?.seq ?? 0;
    const ofRun = log.filter((event) => event.seq >= first && event.seq <= (chunks.at(-1)?.seq ?? 0));
    expect([faults(chunks), text === TEXT, matches, sent.length]).toEqual([[], true, true, 1]);
    expect(told(chunks)).toEqual(told(ofRun));
    expect(ofRun.at(-1)?.type).toBe("done");
    expect(new Set(struck)).toEqual(new Set(Object.keys(strikes)));
    expect([proxy.lost - before.lost, proxy.torn > before.torn, proxy.cuts > before.cuts]).toEqual([1, true, true]);
  });
});
