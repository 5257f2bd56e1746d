import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import type { HttpAnswer } from "./http-client.ts";
import { runEvents } from "./seeded-log.ts";

const MIB = 1024 * 1024;
/** What the processor may be kept by one stretch of work, in milliseconds. The machine's own load does not count. */
const STALL = 50;
/** The same where all of a file is handed to the store at once. */
const HANDED_OVER = 150;

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await GatewayUnderTest.start({});
});
afterAll(() => gateway[Symbol.asyncDispose]());

const header = JSON.stringify({
  ...{ millrace_export: 1, session_id: "s", epoch: "e", title: "big", model: null },
  ...{ head: 0, created_at: 0, exported_at: 0 },
});

const event = (seq: number, fields: object): string => JSON.stringify({ v: 1, session_id: "s", seq, ts: 0, ...fields });

/** Events until the file is as large as it may be, or there are so many. */
function file(line: (seq: number) => string, most = Number.POSITIVE_INFINITY): Buffer {
  const lines = [header];
  let size = header.length;
  for (let seq = 1; seq <= most; seq += 1) {
    const next = line(seq);
    size += next.length + 1;
    if (size > 16 * MIB) break;
    lines.push(next);
  }
  return Buffer.from(lines.join("\n"));
}

const said = (seq: number, fields: object = {}): string =>
  event(seq, { type: "user_message", message_id: `m${seq}`, content: "", mode: "queue", ...fields });

const limits = { max_steps: 1, token_limit: 1, tools: [] };
const started = (seq: number, run_id: string, message_ids: readonly string[] = []): string =>
  event(seq, { type: "session_start", run_id, message_ids, model: "m", agent: "a", ...limits });

const ended = (seq: number, run_id: string): string =>
  event(seq, { type: "error", run_id, code: "", message: "", reason: "", retryable: false });

const data = (seq: number, value: unknown): string => event(seq, { type: "data", run_id: "r", name: "d", value });

const call = (seq: number): string =>
  event(seq, { type: "tool_call", run_id: "r", tool_call_id: `c${seq}`, tool_name: "t", args: {} });

const output = (seq: number): string =>
  event(seq, { type: "tool_output_delta", run_id: "r", tool_call_id: "c2", offset: seq - 9_002, content: "x" });

/** Runs that have ended, then those that take each other's place. */
function branch(seq: number): string {
  const [run, part] = [Math.floor((seq - 1) / 3), (seq - 1) % 3];
  if (part === 0) return said(seq, run < 3_000 ? {} : { replaces: "m1" });
  return part === 1 ? started(seq, `r${run}`, [`m${seq - 1}`]) : ended(seq, `r${run}`);
}

const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

function send(body: Buffer): Promise<HttpAnswer> {
  const headers = { "Content-Type": "application/x-ndjson", "Content-Length": String(body.length) };
  return gateway.http.send("/api/v1/sessions/import", { method: "POST", body, headers });
}

/** The longest stretch of the processor's time, in milliseconds, in which nobody else had a turn. */
async function longestStretch(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let going = true;
  let last = process.threadCpuUsage();
  const tick = (): void => {
    const { user, system } = process.threadCpuUsage(last);
    longest = Math.max(longest, (user + system) / 1_000);
    last = process.threadCpuUsage();
    if (going) setTimeout(tick, 1);
  };
  setTimeout(tick, 1);
  await work().finally(() => {
    going = false;
  });
  return longest;
}

describe("F53: while a file is imported nobody else waits", { timeout: 120_000 }, () => {
  it.each<[string, number, string, () => Buffer]>([
    ["of messages that wait", 400, "Line 1002: More than 1000 messages wait.", () => file((seq) => said(seq))],
    [
      "of messages that are taken back",
      413,
      "Line 100002: The session has more than 100000 events.",
      () => file((seq) => (seq % 2 ? said(seq) : event(seq, { type: "message_withdrawn", message_id: `m${seq - 1}` }))),
    ],
    [
      "of blank lines",
      413,
      "Line 100002: The session has more than 100000 events.",
      () => Buffer.from(header + "\n".repeat(15 * MIB)),
    ],
    [
      "of one long line",
      413,
      "Line 2: It is longer than 2097152 bytes.",
      () => Buffer.from(`${header}\n${nested(7 * MIB)}`),
    ],
    ["of one deep line", 400, "Line 2: Nested deeper than 256.", () => Buffer.from(`${header}\n${nested(MIB - 1)}`)],
    [
      "of many values in a line",
      400,
      "Line 3: It holds more than 20000 values.",
      () => file((seq) => (seq === 1 ? started(seq, "r") : data(seq, Array(500_000).fill({}))), 2),
    ],
    [
      "of many values in all lines",
      400,
      "Line 78: All lines hold more than 1500000 values.",
      () => file((seq) => (seq === 1 ? started(seq, "r") : data(seq, Array(19_950).fill(0)))),
    ],
    [
      "of many wrong values in a line",
      400,
      "Line 2: This is no event. message_ids.0: Invalid input: expected string, received number",
      () => file((seq) => started(seq, "r", Array(19_000).fill(1)), 1),
    ],
    [
      "of a run without an end to it",
      400,
      "Line 14144: Its runs are too long.",
      () => file((seq) => (seq === 1 ? started(seq, "r") : data(seq, 0))),
    ],
    [
      "of a call among thousands",
      400,
      "Line 15613: Its runs are too long.",
      () => file((seq) => (seq === 1 ? started(seq, "r") : seq < 9_002 ? call(seq) : output(seq))),
    ],
    ["of branches", 400, "Line 10818: Its branches change too often.", () => file(branch)],
  ])("%s: it is refused", async (_name, status, message, body) => {
    const bytes = body();
    let answer: HttpAnswer | undefined;
    const longest = await longestStretch(async () => {
      answer = await send(bytes);
    });
    expect([answer?.status, answer?.json]).toEqual([status, { error: expect.objectContaining({ message }) }]);
    expect(longest).toBeLessThan(STALL);
  });

  it.each<[string, () => Buffer]>([
    ["messages as many as may wait", () => file((seq) => said(seq), 1_000)],
    ["a run with thousands of calls", () => file((seq) => (seq === 1 ? started(seq, "r") : call(seq)), 5_000)],
    ["values as many as a line holds", () => file((seq) => (seq === 1 ? started(seq, "r") : data(seq, WIDE)), 60)],
    ["text as long as a line is", () => file((seq) => (seq === 1 ? started(seq, "r") : data(seq, ESCAPED)), 8)],
    ["100,000 events", () => file(flood(), 100_000)],
  ])("%s: it is stored", async (_name, body) => {
    const bytes = body();
    let answer: HttpAnswer | undefined;
    const longest = await longestStretch(async () => {
      answer = await send(bytes);
    });
    expect([answer?.status, answer?.text.slice(0, 99)]).toEqual([201, expect.any(String)]);
    expect(longest).toBeLessThan(HANDED_OVER);
  });
});

const WIDE = Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`k${index}`, {}]));
const ESCAPED = "\u0001".repeat(340_000);

/** Runs of 200 events, not merged. */
function flood(): (seq: number) => string {
  const events = (function* () {
    for (let run = 0; ; run += 1) yield* runEvents(run, 190);
  })();
  return (seq) => event(seq, { ...events.next().value, session_id: "s" });
}
