import { demoResponder } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestGateway, testGateway } from "./gateway.ts";
import { type Tamper, TamperingProxy } from "./tampering-proxy.ts";
import { first, honest, type Ran, type RunOptions, runThrough, swapped } from "./verify-through.ts";

let gateway: TestGateway;

beforeAll(async () => {
  const demo = demoResponder();
  gateway = await testGateway([
    { when: /^(?:Write the numbers|Ask me a question)/u, script: (request, context) => demo(request, context) },
  ]);
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Their first messages go out over connections that nobody cuts. */
const UNCUT_SEED = 3;
const run = async (tamper: Tamper, options: RunOptions = {}): Promise<Ran> => {
  await using proxy = await TamperingProxy.start(gateway.url);
  return await runThrough(proxy, tamper, { seed: UNCUT_SEED, ...options });
};
const EVENT = /"seq":/u;

describe.concurrent("millrace verify on the connections that send", () => {
  it.each<[string, Tamper, string]>([
    ["drops an event", first(/"type":"step"/u, () => [], { only: "sender" }), "GAP"],
    ["sends an event twice", first(/"type":"step"/u, (text) => [text, text], { only: "sender" }), "DUP"],
    ["swaps two events", swapped(/"type":"step"/u, EVENT, { only: "sender" }), "GAP"],
    ["drops the last event", first(/"type":"done"/u, () => [], { only: "sender" }), "LOST"],
    [
      "changes an event",
      first(/"agent_output"/u, (text) => [text.replace('"step":1', '"step":2')], { only: "sender" }),
      "CONFLICT",
    ],
    ["sends the acknowledgement twice", first(/"type":"ack"/u, (text) => [text, text], { only: "sender" }), "DUP"],
    ["sends another acknowledgement twice", first(/"type":"ack"/u, (text) => [text, text], { only: "socket" }), "DUP"],
    ["drops an acknowledgement", first(/"type":"ack"/u, () => [], { only: "sender" }), "LOST"],
  ])("names one that %s", async (_, tamper, verdict) => {
    const { code, result } = await run(tamper);
    expect([code, result.faults.map((fault) => fault.verdict)]).toEqual([1, expect.arrayContaining([verdict])]);
  });

  it("finds nothing where they are left alone", async () => {
    const { code, result } = await run(honest);
    expect([code, result.faults]).toEqual([0, []]);
  });
});

describe.concurrent("millrace verify on the connections that are cut", () => {
  /** Whatever is done to the last frame before a cut, nobody sees. */
  const often = { only: "socket", count: 20 } as const;
  it.each<[string, Tamper, string]>([
    ["drops events of a socket", first(/"text_delta"/u, () => [], often), "GAP"],
    ["sends events of a socket twice", first(/"text_delta"/u, (text) => [text, text], often), "DUP"],
    ["swaps two events of a socket", swapped(/"text_delta"/u, EVENT, often), "GAP"],
    ["sends events of a stream twice", first(EVENT, (text) => [text, text], { count: 999, only: "sse" }), "DUP"],
    ["swaps two events of a stream", swapped(/"text_delta"/u, EVENT, { ...often, only: "sse" }), "GAP"],
  ])("names one that %s", async (_, tamper, verdict) => {
    const { code, result } = await run(tamper);
    expect([code, result.faults.map((fault) => fault.verdict)]).toEqual([1, expect.arrayContaining([verdict])]);
  });

  it("CMD-1: names one that answers a tab's answer twice", async () => {
    const twice = first(/"id":"answer"/u, (text) => [text, text], { only: "socket" });
    const { code, result } = await run(twice, { messages: 6, demo: true });
    expect([code, result.faults.map((fault) => fault.verdict)]).toEqual([1, ["DUP"]]);
  });
});

describe.concurrent("millrace verify behind something that loses the frames around the events", () => {
  it.each<[string, Tamper, string]>([
    ["live", first(/"type":"live"/u, () => []), "LOST"],
    ["live, of the connection that sends", first(/"type":"live"/u, () => [], { only: "sender", count: 2 }), "LOST"],
    ["subscribed", first(/"type":"subscribed"/u, () => []), "LOST"],
  ])("CMD-1 SUB-1: names one that drops %s", async (_, tamper, verdict) => {
    const { code, result } = await run(tamper);
    expect([code, result.faults.map((fault) => fault.verdict)]).toEqual([1, expect.arrayContaining([verdict])]);
  });

  it.each<[string, Tamper]>([
    ["live", first(/"type":"live"/u, (text) => [text, text])],
    ["subscribed", first(/"type":"subscribed"/u, (text) => [text, text])],
  ])("CMD-1 SUB-1: names one that says %s twice", async (_, tamper) => {
    const { code, result } = await run(tamper);
    expect([code, result.faults.map((fault) => fault.verdict)]).toEqual([1, expect.arrayContaining(["DUP"])]);
  });
});
