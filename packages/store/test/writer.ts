/**
 * Appends to three sessions and settles them without end. Says which heads a batch will bring (`b`), which are stored
 * (`a`), and what is settled (`s`).
 */
import { writeSync } from "node:fs";
import { settle } from "@millrace/protocol";
import { eventOf, rowOfEvent } from "../src/frame.ts";
import { openSqliteStore } from "../src/sqlite/threaded-store.ts";
import { deltaAt, NEW, SESSIONS, textAt, textOf } from "./numbered.ts";

const say = (line: string): void => void writeSync(1, `${line}\n`);

say("opening");
const store = await openSqliteStore(process.argv[2] ?? "");
say("open");

const writers = await Promise.all(
  SESSIONS.map(async (session_id) => {
    const head = (await store.sessions.get(session_id))?.head ?? 0;
    return { session_id, head, offset: textOf(1, head).length, settled: head };
  }),
);

for (;;) {
  const batch = writers.map((writer) => {
    const entries = [];
    for (let left = Math.ceil(Math.random() * 40); left > 0; left -= 1) {
      writer.head += 1;
      entries.push({ event: deltaAt(writer.head, writer.offset) });
      writer.offset += textAt(writer.head).length;
    }
    return { session_id: writer.session_id, create: NEW, entries };
  });
  const heads = writers.map(({ head }) => head).join(" ");
  say(`b ${heads}`);
  await store.append(batch);
  say(`a ${heads}`);
  for (const writer of writers) {
    if (Math.random() < 0.7) continue;
    const { session_id, settled, head } = writer;
    const rows = await store.read(session_id, settled, 100_000);
    const merged = settle(rows.map((row) => eventOf(session_id, row))).map(rowOfEvent);
    await store.settle(session_id, merged);
    say(`s ${session_id} ${settled + 1} ${head} ${merged.length}`);
    if (Math.random() < 0.3) writer.settled = head;
  }
  await new Promise((resolve) => setImmediate(resolve));
}
