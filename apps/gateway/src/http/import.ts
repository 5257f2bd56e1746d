import type { Request, RequestHandler } from "express";
import type { Limits } from "../limits.ts";
import { Rejection } from "../rejection.ts";
import { Slices } from "../slices.ts";
import { ImportError } from "../transfer/import-error.ts";
import { type Imported, ImportedLog } from "../transfer/imported-log.ts";
import { JsonLines } from "../transfer/json-lines.ts";
import { Lines } from "../transfer/lines.ts";
import { principalOf } from "./authenticated.ts";
import { HttpError } from "./errors.ts";
import type { DoorContext } from "./sessions.ts";

type ImportLimits = Pick<Limits, "import_bytes" | "import_events" | "import_line_bytes" | "queued_messages">;

export interface ImportContext extends Pick<DoorContext, "commands"> {
  readonly limits: ImportLimits;
  readonly ids: () => string;
}

/** Imports at a time: each may hold a file of the greatest length in memory. */
const AT_A_TIME = 2;

/** `POST /sessions/import`: an exported session as a new one. It is stored as a whole, or, where a line is wrong, not at all. */
export function importRoute({ commands, limits, ids }: ImportContext): RequestHandler {
  let reading = 0;
  return async (request, response) => {
    if (request.is("application/x-ndjson") === false || request.get("Content-Encoding") !== undefined)
      throw new HttpError(415, "unsupported_media_type", "Send an exported session as application/x-ndjson.");
    if (Number(request.get("Content-Length") ?? 0) > limits.import_bytes) throw tooLarge(limits);
    if (reading >= AT_A_TIME)
      throw new Rejection("rate_limited", "Other sessions are being imported.", { retry_after_ms: 2_000 });
    reading += 1;
    try {
      const imported = await read(request, new ImportedLog(ids, limits), limits);
      const session = await commands.import(principalOf(response), imported);
      response.status(201).json({ ...session.summary, epoch: session.epoch });
    } finally {
      reading -= 1;
      // The answer is read only by who was listened to.
      request.resume();
    }
  };
}

/** Reads in slices: whatever the file holds, nobody else waits for it. */
async function read(request: Request, log: ImportedLog, limits: ImportLimits): Promise<Imported> {
  const lines = new Lines();
  const json = new JsonLines();
  const slices = new Slices();
  let line = 1;
  let size = 0;
  const take = (bytes: Uint8Array): void => {
    // The first line is no event.
    if (line > limits.import_events + 1) throw tooMany(line, limits);
    if (bytes.length > limits.import_line_bytes) throw tooLong(line, limits);
    const value = json.parse(bytes);
    if (value !== undefined) log.push(value);
  };
  try {
    // The body outlives a refusal: the answer goes out on the same connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limits.import_bytes) throw tooLarge(limits);
      for (const bytes of lines.push(chunk)) {
        take(bytes);
        line += 1;
        if (slices.over) await slices.rest();
      }
      if (lines.length > limits.import_line_bytes) throw tooLong(line, limits);
    }
    if (lines.length > 0) take(lines.rest());
    await slices.rest();
    return log.end();
  } catch (error) {
    if (error instanceof ImportError) throw new Rejection("bad_request", `Line ${line}: ${error.message}`);
    throw error;
  }
}

function tooLarge({ import_bytes }: ImportLimits): Rejection {
  return new Rejection("too_large", `The session is larger than ${import_bytes} bytes.`);
}

function tooMany(line: number, { import_events }: ImportLimits): Rejection {
  return new Rejection("too_large", `Line ${line}: The session has more than ${import_events} events.`);
}

function tooLong(line: number, { import_line_bytes }: ImportLimits): Rejection {
  return new Rejection("too_large", `Line ${line}: It is longer than ${import_line_bytes} bytes.`);
}
