import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { expectNoSecret, expectNoSecretIn, SUITE_SECRETS } from "../../apps/gateway/test/suite-canaries.ts";

const ROOT = resolve(import.meta.dirname, "../..");

export interface GatewayOptions {
  readonly data_dir: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A gateway as people run it: a process of its own, which can be killed and started again on the same data.
 * It holds the secrets of the suite, and has told none when it is killed.
 */
export class GatewayProcess {
  readonly #options: GatewayOptions;
  #child: ChildProcess | null = null;
  url = "";
  /** Everything the process wrote, for a test that fails. */
  output = "";

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  static async start(options: GatewayOptions): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(options);
    await gateway.start();
    return gateway;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const { data_dir, port = 0, env = {} } = this.#options;
    const { OPENAI_API_KEY, AWS_SECRET_ACCESS_KEY } = SUITE_SECRETS;
    // A key without a model is a mistake in the settings.
    const secrets = { ...(env.MILLRACE_MODEL !== undefined && { OPENAI_API_KEY }), AWS_SECRET_ACCESS_KEY };
    const own = { PATH: process.env.PATH, PORT: String(port), MILLRACE_DATA_DIR: data_dir, LOG_LEVEL: "warn" };
    const child = spawn(process.execPath, [resolve(ROOT, "apps/gateway/src/start.js")], {
      cwd: ROOT,
      env: { ...own, ...env, ...secrets },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.url = await new Promise<string>((listening, failed) => {
      const read = (chunk: Buffer): void => {
        this.output += chunk.toString();
        const line = /listening on (http:\S+)/.exec(this.output.slice(-2_000));
        if (line?.[1] !== undefined) listening(line[1]);
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.once("exit", (code) => failed(new Error(`The gateway ended with ${code}: ${this.output.slice(-500)}`)));
    });
    this.output = this.output.replace("listening on", "listened on");
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves when the process has ended, by itself or by a signal. */
  async ended(): Promise<void> {
    const child = this.#child;
    if (child !== null && child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<number | null> {
    const code = await this.#end(signal);
    expectNoSecret("the output", this.output);
    expectNoSecretIn(this.#options.data_dir);
    return code;
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exit = once(child, "exit");
    child.kill(signal);
    const [code] = await exit;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** A free port below the range that outgoing connections use, so that nothing takes it between two starts. */
export async function freePort(random: () => number = Math.random): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(random() * 10_000);
    const server = createServer();
    const free = await new Promise<boolean>((done) => {
      server.once("error", () => done(false));
      server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
    });
    if (free) return port;
  }
}
