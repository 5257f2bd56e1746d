import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { ROOT } from "./site.ts";

/** A gateway as `npm start` runs it, on a free port. */
export class DocumentedGateway {
  readonly #child: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(env: Readonly<Record<string, string>>): Promise<DocumentedGateway> {
    const child = spawn(process.execPath, [resolve(ROOT, "apps/gateway/src/start.js")], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, PORT: "0", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const url = await new Promise<string>((listening, failed) => {
      let output = "";
      const read = (text: Buffer): void => {
        output += text.toString();
        const [, address] = /listening on (http:\S+)/u.exec(output) ?? [];
        if (address !== undefined) listening(address);
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.once("exit", (code) => failed(new Error(`The gateway ended with ${code}: ${output.slice(-500)}`)));
    });
    return new DocumentedGateway(child, url);
  }

  get host(): string {
    return new URL(this.url).host;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}
