#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { readArguments, UsageError } from "./arguments.ts";
import { chat } from "./chat/chat.ts";
import { demo } from "./demo.ts";
import { CommandFailure } from "./failure.ts";
import { startGateway } from "./gateway.ts";
import { record } from "./record/record.ts";
import { USAGE } from "./usage.ts";
import { verify } from "./verify/verify.ts";

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof CommandFailure)) throw error;
  process.stderr.write(`millrace: ${error.message}\n`);
  if (error instanceof UsageError) process.stderr.write("Try `millrace help`.\n");
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function run(): Promise<number> {
  const asked = readArguments(process.argv.slice(2), process.env);
  switch (asked.command) {
    case "help":
      process.stdout.write(USAGE);
      return 0;
    case "version":
      process.stdout.write(`${version()}\n`);
      return 0;
    case "gateway":
      return startGateway();
    case "chat":
      return chat(asked, process);
    case "record":
      return record(asked, process);
    case "demo":
      return demo(asked, process);
    case "verify":
      return verify(asked, process);
  }
}

/** Of the package, which lies beside this file when it is installed and above it in a checkout. */
function version(): string {
  for (const place of ["./package.json", "../package.json"]) {
    try {
      return (JSON.parse(readFileSync(new URL(place, import.meta.url), "utf8")) as { version: string }).version;
    } catch {
      // The other place then.
    }
  }
  return "unknown";
}
