import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { demoResponder } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TLS } from "./certificate.ts";
import { type TestGateway, testGateway } from "./gateway.ts";
import { Millrace } from "./millrace.ts";
import { type Tamper, TamperingProxy } from "./tampering-proxy.ts";
import { first, honest, type Ran, type RunOptions, runThrough, swapped } from "./verify-through.ts";

/** The line that the README quotes. */
const CLEAN =
  /^[\d,]+ frames, [\d,]+ disconnects: lost 0, doubled 0, gaps 0, ghosts 0, conflicts 0, run twice 0, wrong ends 0, text equal\nseed \d+, [\d.]+ s; the same again: millrace verify .*--seed \d+/u;

let gateway: TestGateway;
let proxy: TamperingProxy;

beforeAll(async () => {
  const demo = demoResponder();
  gateway = await testGateway([
    { when: /^(?:Write the numbers|Ask me a question)/u, script: (request, context) => demo(request, context) },
  ]);
  proxy = await TamperingProxy.start(gateway.url);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

const run = (tamper: Tamper, options: RunOptions = {}): Promise<Ran> => runThrough(proxy, tamper, options);

async function sessions(): Promise<readonly { readonly session_id: string }[]> {
  const response = await fetch(`${gateway.url}/api/v1/sessions`);
  const body = (await response.json()) as { sessions: { session_id: string }[] };
  return body.sessions;
}

describe("millrace verify against a gateway that keeps its word", () => {
  it("finds nothing, cuts at every kind of boundary, and takes its sessions away", async () => {
    const { code, result } = await run(honest);
    expect([code, result.faults]).toEqual([0, []]);
    expect(Object.keys(result.cuts)).toEqual(expect.arrayContaining(["answered", "asked", "frames", "greeted"]));
    expect([result.seed, await sessions()]).toEqual([7, []]);
  });

  it("F65: what came from its own gateway and its own model is equal to the letter, and one line says so", async () => {
    using millrace = Millrace.piped(["verify", "--messages", "5", "--duration", "2", "--viewers", "2"]);
    expect([await millrace.exit, millrace.err]).toEqual([0, ""]);
    expect(millrace.out).toMatch(CLEAN);
  });

  it("the README quotes such a line", () => {
    const readme = readFileSync(resolve(import.meta.dirname, "../../../README.md"), "utf8");
    const [, quoted] = /^\$ (?:npx )?millrace verify\n([^`]+)```/mu.exec(readme) ?? [];
    expect(quoted).toMatch(CLEAN);
  });

  it("--keep leaves the sessions", async () => {
    await run(honest, { keep: true });
    expect(await sessions()).toHaveLength(2);
  });
});

describe("millrace verify that is interrupted", () => {
  it("takes its sessions away, also those that it never heard of", async () => {
    for (const { session_id } of await sessions())
      await fetch(`${gateway.url}/api/v1/sessions/${session_id}`, { method: "DELETE" });
    using millrace = Millrace.piped(["verify", "--url", gateway.url]);
    while ((await sessions()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    millrace.signal("SIGINT");
    expect([await millrace.exit, millrace.out, millrace.err]).toEqual([130, "", ""]);
    expect(await sessions()).toEqual([]);
  });
});

describe("millrace verify behind something that does not keep its word", () => {
  it.each<[string, Tamper, string]>([
    ["drops a frame", first(/"text_delta"/u, () => []), "GAP"],
    ["sends a frame twice", first(/"text_delta"/u, (text) => [text, text]), "DUP"],
    ["swaps two frames", swapped(/"text_delta"/u, /"text_delta"/u), "GAP"],
    ["changes a delta's text", first(/"text_delta"/u, (text) => [text.replace("⟧", "|")]), "GHOST"],
    ["changes an event", first(/"agent_output"/u, (text) => [text.replace('"step":1', '"step":2')]), "CONFLICT"],
    ["says too early that it is live", first(/"type":"live"/u, early), "LOST"],
    ["says what is no JSON", first(/"text_delta"/u, () => ["{"]), "GHOST"],
    ["drops an event of a stream", first(/"text_delta"/u, () => [], { count: 4, only: "sse" }), "GAP"],
    ["forgets that it had the message", first(/"duplicate":true/u, fresh, { count: 99, only: "socket" }), "DUPRUN"],
  ])("names one that %s", async (_, tamper, verdict) => {
    const { code, result } = await run(tamper);
    expect(code).toBe(1);
    expect(result.faults.map((fault) => fault.verdict)).toContain(verdict);
  });
});

describe("millrace verify with as many messages that every door is used", () => {
  it("ASK-2 HTTP-3 SUB-4: finds nothing where two tabs answer, a run is streamed, and a page begins at the end", async () => {
    const told: string[] = [];
    const listening: Tamper = (text) => {
      told.push(text);
      return [text];
    };
    const { code, result } = await run(listening, { messages: 6, demo: true });
    expect([code, result.faults]).toEqual([0, []]);
    const count = (fits: RegExp): number => told.filter((text) => fits.test(text)).length;
    expect(count(/"already_answered"/u)).toBe(1);
    expect(count(/^data: \{"type":"done"/u)).toBe(1);
    expect(count(/"type":"subscribed","id":"tail"|"id":"tail","type":"subscribed"/u)).toBe(4);
  });

  it.each<[string, Tamper, string]>([
    [
      "says a piece of a run's stream twice",
      first(/^data: \{"type":"content"/u, (text) => [text, text], { only: "sse" }),
      "TEXT",
    ],
    ["never ends one", first(/^data: \{"type":"done"/u, () => [], { only: "sse" }), "ENDS"],
    ["takes both answers", first(/"already_answered"/u, acknowledged, { only: "socket" }), "DUPRUN"],
    ["takes another answer than it stores", exchanged(), "CONFLICT"],
    ["begins a tail too late", first(/"id":"tail"/u, later, { only: "socket" }), "DUP"],
  ])("names one that %s", async (_, tamper, verdict) => {
    const { code, result } = await run(tamper, { messages: 6, demo: true });
    expect([code, result.faults.map((fault) => fault.verdict)]).toEqual([1, expect.arrayContaining([verdict])]);
  });
});

function acknowledged(): readonly string[] {
  return ['{"type":"ack","id":"answer"}'];
}

/** Tells each of two tabs what the other one is to hear. */
function exchanged(): Tamper {
  const refused = '{"type":"reject","id":"answer","code":"already_answered","message":""}';
  return (text) => {
    if (text.includes('"already_answered"')) return acknowledged();
    return /"type":"ack".*"id":"answer"|"id":"answer".*"type":"ack"/u.test(text) ? [refused] : [text];
  };
}

function later(text: string): readonly string[] {
  return [text.replace(/"after":(\d+)/u, (_, after) => `"after":${Number(after) + 1}`)];
}

function early(text: string): readonly string[] {
  return [text.replace(/"seq":(\d+)/u, (_, seq) => `"seq":${Number(seq) + 5}`)];
}

function fresh(text: string): readonly string[] {
  return [text.replace('"duplicate":true', '"duplicate":false')];
}

describe("millrace verify over TLS with a certificate of one's own", () => {
  let folder: string;
  let front: TamperingProxy;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "millrace-tls-"));
    writeFileSync(join(folder, "cert.pem"), TLS.cert);
    front = await TamperingProxy.start(gateway.url, TLS);
  });
  afterAll(async () => {
    await front[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const asked = (): string[] => ["verify", "--url", front.url, "--messages", "2", "--duration", "1", "--viewers", "1"];

  it("reads over https and wss where NODE_EXTRA_CA_CERTS names it", async () => {
    front.tamper = honest;
    using millrace = Millrace.piped(asked(), { NODE_EXTRA_CA_CERTS: join(folder, "cert.pem") });
    expect([await millrace.exit, millrace.err]).toEqual([0, ""]);
    expect(millrace.out).toMatch(CLEAN);
  });

  it("names what is tampered with there too", async () => {
    front.tamper = first(/"text_delta"/u, () => []);
    using millrace = Millrace.piped(asked(), { NODE_EXTRA_CA_CERTS: join(folder, "cert.pem") });
    expect(await millrace.exit).toBe(1);
    expect(millrace.out).toContain("  GAP ");
  });

  it("without it ends with 2 and says what to do", async () => {
    using millrace = Millrace.piped(asked());
    expect([await millrace.exit, millrace.out]).toEqual([2, ""]);
    expect(millrace.err).toMatch(/^millrace: the certificate of https:.* cannot be trusted .*NODE_EXTRA_CA_CERTS\n$/u);
  });
});

describe("millrace verify that cannot run", () => {
  it.each([
    [
      "nobody answers",
      () => ["--url", "http://127.0.0.1:9"],
      /^millrace: no gateway answers at http:\/\/127\.0\.0\.1:9/u,
    ],
    ["there is no such model", () => ["--url", gateway.url, "--model", "nope"], /^millrace: there is no model nope/u],
  ])("ends with 2 where %s", async (_, args, why) => {
    using millrace = Millrace.piped(["verify", ...args()]);
    expect([await millrace.exit, millrace.out]).toEqual([2, ""]);
    expect(millrace.err).toMatch(why);
  });
});
