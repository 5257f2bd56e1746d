import { defineTool, type Tool } from "@millrace/agent";
import type { Action } from "@millrace/scripted-model";
import { z } from "zod";

/** A point that a script or a tool waits at until the test opens it. */
export class Gate {
  readonly #opened = Promise.withResolvers<void>();
  readonly #reached = Promise.withResolvers<void>();

  /** Resolves when somebody waits here. */
  get reached(): Promise<void> {
    return this.#reached.promise;
  }

  open(): void {
    this.#opened.resolve();
  }

  /** Waits for the test, or for the other side to leave. */
  async pass(signal?: AbortSignal): Promise<void> {
    this.#reached.resolve();
    const left = new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.race([this.#opened.promise, left]);
  }
}

/** A script that says its parts and waits at a gate between each two. */
export async function* gated(parts: readonly (Action | Gate)[], signal: AbortSignal): AsyncGenerator<Action> {
  for (const part of parts) {
    if (part instanceof Gate) await part.pass(signal);
    else yield part;
  }
}

/** A tool that waits at a gate, whose abort a test can see. */
export function holdingTool(gate: Gate): { tool: Tool; aborted: () => boolean; calls: () => number } {
  let aborted = false;
  let calls = 0;
  const tool = defineTool({
    name: "hold",
    description: "Waits until it is let go.",
    parameters: z.object({ say: z.string().optional() }),
    execute: async ({ say }, { signal, output }) => {
      calls += 1;
      if (say !== undefined) output(say);
      await gate.pass(signal);
      aborted = signal.aborted;
      if (aborted) throw new Error("aborted");
      return { content: "held" };
    },
  });
  return { tool: tool as Tool, aborted: () => aborted, calls: () => calls };
}
