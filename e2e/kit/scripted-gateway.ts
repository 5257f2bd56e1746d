import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MillraceClient } from "@millrace/client";
import type { Event } from "@millrace/protocol";
import {
  floodText,
  numberedFlood,
  type ScriptedModel,
  scriptByContent,
  startScriptedModel,
  text,
} from "@millrace/scripted-model";
import { GatewayProcess } from "./gateway-process.ts";
import { LogLedger } from "./oracle.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The numbered text that `flood <chunks>` is answered with, one chunk every 5 ms. */
export const floodAnswer = (chunks: number): string => `Now. 🌊\n${floodText({ count: chunks })}`;

/** A gateway process with a scripted model behind it. */
export class ScriptedGateway implements AsyncDisposable {
  readonly process: GatewayProcess;
  readonly #model: ScriptedModel;
  readonly #folder: string;

  private constructor(process: GatewayProcess, model: ScriptedModel, folder: string) {
    this.process = process;
    this.#model = model;
    this.#folder = folder;
  }

  /** @param port that of the gateway; `fronts`: of proxies under which it is reached too */
  static async start({
    port,
    fronts,
    limits = {},
    env = {},
  }: {
    port: number;
    fronts: readonly number[];
    limits?: Readonly<Record<string, number>>;
    env?: Readonly<Record<string, string>>;
  }): Promise<ScriptedGateway> {
    const folder = await mkdtemp(join(tmpdir(), "millrace-delivery-"));
    const model = await startScriptedModel({
      responder: scriptByContent([
        {
          when: /^flood \d+/,
          script: ({ messages }) => {
            const asked = messages.findLast(({ role }) => role === "user")?.content;
            const count = Number(/^flood (\d+)/.exec(String(asked))?.[1]);
            return [...text("Now. 🌊\n"), ...numberedFlood({ count, pace_ms: 5 })];
          },
        },
      ]),
    });
    const most = { commands_per_minute: 100_000, command_burst: 10_000 };
    const gateway = new GatewayProcess({
      data_dir: folder,
      port,
      env: {
        OPENAI_BASE_URL: model.url,
        MILLRACE_MODEL: "scripted",
        MILLRACE_HOSTS: fronts.map((front) => `127.0.0.1:${front}`).join(","),
        MILLRACE_LIMITS: JSON.stringify({ ...most, ...limits }),
        ...env,
      },
    });
    await gateway.start();
    return new ScriptedGateway(gateway, model, folder);
  }

  get url(): string {
    return this.process.url;
  }

  /** Lets the model talk in a new session. */
  async flood(chunks: number): Promise<string> {
    const client = new MillraceClient({ url: this.url });
    client.connect();
    const { session_id } = await client.send({ content: `flood ${chunks}` }).accepted;
    client.close();
    return session_id as string;
  }

  /** The log of a session once nothing runs in it, and it is not being settled: a row can then overlap the one before. */
  async quietLog(session_id: string, ms = 60_000): Promise<LogLedger> {
    for (let waited = 0; waited < ms; waited += 50) {
      const response = await fetch(`${this.url}/api/v1/sessions/${session_id}/events`);
      const events = (await response.json()) as Event[];
      const ledger = new LogLedger(events, response.headers.get("Millrace-Epoch"));
      const last = ledger.view.turns.at(-1)?.phase.state ?? "running";
      const rests = ledger.view.queue.length === 0 && last !== "running" && last !== "stopping";
      if (rests && events.every((event, at) => at === 0 || firstOf(event) > (events[at - 1]?.seq ?? 0))) return ledger;
      await pause(50);
    }
    throw new Error("The session does not come to rest.");
  }

  /** How often sockets were closed with a code, as the gateway counts. */
  async closes(code: number): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text
      .split("\n")
      .find((one) => one.startsWith("millrace_socket_closes_total") && one.includes(`"${code}"`));
    return Number(line?.split(" ").at(-1) ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill("SIGTERM");
    await this.#model.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Position of the first event that a row holds. */
const firstOf = (event: Event): number => ("from" in event ? event.from : undefined) ?? event.seq;
