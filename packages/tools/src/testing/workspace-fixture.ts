import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Tool, ToolContext, ToolOutput } from "@millrace/agent";
import type { Workspace } from "../workspace.ts";

/** A workspace in a folder of its own, beside files that must stay out of reach. `using` removes it. */
export class WorkspaceFixture implements Workspace {
  readonly base: string = realpathSync(mkdtempSync(join(tmpdir(), "millrace-tools-")));
  readonly folder: string = join(this.base, "workspace");
  protected_paths: string[] = [];

  constructor() {
    mkdirSync(this.folder);
    this.put("../outside.txt", "OUTSIDE");
    this.put("../workspace-2/a.txt", "OUTSIDE");
  }

  at(path: string): string {
    return join(this.folder, path);
  }

  put(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), content);
  }

  read(path: string): string {
    return readFileSync(this.at(path), "utf8");
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    symlinkSync(target, this.at(path));
  }

  [Symbol.dispose](): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}

/** Runs a tool as the agent would: arguments go through its schema. */
export async function use(tool: Tool, args: object, context: Partial<ToolContext> = {}): Promise<ToolOutput> {
  return tool.execute(tool.parameters.parse(args), { ...nobody(), ...context });
}

function nobody(): ToolContext {
  return {
    signal: new AbortController().signal,
    tool_call_id: "c1",
    output: () => {},
    ask: () => Promise.reject(new Error("Nobody can be asked.")),
    delegate: () => Promise.reject(new Error("There is no agent.")),
  };
}
