import { describe, expect, it } from "vitest";
import { READ_LENGTH } from "../log-store.ts";
import {
  appendEntries,
  deltas,
  eventsOf,
  expectCover,
  mergedRows,
  type OpenLogStore,
  plain,
  ranges,
  readAll,
  Subject,
  said,
  seed,
  settleRange,
} from "./given.ts";

/** A message, seven deltas of one block, a message: positions 1, 2–8, 9. */
const EVENTS = [said("ask"), ...deltas("a", "b", "c", "d", "e", "f", "g"), said("next", "m2")];

export function describeReadAndSettle(open: OpenLogStore): void {
  describe("read", () => {
    it("begins after the cursor, ends at the limit and at the head", async () => {
      const { store } = await Subject.of(open);
      await seed(store, "a", EVENTS);
      expect(ranges(await store.read("a", 0, 3))).toBe("1 2 3");
      expect(ranges(await store.read("a", 3, 100))).toBe("4 5 6 7 8 9");
      expect(await store.read("a", 9, 100)).toEqual([]);
      expect(await store.read("a", 1_000, 100)).toEqual([]);
      expect(await store.read("none", 0, 100)).toEqual([]);
    });

    it("ends once its rows are long together, with one at least, and goes on from there (F6)", async () => {
      const subject = await Subject.of(open);
      const half = "x".repeat(READ_LENGTH / 2);
      await seed(subject.store, "a", [
        ...deltas(half, half, half, half, half),
        said(`${half}${half}`),
        said("next", "m2"),
      ]);
      await settleRange(subject.store, "a", 2, 3, READ_LENGTH);
      for (const restarted of [false, true]) {
        if (restarted) await subject.reopen();
        const { store } = subject;
        expect(ranges(await store.read("a", 0, 100))).toBe("1 2-3");
        expect(ranges(await store.read("a", 3, 100))).toBe("4 5");
        expect(ranges(await store.read("a", 5, 100))).toBe("6");
        expect(ranges(await store.read("a", 6, 100))).toBe("7");
      }
    });

    it("gives the merged row that a cursor points into (F92)", async () => {
      const subject = await Subject.of(open);
      await seed(subject.store, "a", EVENTS);
      await settleRange(subject.store, "a", 3, 6);
      await subject.reopen();
      for (const after of [2, 3, 4, 5]) {
        expect(ranges(await subject.store.read("a", after, 2))).toBe("3-6 7");
      }
      expect(ranges(await subject.store.read("a", 6, 2))).toBe("7 8");
    });

    it("covers everything after any cursor exactly once, in pages of any size", async () => {
      const { store } = await Subject.of(open);
      await seed(store, "a", EVENTS);
      await settleRange(store, "a", 4, 7);
      for (let after = 0; after <= 9; after += 1) {
        for (const limit of [1, 2, 3, 100]) {
          const rows = [];
          for (let cursor = after; ; ) {
            const page = await store.read("a", cursor, limit);
            expect(page.length).toBeLessThanOrEqual(limit);
            rows.push(...page);
            const last = page.at(-1);
            if (last === undefined) break;
            cursor = last.seq;
          }
          expectCover(rows, after, 9);
        }
      }
    });
  });

  describe("settle", () => {
    it("replaces a block by one row and keeps what is around it, also after a restart", async () => {
      const subject = await Subject.of(open);
      await seed(subject.store, "a", EVENTS);
      await settleRange(subject.store, "a", 2, 8);
      for (const restarted of [false, true]) {
        if (restarted) await subject.reopen();
        expect(ranges(await readAll(subject.store, "a"))).toBe("1 2-8 9");
        expect((await eventsOf(subject.store, "a"))[1]).toMatchObject({
          from: 2,
          seq: 8,
          offset: 0,
          content: "abcdefg",
        });
      }
      expect(await appendEntries(subject.store, "a", { event: said("on") })).toMatchObject([{ row: { seq: 10 } }]);
    });

    it("keeps the order where settled and unsettled rows alternate", async () => {
      const subject = await Subject.of(open);
      await seed(subject.store, "a", EVENTS);
      await settleRange(subject.store, "a", 3, 4);
      await settleRange(subject.store, "a", 6, 7);
      await settleRange(subject.store, "a", 9, 9);
      for (const restarted of [false, true]) {
        if (restarted) await subject.reopen();
        expect(ranges(await readAll(subject.store, "a"))).toBe("1 2 3-4 5 6-7 8 9");
        expect(ranges(await subject.store.read("a", 1, 3))).toBe("2 3-4 5");
        expect(ranges(await subject.store.read("a", 4, 3))).toBe("5 6-7 8");
      }
    });

    it("LOG-3: takes a block in growing pieces, and the whole once more", async () => {
      const { store } = await Subject.of(open);
      await seed(store, "a", EVENTS);
      for (const to of [3, 4, 6, 6, 8]) {
        await settleRange(store, "a", 2, to);
        expectCover(await readAll(store, "a"), 0, 9);
      }
      await settleRange(store, "a", 1, 9);
      await settleRange(store, "a", 1, 9);
      expect(ranges(await readAll(store, "a"))).toBe("1 2-8 9");
      expect((await eventsOf(store, "a"))[1]).toMatchObject({ content: "abcdefg" });
    });

    it("merges rows that were merged before, and keeps pieces below a limit apart", async () => {
      const subject = await Subject.of(open);
      await seed(subject.store, "a", EVENTS);
      await settleRange(subject.store, "a", 2, 8, 2);
      expect(ranges(await readAll(subject.store, "a"))).toBe("1 2-3 4-5 6-7 8 9");
      await subject.reopen();
      await settleRange(subject.store, "a", 4, 8);
      expect(ranges(await readAll(subject.store, "a"))).toBe("1 2-3 4-8 9");
      await settleRange(subject.store, "a", 2, 8);
      expect(ranges(await readAll(subject.store, "a"))).toBe("1 2-8 9");
    });

    it("takes the head, and the next event follows it after a restart", async () => {
      const subject = await Subject.of(open);
      await seed(subject.store, "a", deltas("a", "b", "c"));
      await settleRange(subject.store, "a", 1, 3);
      await subject.reopen();
      expect((await subject.store.sessions.get("a"))?.head).toBe(3);
      expect(await appendEntries(subject.store, "a", { event: said("on") })).toMatchObject([{ row: { seq: 4 } }]);
      expect(ranges(await readAll(subject.store, "a"))).toBe("1-3 4");
    });

    it("leaves other sessions alone", async () => {
      const { store } = await Subject.of(open);
      await seed(store, "a", EVENTS);
      const other = await seed(store, "b", EVENTS);
      await settleRange(store, "a", 1, 9);
      expect(await readAll(store, "b")).toEqual(other);
    });

    it("does nothing without rows or session", async () => {
      const { store } = await Subject.of(open);
      const rows = await seed(store, "a", EVENTS);
      await store.settle("a", []);
      await store.settle("none", rows);
      expect(await readAll(store, "none")).toEqual([]);
      expect(await readAll(store, "a")).toEqual(rows);
    });

    it("MERGE-5: refuses what would leave a hole or show a position twice, and changes nothing (F91)", async () => {
      const { store } = await Subject.of(open);
      const rows = await seed(store, "a", EVENTS);
      const merged = mergedRows("a", rows.slice(3, 6));
      await store.settle("a", merged);
      const before = plain(await readAll(store, "a"));
      expect(ranges(before)).toBe("1 2 3 4-6 7 8 9");
      const row = (from: number, seq: number) => ({ from, seq, body: rows[3]?.body ?? "" });
      const wrong = {
        "cuts a merged row's end off": [row(3, 5)],
        "cuts a merged row's begin off": [row(6, 7)],
        "cuts two halves off": [row(5, 5)],
        "leaves a hole inside": [row(2, 3), row(7, 7)],
        overlaps: [row(2, 3), row(3, 3)],
        "is out of order": [row(3, 3), row(2, 2)],
        "reaches beyond the head": [row(8, 10)],
        "lies beyond the head": [row(10, 11)],
        "begins before the log": [row(0, 1)],
      };
      for (const [name, refused] of Object.entries(wrong)) {
        await expect(store.settle("a", refused), name).rejects.toThrow(RangeError);
        expect(await readAll(store, "a"), name).toEqual(before);
      }
    });
  });
}
