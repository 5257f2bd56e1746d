import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Event } from "@millrace/protocol";
import type { Limits } from "../src/index.ts";
import { HttpClient } from "./http-client.ts";
import { expectNoSecret, expectNoSecretIn, SUITE_SECRETS } from "./suite-canaries.ts";
import { Viewer, type ViewerOptions } from "./viewer.ts";
import { eventually, within } from "./within.ts";

const MAIN = resolve(import.meta.dirname, "../src/main.ts");
const WITH_TOOLS = resolve(import.meta.dirname, "main-with-tools.ts");

export interface ChildOptions {
  readonly data_dir: string;
  /** Where the model is. */
  readonly model: { readonly url: string };
  readonly limits?: Partial<Limits>;
  readonly env?: Record<string, string>;
  /** Starts the gateway with the test's tools instead of its own. */
  readonly tools?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that may or may not become a gateway. It holds the secrets of the suite, and has told none when it ends. */
export class GatewayProcess {
  readonly child: ChildProcess;
  readonly exit: Promise<Exit>;
  stdout = "";
  stderr = "";

  constructor(entry: string, env: Record<string, string>) {
    const { PATH = "", HOME = "" } = process.env;
    const { AWS_SECRET_ACCESS_KEY } = SUITE_SECRETS;
    const whole = { PATH, HOME, AWS_SECRET_ACCESS_KEY, ...env };
    this.child = spawn(process.execPath, [entry], { env: whole, stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    const closed = new Promise<Exit>((done) => this.child.on("close", (code, signal) => done({ code, signal })));
    this.exit = closed.then((exit) => {
      expectNoSecret("the output", this.stdout + this.stderr);
      if (env.MILLRACE_DATA_DIR !== undefined) expectNoSecretIn(env.MILLRACE_DATA_DIR);
      return exit;
    });
  }

  /** `main.ts` with these variables and no others. */
  static main(env: Record<string, string>): GatewayProcess {
    return new GatewayProcess(MAIN, env);
  }

  async kill(signal: NodeJS.Signals, ms?: number): Promise<Exit> {
    this.child.kill(signal);
    return within(this.exit, () => `the end after ${signal}; ${this.stderr}`, ms);
  }
}

/** A gateway in a process of its own, which can be killed. */
export class ChildGateway implements AsyncDisposable {
  readonly process: GatewayProcess;
  readonly port: number;
  readonly http: HttpClient;

  private constructor(started: GatewayProcess, port: number) {
    this.process = started;
    this.port = port;
    this.http = new HttpClient(port);
  }

  /** Resolves when it listens. */
  static async start({ data_dir, model, limits, env = {}, tools = false }: ChildOptions): Promise<ChildGateway> {
    const started = new GatewayProcess(tools ? WITH_TOOLS : MAIN, {
      PORT: "0",
      MILLRACE_DATA_DIR: data_dir,
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: SUITE_SECRETS.OPENAI_API_KEY,
      MILLRACE_MODEL: "scripted",
      ...(limits === undefined ? {} : { MILLRACE_LIMITS: JSON.stringify(limits) }),
      ...env,
    });
    const gone = started.exit.then(({ code }) => {
      throw new Error(`The gateway ended with ${code}: ${started.stderr}`);
    });
    const listening = /^listening on http:\/\/127\.0\.0\.1:(\d+)$/m;
    await Promise.race([eventually(() => listening.test(started.stdout), "the gateway to listen", 20_000), gone]);
    gone.catch(() => {});
    return new ChildGateway(started, Number(listening.exec(started.stdout)?.[1]));
  }

  async connect(options?: ViewerOptions): Promise<Viewer> {
    const viewer = new Viewer(`ws://127.0.0.1:${this.port}/api/v1/ws`, options);
    await viewer.frame("welcome");
    return viewer;
  }

  async events(session_id: string): Promise<Event[]> {
    return (await this.http.get(`/api/v1/sessions/${session_id}/events`)).json as Event[];
  }

  kill(signal: NodeJS.Signals = "SIGKILL", ms?: number): Promise<Exit> {
    return this.process.kill(signal, ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** A folder that is gone when the test is. */
export class Folder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "millrace-process-"));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
