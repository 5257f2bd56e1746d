import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { RecordArguments } from "../arguments.ts";
import { CommandFailure } from "../failure.ts";
import { Recorder } from "./recorded-line.ts";

export interface RecordProcess {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Asks a provider once and writes its stream as it comes. Neither the request nor any header is kept. */
export async function record(asked: RecordArguments, { stdout, stderr }: RecordProcess): Promise<number> {
  const began = performance.now();
  const response = await ask(asked);
  const recorder = new Recorder();
  const keep = (line: string | null): void => {
    if (line !== null) stdout.write(`${line}\n`);
  };
  try {
    const lines = createInterface({ input: Readable.fromWeb(response.body as ReadableStream) });
    for await (const line of lines) keep(recorder.line(line, performance.now() - began));
  } catch (cause) {
    throw new CommandFailure("the stream broke off; what came is written", { cause });
  } finally {
    keep(recorder.end(performance.now() - began));
  }
  if (recorder.lines === 0) throw new CommandFailure("the answer was no event stream with chunks");
  if (recorder.unreadable > 0) stderr.write(`millrace: ${recorder.unreadable} chunks were no JSON and are left out\n`);
  if (!recorder.ended) stderr.write("millrace: the stream ended without [DONE]\n");
  return 0;
}

async function ask({ base_url, model, prompt, system, api_key }: RecordArguments): Promise<Response> {
  const messages = [
    ...(system === undefined ? [] : [{ role: "system", content: system }]),
    { role: "user", content: prompt },
  ];
  const request = {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream",
      ...(api_key !== undefined && { authorization: `Bearer ${api_key}` }),
    },
    body: JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true } }),
  };
  const response = await fetch(`${base_url}/chat/completions`, request).catch((cause: unknown) => {
    throw new CommandFailure(`nothing answers at ${base_url}`, { cause });
  });
  if (response.ok && response.body !== null) return response;
  const said = plain(await response.text().catch(() => ""), api_key).slice(0, 300);
  throw new CommandFailure(`the provider answered ${response.status}${said === "" ? "" : `: ${said}`}`);
}

/** One line without the key, which some providers repeat, and without anything that steers a terminal. */
function plain(text: string, api_key: string | undefined): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return api_key === undefined || api_key === "" ? line : line.replaceAll(api_key, "[key]");
}
