import type { Request, RequestHandler } from "express";
import type { Limits } from "../limits.ts";
import { Rejection } from "../rejection.ts";
import { ImportError, type Imported, ImportedLog } from "../transfer/imported-log.ts";
import { principalOf } from "./authenticated.ts";
import { HttpError } from "./errors.ts";
import type { DoorContext } from "./sessions.ts";

export interface ImportContext extends Pick<DoorContext, "commands"> {
  readonly limits: Pick<Limits, "import_bytes">;
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
      const imported = await read(request, new ImportedLog(ids), limits);
      const session = await commands.import(principalOf(response), imported);
      response.status(201).json({ ...session.summary, epoch: session.epoch });
    } finally {
      reading -= 1;
      // The answer is read only by who was listened to.
      request.resume();
    }
  };
}

async function read(request: Request, log: ImportedLog, limits: Pick<Limits, "import_bytes">): Promise<Imported> {
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  let line = 0;
  try {
    for await (const bytes of linesOf(request, limits)) {
      line += 1;
      const text = utf8.decode(bytes);
      if (text.trim() !== "") log.push(JSON.parse(text));
    }
    return log.end();
  } catch (error) {
    if (error instanceof ImportError) throw new Rejection("bad_request", `Line ${line}: ${error.message}`);
    if (error instanceof SyntaxError) throw new Rejection("bad_request", `Line ${line}: This is not JSON.`);
    if (error instanceof TypeError) throw new Rejection("bad_request", `Line ${line}: This is not UTF-8.`);
    throw error;
  }
}

/** The lines of a body as they come. */
async function* linesOf(request: Request, limits: Pick<Limits, "import_bytes">): AsyncGenerator<Uint8Array> {
  let size = 0;
  let held: Uint8Array[] = [];
  // The body outlives a refusal: the answer goes out on the same connection.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limits.import_bytes) throw tooLarge(limits);
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
      yield Buffer.concat([...held, chunk.subarray(begin, end)]);
      held = [];
      begin = end + 1;
    }
    held.push(chunk.subarray(begin));
  }
  yield Buffer.concat(held);
}

const NEWLINE = 10;

function tooLarge({ import_bytes }: Pick<Limits, "import_bytes">): Rejection {
  return new Rejection("too_large", `The session is larger than ${import_bytes} bytes.`);
}
