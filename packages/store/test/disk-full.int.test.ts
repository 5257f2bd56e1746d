import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { eventOf } from "../src/frame.ts";
import { SqliteStore } from "../src/sqlite/sqlite-store.ts";
import { Child, temporaryFolder } from "./child.ts";
import { textOf } from "./numbered.ts";

interface Report {
  head: number;
  index_head: number;
  title: string;
  sessions: string[];
  rows: [from: number, seq: number][];
}

/** Part of util-linux: sets how large a process's files may grow. */
const PRLIMIT = "prlimit";
const limitable = spawnSync(PRLIMIT, ["--version"]).status === 0;

describe.skipIf(!limitable)("a full disk", () => {
  it("is told as `full`, leaves reads and what is stored alone, and is over when there is room (F49)", async () => {
    const folder = temporaryFolder();
    const child = new Child("disk-filler.ts", [folder], [PRLIMIT, "--fsize=600000:unlimited", "--"]);
    const answer = async <T>(index: number): Promise<T> => JSON.parse(await child.line(index)) as T;

    expect(await answer(0)).toEqual({ failing: ["full", "full", "full", "full"] });
    const full = await answer<Report>(1);
    expect(full.head).toBeGreaterThan(500);
    const expected = { head: full.head, index_head: full.head, title: "t", sessions: ["s0"] };
    const singles = (head: number): [number, number][] => Array.from({ length: head }, (_, at) => [at + 1, at + 1]);
    expect(full).toEqual({ ...expected, rows: singles(full.head) });

    expect(spawnSync(PRLIMIT, ["--pid", `${child.pid}`, "--fsize=unlimited:unlimited"]).status).toBe(0);
    child.tell("room");
    const head = full.head + 50;
    expect(await answer(2)).toEqual({ ...expected, head, index_head: head, rows: singles(head) });
    expect(await answer(3)).toEqual({ working: ["stored", "stored", "stored"] });
    const last = await answer<Report>(4);
    expect(last).toMatchObject({ head, index_head: head, title: "t", sessions: ["lost", "s0"] });
    expect(await child.end()).toBe(0);

    const store = new SqliteStore(folder);
    const rows = await store.read("s0", 0, 1_000_000);
    expect(rows.map(({ from, seq }) => [from, seq])).toEqual(last.rows);
    const content = rows.map((row) => eventOf("s0", row)).map((event) => ("content" in event ? event.content : ""));
    expect(content.join("")).toBe(textOf(1, head));
    await store.close();
  });
});
