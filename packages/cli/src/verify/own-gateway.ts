import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DEMO_MODEL,
  demoResponder,
  lastUserText,
  type ScriptedModel,
  startScriptedModel,
} from "@millrace/scripted-model";
import { CommandFailure } from "../failure.ts";
import { gatewayFile } from "../gateway.ts";
import type { Place } from "./place.ts";

const START_MS = 30_000;
const END_MS = 10_000;

/** A gateway process of this checkout in a folder of its own, with the demo behind it. */
export class OwnGateway implements AsyncDisposable {
  readonly place: Place;
  readonly #child: ChildProcess;
  readonly #model: ScriptedModel;
  readonly #folder: string;
  readonly #calls: ReadonlyMap<string, number>;

  private constructor(place: Place, parts: { child: ChildProcess; model: ScriptedModel; folder: string }) {
    this.place = place;
    this.#child = parts.child;
    this.#model = parts.model;
    this.#folder = parts.folder;
    const calls = new Map<string, number>();
    this.#calls = calls;
    parts.model.onRequest(({ body }) => {
      const asked = lastUserText(body);
      calls.set(asked, (calls.get(asked) ?? 0) + 1);
    });
  }

  /** @throws CommandFailure */
  static async start(path: string | undefined): Promise<OwnGateway> {
    const file = gatewayFile();
    const folder = await mkdtemp(join(tmpdir(), "millrace-verify-"));
    const model = await startScriptedModel({ responder: demoResponder(), models: [DEMO_MODEL] });
    const child = spawn(process.execPath, [file], {
      cwd: folder,
      env: {
        ...(path !== undefined && { PATH: path }),
        PORT: "0",
        MILLRACE_DATA_DIR: join(folder, "data"),
        MILLRACE_WORKSPACE: folder,
        OPENAI_BASE_URL: model.url,
        OPENAI_API_KEY: "none",
        MILLRACE_MODEL: DEMO_MODEL,
        LOG_LEVEL: "warn",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      return new OwnGateway({ url: await listening(child) }, { child, model, folder });
    } catch (error) {
      child.kill("SIGKILL");
      await model.close();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** How often the model was asked about this message. */
  calls(content: string): number {
    return this.#calls.get(content) ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), END_MS);
      await ended;
      clearTimeout(late);
    }
    await this.#model.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function listening(child: ChildProcess): Promise<string> {
  let said = "";
  const started = Promise.withResolvers<string>();
  const fail = (why: string): void => started.reject(new CommandFailure(`the gateway did not start: ${why}`));
  const late = setTimeout(() => fail("it took too long"), START_MS);
  const read = (bytes: Buffer): void => {
    said = (said + bytes.toString()).slice(-2_000);
    const [, url] = /listening on (http:\S+)/u.exec(said) ?? [];
    if (url !== undefined) started.resolve(url);
  };
  child.stdout?.on("data", read);
  child.stderr?.on("data", read);
  child.once("error", ({ message }) => fail(message));
  child.once("exit", () => fail(said.trim().split("\n").at(-1) ?? ""));
  return started.promise.finally(() => clearTimeout(late));
}
