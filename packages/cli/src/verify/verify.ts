import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { DEMO_MODEL } from "@millrace/scripted-model";
import type { VerifyArguments } from "../arguments.ts";
import { CommandFailure } from "../failure.ts";
import type { Context } from "./context.ts";
import { Faults } from "./fault.ts";
import { Lane } from "./lane.ts";
import { OwnGateway } from "./own-gateway.ts";
import { ask, Gate, type Place } from "./place.ts";
import { planOf } from "./plan.ts";
import { Progress } from "./progress.ts";
import { isRight, type Result, resultJson, resultLines } from "./result.ts";

/** What the command needs of the process. */
export interface VerifyProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  on(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  off(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
}

const DIFFERS = 1;
const COULD_NOT_RUN = 2;
const INTERRUPTED = 130;
const REMOVE_MS = 10_000;
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Checks that a gateway delivers what it stores, and returns the exit code: 0, 1 where anything differs, 2 where it could not. */
export async function verify(asked: VerifyArguments, process: VerifyProcess): Promise<number> {
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  for (const name of SIGNALS) process.on(name, stop);
  try {
    const result = await verified(asked, process, interrupt.signal);
    const lines = asked.json ? [resultJson(result)] : resultLines(result, command(asked, result.seed));
    process.stdout.write(`${lines.join("\n")}\n`);
    return isRight(result) ? 0 : DIFFERS;
  } catch (error) {
    if (interrupt.signal.aborted) return INTERRUPTED;
    // A mistake of this program is no verdict about the gateway either.
    const why = error instanceof CommandFailure ? error.message : (error as Error).stack;
    process.stderr.write(`millrace: ${why}\n`);
    return COULD_NOT_RUN;
  } finally {
    for (const name of SIGNALS) process.off(name, stop);
  }
}

async function verified(asked: VerifyArguments, process: VerifyProcess, interrupt: AbortSignal): Promise<Result> {
  await using own = asked.url === undefined ? await OwnGateway.start(process.env.PATH) : null;
  const place: Place = own?.place ?? { url: asked.url ?? "", ...(asked.token !== undefined && { token: asked.token }) };
  const broken = new AbortController();
  const signal = AbortSignal.any([interrupt, broken.signal]);
  const context: Context = {
    place,
    gate: new Gate(signal),
    seed: asked.seed ?? randomInt(1_000_000),
    counts: { frames: 0, disconnects: 0, cuts: {}, messages: 0 },
    faults: new Faults(),
    signal,
  };
  const model = await modelOf(context, asked.model);
  const started = performance.now();
  const nonce = randomUUID();
  const plan = planOf({ ...asked, seed: context.seed, demo: model.demo }, nonce);
  const lanes = plan.map(
    (messages, at) =>
      new Lane(context, {
        name: `session ${at + 1}`,
        messages,
        viewers: asked.viewers,
        demo: model.demo,
        ...(asked.model !== undefined && { model: asked.model }),
        calls: (content) => own?.calls(content) ?? null,
      }),
  );
  using _progress = new Progress(context.counts, asked.messages, process.stderr);
  try {
    await together(lanes, (lane) => lane.converse(), broken);
    await together(lanes, (lane) => lane.judge(), broken);
  } finally {
    broken.abort();
    if (!asked.keep) await remove(place, lanes, nonce);
  }
  const failures = lanes.flatMap((lane) => lane.failures);
  if (failures.length === asked.messages) throw new CommandFailure(`every run failed: ${failures[0]}`);
  return {
    ...{ url: place.url, model: model.id, seed: context.seed, sessions: lanes.length },
    ...context.counts,
    took_ms: Math.round(performance.now() - started),
    faults: context.faults.list,
    failures,
  };
}

/** The first that fails ends the others. */
async function together(lanes: readonly Lane[], work: (lane: Lane) => Promise<void>, broken: AbortController) {
  const all = lanes.map(work);
  try {
    await Promise.all(all);
  } catch (error) {
    broken.abort();
    await Promise.allSettled(all);
    throw error;
  }
}

interface Models {
  readonly models: readonly { readonly id: string; readonly demo?: boolean }[];
  readonly default: string;
}

/** The model that answers. @throws CommandFailure where there is no such model, or no gateway */
async function modelOf({ place, gate }: Context, wanted: string | undefined): Promise<{ id: string; demo: boolean }> {
  const { body } = await ask<Models>(place, gate, "models", {}, 2);
  const id = wanted ?? body.default;
  const found = body.models?.find((model) => model.id === id);
  if (found === undefined) {
    const names = body.models?.map((model) => model.id).join(", ") ?? "none";
    throw new CommandFailure(`there is no model ${id}: the gateway at ${place.url} has ${names}`);
  }
  return { id, demo: found.demo === true || id === DEMO_MODEL };
}

/** What was sent and cut may arrive this much later. */
const ON_ITS_WAY_MS = 300;

/**
 * Takes away what it made, whatever has happened: also sessions whose messages were never acknowledged, which are found
 * by what they say. One that is gone already is as good.
 */
async function remove(place: Place, lanes: readonly Lane[], nonce: string): Promise<void> {
  const gate = new Gate(AbortSignal.timeout(REMOVE_MS));
  const made = new Set(lanes.flatMap(({ session_id }) => session_id ?? []));
  if (made.size < lanes.length) {
    await pause(ON_ITS_WAY_MS);
    const found = await ask<{ sessions: { session_id: string }[] }>(place, gate, `sessions?q=${nonce}`).catch(
      () => null,
    );
    for (const { session_id } of found?.body.sessions ?? []) made.add(session_id);
  }
  for (const session_id of made) await ask(place, gate, `sessions/${session_id}`, { method: "DELETE" }).catch(() => {});
}

function command({ url, messages, duration_s, viewers, model }: VerifyArguments, seed: number): string {
  const options = [`--seed ${seed}`, `--messages ${messages}`, `--duration ${duration_s}`, `--viewers ${viewers}`];
  const where = url === undefined ? [] : [`--url ${url}`];
  return ["millrace verify", ...where, ...(model === undefined ? [] : [`--model ${model}`]), ...options].join(" ");
}
