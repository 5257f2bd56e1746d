import type { NewEvent } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import {
  appendEntries,
  appendOne,
  delta,
  deltas,
  eventsOf,
  NEW,
  type OpenLogStore,
  ranges,
  readAll,
  rowsOf,
  Subject,
  said,
  seed,
} from "./given.ts";

export function describeAppend(open: OpenLogStore): void {
  describe("append", () => {
    it("LOG-1: numbers each session's events 1, 2, 3, … across batches, sessions and restarts", async () => {
      const subject = await Subject.of(open);
      const [a, b] = await subject.store.append([
        { session_id: "a", create: NEW, entries: [{ event: said("1") }, { event: said("2") }] },
        { session_id: "b", create: NEW, entries: [{ event: said("1") }] },
      ]);
      expect([ranges(rowsOf(a)), ranges(rowsOf(b))]).toEqual(["1 2", "1"]);
      await subject.reopen();
      const more = await subject.store.append([
        { session_id: "b", entries: [{ event: said("2") }] },
        { session_id: "a", entries: [{ event: said("3") }] },
        { session_id: "b", entries: [{ event: said("3") }] },
      ]);
      expect(more.map((appended) => ranges(rowsOf(appended)))).toEqual(["2", "3", "3"]);
      expect(ranges(await readAll(subject.store, "a"))).toBe("1 2 3");
      expect(ranges(await readAll(subject.store, "b"))).toBe("1 2 3");
    });

    it("answers with the rows that a read gives", async () => {
      const { store } = await Subject.of(open);
      const rows = await seed(store, "a", [said("hello"), delta(0, "x")]);
      expect(await readAll(store, "a")).toEqual(rows);
      expect(JSON.parse(rows[0]?.body ?? "")).toEqual(said("hello"));
    });

    it("makes a session once; `create` is ignored afterwards", async () => {
      const { store } = await Subject.of(open);
      await store.append([{ session_id: "a", create: NEW, entries: [] }]);
      await store.append([{ session_id: "a", create: { ...NEW, title: "Other", user_id: "bob" }, entries: [] }]);
      expect(await store.sessions.get("a")).toMatchObject({ title: "New", user_id: "ann", head: 0, status: "idle" });
      expect(await readAll(store, "a")).toEqual([]);
    });

    it("says that a session is missing and stores the rest of the batch", async () => {
      const { store } = await Subject.of(open);
      const results = await store.append([
        { session_id: "none", entries: [{ event: said("lost"), id: "x" }], summary: { title: "lost" } },
        { session_id: "a", create: NEW, entries: [{ event: said("kept") }] },
      ]);
      expect(results.map((result) => [result.session_id, result.missing])).toEqual([
        ["none", true],
        ["a", false],
      ]);
      expect(await store.sessions.get("none")).toBeNull();
      expect(await readAll(store, "none")).toEqual([]);
      expect(ranges(await readAll(store, "a"))).toBe("1");
    });

    it("answers an empty batch with nothing", async () => {
      const { store } = await Subject.of(open);
      expect(await store.append([])).toEqual([]);
    });

    it("stores an id once and returns its first position: in the batch, later, after a restart, once settled (F41)", async () => {
      const subject = await Subject.of(open);
      await seed(subject.store, "a", [said("before")]);
      const entry = { event: said("hello"), id: "m1" };
      const results = await appendEntries(subject.store, "a", entry, { event: said("between") }, entry);
      expect(results.map((result) => (result.duplicate ? `again ${result.seq}` : result.row.seq))).toEqual([
        2,
        3,
        "again 2",
      ]);
      expect(await appendEntries(subject.store, "a", entry)).toEqual([{ duplicate: true, seq: 2 }]);
      await subject.reopen();
      expect(await appendEntries(subject.store, "a", entry)).toEqual([{ duplicate: true, seq: 2 }]);
      await subject.store.settle("a", await readAll(subject.store, "a"));
      expect(await appendEntries(subject.store, "a", entry)).toEqual([{ duplicate: true, seq: 2 }]);
      expect(ranges(await readAll(subject.store, "a"))).toBe("1 2 3");
    });

    it("keeps ids apart by session and letter case", async () => {
      const { store } = await Subject.of(open);
      await seed(store, "a", []);
      await seed(store, "b", []);
      const event = said("hello");
      for (const [session_id, id] of [
        ["a", "m"],
        ["a", "M"],
        ["b", "m"],
      ] as const) {
        expect(await appendEntries(store, session_id, { event, id })).toMatchObject([{ duplicate: false }]);
      }
    });

    it("stores nothing of a batch that fails: no event, session, id or title", async () => {
      const subject = await Subject.of(open);
      const before = await seed(subject.store, "a", deltas("one", "two"));
      const unwritable = { type: "data", ts: 1, name: "n", value: 1n } as NewEvent;
      await expect(
        subject.store.append([
          { session_id: "new", create: NEW, entries: [{ event: said("lost") }] },
          { session_id: "a", entries: [{ event: said("lost"), id: "m1" }], summary: { title: "lost" } },
          { session_id: "a", entries: [{ event: unwritable }] },
        ]),
      ).rejects.toThrow();
      for (const restarted of [false, true]) {
        if (restarted) await subject.reopen();
        expect(await subject.store.sessions.get("new")).toBeNull();
        expect(await subject.store.sessions.get("a")).toMatchObject({ title: "New", head: 2 });
        expect(await readAll(subject.store, "a")).toEqual(before);
      }
      expect(await appendEntries(subject.store, "a", { event: said("kept"), id: "m1" })).toMatchObject([
        { duplicate: false, row: { seq: 3 } },
      ]);
      expect(await appendOne(subject.store, { session_id: "new", entries: [] })).toMatchObject({ missing: true });
      expect(rowsOf(await appendOne(subject.store, { session_id: "new", create: NEW, entries: [] }))).toEqual([]);
      expect(ranges(await readAll(subject.store, "a"))).toBe("1 2 3");
    });

    const poison: readonly (readonly [string, readonly string[]])[] = [
      ["NUL", ["a\u0000b", "\u0000"]],
      ["lone surrogates", ["\ud800", "x\udfff", "\udc00\ud800"]],
      ["U+2028 and U+2029", ["a\u2028b\u2029c"]],
      ["64 KiB", ["x".repeat(65_536), "汉".repeat(65_536)]],
      ["an emoji at a seam", ["smile \ud83d", "\ude00 done"]],
      ["quotes, controls and markup", ["\"'`\\\n\r\t\u0007</script>%s", "\u007f\ufeff\ufffd\uffff"]],
    ];
    it.each(poison)("LOG-6: keeps %s as it came: fresh, settled and after a restart (F52)", async (_name, pieces) => {
      const subject = await Subject.of(open);
      const text = pieces.join("");
      await seed(subject.store, "a", [said(text), ...deltas(...pieces)]);
      const contents = async (): Promise<unknown[]> =>
        (await eventsOf(subject.store, "a")).map((event) => ("content" in event ? event.content : null));
      expect(await contents()).toEqual([text, ...pieces]);
      await subject.reopen();
      expect(await contents()).toEqual([text, ...pieces]);
      const rows = await readAll(subject.store, "a");
      const merged = { ...delta(0, text) };
      const row = { from: 2, seq: pieces.length + 1, body: JSON.stringify(merged) };
      await subject.store.settle("a", [...rows.slice(0, 1), row]);
      expect(await contents()).toEqual([text, text]);
      await subject.reopen();
      expect(await contents()).toEqual([text, text]);
    });
  });
}
