import { parentPort, workerData } from "node:worker_threads";
import { StoreError } from "../log-store.ts";
import { unpack } from "./packed-batch.ts";
import { SqliteStore } from "./sqlite-store.ts";
import type { CallMessage, Failure, ReplyMessage, ThreadCalls } from "./thread-calls.ts";

/** The thread that holds the file. It ends when its store is closed. */

const port = parentPort;
if (port === null) throw new Error("This is a thread's program.");

const reply = (message: ReplyMessage): void => port.postMessage(message);

try {
  const store = new SqliteStore((workerData as { folder: string }).folder);
  const calls = callsOf(store);
  port.on("message", async ({ id, call, args }: CallMessage) => {
    try {
      const perform = calls[call] as (...given: readonly unknown[]) => unknown;
      reply({ id, value: await perform(...args) });
    } catch (error) {
      reply({ id, failure: failureOf(error) });
    }
    if (call === "close") port.close();
  });
  reply({ id: 0, value: null });
} catch (error) {
  reply({ id: 0, failure: failureOf(error) });
  port.close();
}

function callsOf(store: SqliteStore): ThreadCalls {
  const { sessions } = store;
  return {
    append: (batch) => store.appendWritten(unpack(batch)),
    read: (session_id, after, limit) => store.read(session_id, after, limit),
    settle: (session_id, rows) => store.settle(session_id, rows),
    get: (session_id) => sessions.get(session_id),
    list: (query) => sessions.list(query),
    unfinished: () => sessions.unfinished(),
    remove: (session_id) => sessions.remove(session_id),
    backup: (file) => store.backup(file),
    close: () => store.close(),
  };
}

function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StoreError) return { kind: "store", code: error.code, message };
  return { kind: error instanceof RangeError ? "range" : "other", message };
}
