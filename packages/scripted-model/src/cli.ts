#!/usr/bin/env node
import { parseArgs } from "node:util";
import { DEMO_MODEL, demoResponder } from "./demo/demo.ts";
import { recordingResponder } from "./recording.ts";
import { type ScriptedModelOptions, startScriptedModel } from "./server.ts";

const USAGE = "usage: scripted-model [--port 8100] [--demo [--pace MS] | --recording FILE [--fast]]";

class UsageError extends Error {}

/** Throws UsageError where the arguments make no sense, and the recording's own error where it cannot be read. */
function readArguments(args: readonly string[]): ScriptedModelOptions {
  const { port, demo, recording, fast, pace } = parse(args);
  if (demo === true && recording !== undefined) {
    throw new UsageError("--demo and --recording exclude each other");
  }
  if (recording === undefined) {
    if (fast === true) {
      throw new UsageError("--fast belongs to --recording");
    }
    const options = pace === undefined ? {} : { pace: numberIn(pace, "--pace", 60_000) };
    return { port: portIn(port), responder: demoResponder(options), models: [DEMO_MODEL] };
  }
  if (pace !== undefined) {
    throw new UsageError("--pace belongs to --demo");
  }
  return { port: portIn(port), responder: recordingResponder(recording, { timing: fast === true ? "fast" : "own" }) };
}

function parse(args: readonly string[]): {
  port?: string;
  demo?: boolean;
  recording?: string;
  fast?: boolean;
  pace?: string;
} {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        demo: { type: "boolean" },
        recording: { type: "string" },
        fast: { type: "boolean" },
        pace: { type: "string" },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function portIn(text: string | undefined): number {
  return text === undefined ? 8100 : numberIn(text, "--port", 65_535);
}

function numberIn(text: string, name: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/u.test(text) || value > max) {
    throw new UsageError(`${name} must be a whole number from 0 to ${max}`);
  }
  return value;
}

function complain(error: unknown): void {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\s+/gu, " ");
  console.error(`scripted-model: ${message}${error instanceof UsageError ? ` (${USAGE})` : ""}`);
}

try {
  const options = readArguments(process.argv.slice(2));
  const model = await startScriptedModel(options);
  const stop = (): void => {
    model.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  console.log(`scripted-model listening on ${model.url}`);
} catch (error) {
  complain(error);
  process.exitCode = 2;
}
