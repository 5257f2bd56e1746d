import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MillraceClient } from "@millrace/client";
import type { Ack, Event } from "@millrace/protocol";
import {
  floodText,
  numberedFlood,
  reasoning,
  scriptByContent,
  startScriptedModel,
  text,
  toolCalls,
} from "@millrace/scripted-model";
import { expect, test } from "vitest";
import { ChaosProxy } from "../kit/chaos-proxy.ts";
import { freePort, GatewayProcess } from "../kit/gateway-process.ts";
import { type Fault, judge, LogLedger, runLine } from "../kit/oracle.ts";
import { seeded } from "../kit/random.ts";
import { Viewer } from "../kit/viewer.ts";

const SEED = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 1_000_000));
/** The nightly run has the sizes of the table: 32 viewers on 4 sessions, 40 kills. */
const NIGHTLY = process.env.MILLRACE_NIGHTLY === "1";
const SESSIONS = NIGHTLY ? 4 : 3;
/** Of each session. */
const VIEWERS = NIGHTLY ? 8 : 4;
/** Of each session: so many that there is always one being answered when the process is killed. */
const MESSAGES = NIGHTLY ? 24 : 4;
/** Between two messages of a session in a soak. Milliseconds. */
const SOAK_PACE = 5_000;
const SOAK_MINUTES = Number(process.env.MILLRACE_SOAK_MINUTES ?? 0);
/** In a soak one a minute, over messages without end. */
const KILLS = SOAK_MINUTES > 0 ? SOAK_MINUTES : NIGHTLY ? 40 : 8;
const CHUNKS = 220;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Reasoning with emoji, then a tool call, then a numbered text: what arrives can be compared to the letter. */
const model = () =>
  startScriptedModel({
    responder: scriptByContent([
      {
        when: /^flood/,
        script: (_request, { step }) =>
          step === 1
            ? [
                ...reasoning("Let me see 😀 what the time 🕰️ is, before I write.", { pace_ms: 2, size: 3 }),
                ...toolCalls([{ id: "call_1", name: "current_time", arguments: { timezone: "UTC" }, fragments: 6 }]),
              ]
            : [...text("It is late. 🌊\n", { pace_ms: 2 }), ...numberedFlood({ count: CHUNKS, pace_ms: 2 })],
      },
    ]),
  });

test(`F1 F23 LOG-2 READ-1 SEND-1: random disconnects and kill -9 lose, double and reorder nothing (seed ${SEED})`, {
  timeout: (NIGHTLY ? 360_000 : 120_000) + SOAK_MINUTES * 90_000,
}, async () => {
  const random = seeded(SEED);
  const folder = await mkdtemp(join(tmpdir(), "millrace-chaos-"));
  const [port, front] = [await freePort(random), await freePort(random)];
  await using scripted = await model();
  await using gateway = new GatewayProcess({
    data_dir: folder,
    port,
    env: {
      OPENAI_BASE_URL: scripted.url,
      MILLRACE_MODEL: "scripted",
      MILLRACE_HOSTS: `127.0.0.1:${front}`,
      MILLRACE_LIMITS: JSON.stringify({ heartbeat_ms: 500, commands_per_minute: 100_000, command_burst: 10_000 }),
    },
  });
  await gateway.start();
  const proxy = await ChaosProxy.start(front, port);
  const url = `http://127.0.0.1:${front}`;

  const sender = new MillraceClient({ url });
  sender.connect();
  const accepted = await Promise.all(
    Array.from({ length: SESSIONS }, () => sender.send({ content: "flood 0" }).accepted),
  );
  const sessions = accepted.map(({ session_id }) => session_id as string);
  const viewers = sessions.flatMap((id) => Array.from({ length: VIEWERS }, () => new Viewer(url, id)));
  const sent = sessions.flatMap((session_id) =>
    Array.from({ length: MESSAGES - 1 }, (_, n) => sender.send({ session_id, content: `flood ${n + 1}` }).accepted),
  );

  let calm = false;
  const disturb = async (): Promise<void> => {
    while (!calm) {
      await pause(10 + random() * 150);
      proxy.cut(
        () => random() < 0.3,
        () => Math.floor(random() * 400),
      );
      if (random() < 0.2) viewers[Math.floor(random() * viewers.length)]?.reopen();
    }
  };
  const disturbing = disturb();
  for (let kill = 0; kill < KILLS; kill++) {
    if (SOAK_MINUTES > 0) sent.push(...(await soakFor(60_000, sender, sessions)));
    else await pause(150 + random() * 500);
    await gateway.kill("SIGKILL");
    await gateway.start();
  }
  calm = true;
  await disturbing;
  await Promise.all(sent);

  const messages = sessions.length + sent.length;
  const logs = await Promise.all(sessions.map((id) => quietLog(gateway.url, id)));
  await Promise.all(viewers.map((viewer) => viewer.reaches(logs[sessions.indexOf(viewer.session_id)]?.head ?? 0)));
  for (const client of [sender, ...viewers]) client.close();
  await proxy.close();
  await gateway.kill("SIGTERM");
  await rm(folder, { recursive: true });

  const faults: Fault[] = [...judge({ logs, viewers })];
  const answer = `It is late. 🌊\n${floodText({ count: CHUNKS })}`;
  const turns = logs.flatMap((log) => log.view.turns);
  for (const turn of turns) {
    const shown = turn.items.flatMap((item) => (item.kind === "text" ? [item.content] : [])).join("");
    if (turn.phase.state === "done" && shown !== answer) {
      faults.push({ verdict: "TEXT", message: `run ${turn.run_id} says something else` });
    }
  }
  const frames = viewers.reduce((sum, { ledger }) => sum + ledger.frames.length, 0);
  process.stdout.write(`${runLine(SEED, { frames, disconnects: proxy.cuts, "kill -9": KILLS }, faults)}\n`);
  expect(faults.slice(0, 10)).toEqual([]);
  expect(turns).toHaveLength(messages);
  expect(turns.filter((turn) => turn.phase.state === "done").length).toBeGreaterThan(0);
  // A busy machine gets through fewer of them.
  expect(proxy.cuts).toBeGreaterThan(3);
});

/** The log of a session once all of its messages are answered. */
async function quietLog(url: string, session_id: string): Promise<LogLedger> {
  for (;;) {
    const response = await fetch(`${url}/api/v1/sessions/${session_id}/events`);
    const ledger = new LogLedger((await response.json()) as Event[]);
    const { turns, queue } = ledger.view;
    const open = turns.some((turn) => turn.phase.state === "running" || turn.phase.state === "stopping");
    if (turns.length >= MESSAGES && queue.length === 0 && !open) return ledger;
    await pause(100);
  }
}

/** Goes on sending for so long. @returns what waits to be accepted */
async function soakFor(ms: number, sender: MillraceClient, sessions: readonly string[]): Promise<Promise<Ack>[]> {
  const sent: Promise<Ack>[] = [];
  for (let passed = 0; passed < ms; passed += SOAK_PACE) {
    for (const session_id of sessions) sent.push(sender.send({ session_id, content: `flood ${passed}` }).accepted);
    await pause(SOAK_PACE);
  }
  return sent;
}
