/**
 * Fills its disk (the parent limits the size of its files), says what it sees, waits for a line that says there is
 * room again, and says what it sees then. One JSON object per line.
 */
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { settle } from "@millrace/protocol";
import { eventOf, rowOfEvent } from "../src/frame.ts";
import type { Entry, Row } from "../src/log-store.ts";
import { StoreError } from "../src/log-store.ts";
import { openSqliteStore } from "../src/sqlite/threaded-store.ts";
import { deltaAt, NEW, textAt } from "./numbered.ts";

const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);
const store = await openSqliteStore(process.argv[2] ?? "");
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

let head = 0;
let offset = 0;

function next(): Entry[] {
  const entries: Entry[] = [];
  let start = offset;
  for (let position = head + 1; position <= head + 50; position += 1) {
    entries.push({ event: deltaAt(position, start) });
    start += textAt(position).length;
  }
  return entries;
}

function stored(entries: readonly Entry[]): void {
  for (const { event } of entries) {
    head += 1;
    if ("content" in event) offset += event.content.length;
  }
}

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return "stored";
  } catch (error) {
    return error instanceof StoreError ? error.code : String(error);
  }
}

const ranges = (rows: readonly Row[]): [number, number][] => rows.map(({ from, seq }) => [from, seq]);
const merged = async (): Promise<Row[]> =>
  settle((await store.read("s0", 0, 1_000_000)).map((row) => eventOf("s0", row))).map(rowOfEvent);

async function report(): Promise<void> {
  const row = await store.sessions.get("s0");
  const { sessions } = await store.sessions.list({ user_id: "u", limit: 5 });
  say({
    head,
    index_head: row?.head,
    title: row?.title,
    sessions: sessions.map(({ session_id }) => session_id),
    rows: ranges(await store.read("s0", 0, 1_000_000)),
  });
}

let code = "stored";
for (let batch = 0; code === "stored" && batch < 100_000; batch += 1) {
  const entries = next();
  code = await codeOf(() => store.append([{ session_id: "s0", create: NEW, entries }]));
  if (code === "stored") stored(entries);
}
const failing = [
  code,
  await codeOf(() =>
    store.append([
      { session_id: "lost", create: NEW, entries: [] },
      { session_id: "s0", entries: next(), summary: { title: "lost" } },
    ]),
  ),
  await codeOf(async () => store.settle("s0", await merged())),
  await codeOf(() => store.sessions.remove("s0")),
];
say({ failing });
await report();

await lines.next();
const entries = next();
const working = [await codeOf(() => store.append([{ session_id: "s0", entries }]))];
stored(entries);
await report();
working.push(await codeOf(async () => store.settle("s0", await merged())));
working.push(await codeOf(() => store.append([{ session_id: "lost", create: NEW, entries: [] }])));
say({ working });
await report();
await store.close();
lines.return?.();
process.stdin.destroy();
