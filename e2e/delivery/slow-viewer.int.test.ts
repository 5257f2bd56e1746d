import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MillraceClient } from "@millrace/client";
import type { Event } from "@millrace/protocol";
import { type Action, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { expect, test } from "vitest";
import { ChaosProxy } from "../kit/chaos-proxy.ts";
import { freePort, GatewayProcess } from "../kit/gateway-process.ts";
import { judge, LogLedger } from "../kit/oracle.ts";
import { Viewer } from "../kit/viewer.ts";

/** A model may say 8 MiB in a step. */
const CHUNKS = 700;
/** More than the system's buffers take of a connection that is read slowly. UTF-16 code units, and bytes. */
const CHUNK = 10_000;
const PACE_MS = 5;
const OTHERS = 4;
/** Bytes per millisecond: 8 KiB/s. */
const SLOW = 8.192;
/** Pairs of answers, at most. */
const TRIES = 5;
/** What a clock and a timer of the machine are good for. Milliseconds. */
const FLOOR_MS = 2;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** An answer whose chunks are counted out, and when each of them was said. */
class Said {
  readonly at: number[] = [];

  async *script(): AsyncGenerator<Action> {
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      yield { delay_ms: PACE_MS };
      this.at.push(performance.now());
      yield { text: "x".repeat(CHUNK) };
    }
  }
}

/** Watches a session, and notes for each chunk how long it took to come. */
function timed(url: string, session_id: string, said: Said): { late: number[]; close: () => void } {
  const client = new MillraceClient({ url });
  client.connect();
  const late: number[] = [];
  const onEvents = (events: readonly Event[]): void => {
    const now = performance.now();
    for (const event of events) {
      if (event.type !== "text_delta") continue;
      const come = Math.floor((event.offset + event.content.length) / CHUNK);
      while (late.length < come) late.push(now - (said.at[late.length] ?? now));
    }
  };
  client.watch(session_id, { onEvents, onReset: () => {}, onLive: () => {} }, { after: 0 });
  return { late, close: () => client.close() };
}

test("F6: a viewer at 8 KiB/s: the others' 99th percentile does not move by more than a tenth, and it loses nothing", {
  timeout: 300_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-slow-"));
  let said = new Said();
  await using model = await startScriptedModel({
    responder: scriptByContent([{ when: /^answer/, script: () => said.script() }]),
  });
  const [port, front] = [await freePort(), await freePort()];
  await using gateway = await GatewayProcess.start({
    data_dir: folder,
    port,
    env: {
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: "none",
      MILLRACE_MODEL: "scripted",
      MILLRACE_HOSTS: `127.0.0.1:${front}`,
      MILLRACE_LIMITS: JSON.stringify({ outgoing_ms: 1_000 }),
      LOG_LEVEL: "info",
    },
  });

  /** One answer. @returns the 99th percentile of the others' delays, in milliseconds */
  const answer = async (slowly: boolean): Promise<number> => {
    said = new Said();
    const sender = new MillraceClient({ url: gateway.url });
    sender.connect();
    const { session_id = "" } = await sender.send({ content: "answer" }).accepted;
    const others = Array.from({ length: OTHERS }, () => timed(gateway.url, session_id, said));
    const proxy = slowly ? await ChaosProxy.start(front, port, { rate: SLOW }) : null;
    const slow = slowly ? new Viewer(`http://127.0.0.1:${front}`, session_id, "the slow one") : null;
    for (let waited = 0; others.some(({ late }) => late.length < CHUNKS) && waited < 60_000; waited += 20)
      await pause(20);
    for (const client of [...others, sender]) client.close();
    if (slow !== null && proxy !== null) {
      expect(slow.view.seq, "it is behind").toBeLessThan(CHUNKS / 4);
      delete proxy.conditions.rate;
      slow.client.retryNow();
      const response = await fetch(`${gateway.url}/api/v1/sessions/${session_id}/events`);
      const log = new LogLedger((await response.json()) as Event[]);
      await slow.reaches(log.head, 30_000);
      expect(judge({ logs: [log], viewers: [slow] })).toEqual([]);
      slow.close();
      await proxy.close();
    }
    const late = others.flatMap((other) => other.late).sort((a, b) => a - b);
    expect(late).toHaveLength(OTHERS * CHUNKS);
    return late[Math.floor(late.length * 0.99)] ?? Number.POSITIVE_INFINITY;
  };

  await answer(false);
  // What others do on the machine only ever makes it later: the best of some answers is compared.
  const best = { without: Number.POSITIVE_INFINITY, beside: Number.POSITIVE_INFINITY };
  const kept = (): boolean => best.beside <= 1.1 * best.without + FLOOR_MS;
  for (let tries = 0; tries < 2 || (tries < TRIES && !kept()); tries++) {
    best.without = Math.min(best.without, await answer(false));
    best.beside = Math.min(best.beside, await answer(true));
  }
  process.stdout.write(
    `F6: p99 of the others ${best.without.toFixed(1)} ms without, ${best.beside.toFixed(1)} ms beside a viewer at 8 KiB/s\n`,
  );
  const buffered = [...gateway.output.matchAll(/"buffered":(\d+),"msg":"closed a slow viewer"/g)].map(([, n]) =>
    Number(n),
  );
  await rm(folder, { recursive: true, force: true });
  expect(best.beside).toBeLessThanOrEqual(1.1 * best.without + FLOOR_MS);
  // It was ended for being slow, and what waited for it was bounded.
  expect(buffered.length).toBeGreaterThan(0);
  expect(Math.max(...buffered)).toBeLessThanOrEqual(1024 * 1024);
});
