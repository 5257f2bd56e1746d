import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eventOf } from "../src/frame.ts";
import type { Row } from "../src/log-store.ts";
import { SqliteStore } from "../src/sqlite/sqlite-store.ts";
import { Child, temporaryFolder } from "./child.ts";
import { SESSIONS, textOf } from "./numbered.ts";

interface Promised {
  /** The heads of all sessions after the last batch that was stored, and after the one that may have been. */
  stored: number[];
  begun: number[];
  settled: { session_id: string; from: number; to: number; rows: number }[];
}

/** What a killed writer said. */
function promised(lines: readonly string[], before: number[]): Promised {
  const said: Promised = { stored: before, begun: before, settled: [] };
  for (const line of lines) {
    const [kind, ...words] = line.split(" ");
    if (kind === "b") said.begun = words.map(Number);
    if (kind === "a") said.stored = words.map(Number);
    const [session_id = "", from, to, rows] = words;
    if (kind === "s") said.settled.push({ session_id, from: Number(from), to: Number(to), rows: Number(rows) });
  }
  return said;
}

async function headsOf(store: SqliteStore): Promise<number[]> {
  const rows = await Promise.all(SESSIONS.map((session_id) => store.sessions.get(session_id)));
  return rows.map((row) => row?.head ?? 0);
}

async function readAll(store: SqliteStore, session_id: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const page = await store.read(session_id, rows.at(-1)?.seq ?? 0, 1_000);
    if (page.length === 0) return rows;
    rows.push(...page);
  }
}

describe("kill -9", () => {
  it("LOG-1 MERGE-5: at any moment of append and settle loses nothing that was stored: no hole, nothing twice (F23, F91)", async () => {
    const folder = temporaryFolder();
    let heads = SESSIONS.map(() => 0);
    let settles = 0;
    for (let round = 0; round < 20; round += 1) {
      const child = new Child("writer.ts", [folder]);
      await child.line(2);
      await sleep(Math.random() * 120);
      expect(await child.kill()).toBe("SIGKILL");

      const { stored, begun, settled } = promised(child.lines, heads);
      settles += settled.length;
      const store = new SqliteStore(folder);
      heads = await headsOf(store);
      expect([stored, begun], "a batch is stored as a whole").toContainEqual(heads);
      for (const [index, session_id] of SESSIONS.entries()) {
        const rows = await readAll(store, session_id);
        let covered = 0;
        let offset = 0;
        for (const row of rows) {
          expect(row.from).toBe(covered + 1);
          const content = textOf(row.from, row.seq);
          expect(eventOf(session_id, row)).toMatchObject({ content, offset });
          covered = row.seq;
          offset += content.length;
        }
        expect(covered).toBe(heads[index]);
        for (const range of settled.filter((candidate) => candidate.session_id === session_id)) {
          const inside = rows.filter((row) => row.seq >= range.from && row.from <= range.to);
          expect(inside.length).toBeLessThanOrEqual(range.rows);
        }
      }
      await store.close();
    }
    expect(settles).toBeGreaterThan(20);
  });

  it("during the first boot leaves a folder that the next boot can use (F54)", async () => {
    for (let round = 0; round < 12; round += 1) {
      const folder = temporaryFolder();
      const child = new Child("writer.ts", [folder]);
      await child.line(0);
      await sleep(Math.random() * 12);
      await child.kill();
      const store = new SqliteStore(folder);
      const { stored, begun } = promised(child.lines, [0, 0, 0]);
      expect([stored, begun]).toContainEqual(await headsOf(store));
      await store.append([
        {
          session_id: "own",
          create: { user_id: "u", title: "t", epoch: "e", created_at: 1 },
          entries: [{ event: { type: "session_updated", ts: 1 } }],
        },
      ]);
      expect((await store.read("own", 0, 5)).length).toBe(1);
      await store.close();
    }
  });
});

describe("a second process", () => {
  it("is refused and told why; the folder is free when the first one ends or is killed (F50)", async () => {
    const folder = temporaryFolder();
    const inUse = `The data folder ${folder} is in use by another gateway.`;
    for (const leave of ["end", "kill"] as const) {
      const first = new Child("holder.ts", [folder]);
      expect(await first.line(0)).toBe("open");
      expect(() => new SqliteStore(folder)).toThrow(expect.objectContaining({ code: "in_use", message: inUse }));
      const second = new Child("holder.ts", [folder]);
      expect(await second.line(0)).toBe(`in_use: ${inUse}`);
      expect(await second.end()).toBe(0);
      expect(await first[leave]()).toBe(leave === "end" ? 0 : "SIGKILL");
      await new SqliteStore(folder).close();
    }
  });

  it("is refused by a store that was asked for twice in its own process (F50)", async () => {
    const folder = temporaryFolder();
    const store = new SqliteStore(folder);
    expect(() => new SqliteStore(folder)).toThrow(/in use/);
    const second = new Child("holder.ts", [folder]);
    expect(await second.line(0)).toMatch(/^in_use: /);
    await store.close();
    const third = new Child("holder.ts", [folder]);
    expect(await third.line(0)).toBe("open");
    expect(await third.end()).toBe(0);
  });
});
