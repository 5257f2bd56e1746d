import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MillraceClient } from "@millrace/client";
import type { Event } from "@millrace/protocol";
import { type Action, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { expect, onTestFinished, test } from "vitest";
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

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function* answer(): AsyncGenerator<Action> {
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    yield { delay_ms: PACE_MS };
    yield { text: "x".repeat(CHUNK) };
  }
}

test("F6: a viewer at 8 KiB/s: the others get everything without waiting for it, it is ended with little buffered, and it loses nothing", {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-slow-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await using model = await startScriptedModel({
    responder: scriptByContent([{ when: /^answer/, script: answer }]),
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
  const sender = new MillraceClient({ url: gateway.url });
  sender.connect();
  const { session_id = "" } = await sender.send({ content: "answer" }).accepted;
  sender.close();
  const others = Array.from({ length: OTHERS }, (_, index) => new Viewer(gateway.url, session_id, `viewer ${index}`));
  const proxy = await ChaosProxy.start(front, port, { rate: SLOW });
  const slow = new Viewer(`http://127.0.0.1:${front}`, session_id, "the slow one");
  const ended = (): number[] =>
    [...gateway.output.matchAll(/"buffered":(\d+),"msg":"closed a slow viewer"/g)].map(([, bytes]) => Number(bytes));
  const whole = (viewer: Viewer): boolean => viewer.view.turns.some(({ ended_seq }) => ended_seq !== null);
  for (let waited = 0; !(others.every(whole) && ended().length > 0) && waited < 60_000; waited += 20) await pause(20);

  expect(others.map(whole)).toEqual(others.map(() => true));
  expect(slow.view.seq, "it is still behind").toBeLessThan(CHUNKS / 4);
  expect(ended().length, "it was ended for being slow").toBeGreaterThan(0);
  expect(Math.max(...ended()), "what waited for it").toBeLessThanOrEqual(1024 * 1024);

  delete proxy.conditions.rate;
  slow.client.retryNow();
  const response = await fetch(`${gateway.url}/api/v1/sessions/${session_id}/events`);
  const log = new LogLedger((await response.json()) as Event[]);
  await slow.reaches(log.head, 30_000);
  expect(judge({ logs: [log], viewers: [slow, ...others] })).toEqual([]);
  expect(others.map(({ connections }) => connections)).toEqual(others.map(() => 1));
  for (const viewer of [slow, ...others]) viewer.close();
  await proxy.close();
});
