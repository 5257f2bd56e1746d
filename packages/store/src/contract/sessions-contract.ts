import { describe, expect, it } from "vitest";
import type { LogStore, SessionQuery } from "../log-store.ts";
import {
  answered,
  appendOne,
  delta,
  deltas,
  NEW,
  type OpenLogStore,
  printed,
  ranges,
  readAll,
  Subject,
  said,
  seed,
  settleRange,
} from "./given.ts";

async function pages(store: LogStore, query: SessionQuery): Promise<string[][]> {
  const found: string[][] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await store.sessions.list({ ...query, ...(cursor === null ? {} : { cursor }) });
    found.push(page.sessions.map((session) => session.session_id));
    if (page.next === null) return found;
    cursor = page.next;
  }
}

async function make(store: LogStore, session_id: string, updated_at: number, user_id = "ann"): Promise<void> {
  const create = { ...NEW, user_id, created_at: updated_at };
  await store.append([{ session_id, create, entries: [] }]);
}

export function describeSessions(open: OpenLogStore): void {
  describe("the sessions' index", () => {
    it("keeps a session's row with its events, also after a restart", async () => {
      const subject = await Subject.of(open);
      expect(await subject.store.sessions.get("a")).toBeNull();
      await seed(subject.store, "a", [said("hello")]);
      const row = {
        ...NEW,
        session_id: "a",
        model: null,
        status: "idle",
        head: 1,
        updated_at: NEW.created_at,
      };
      expect({ ...(await subject.store.sessions.get("a")) }).toEqual(row);
      await appendOne(subject.store, {
        session_id: "a",
        entries: [{ event: said("more") }],
        summary: { title: "Named", model: "large", status: "running", updated_at: 2_000 },
      });
      await appendOne(subject.store, { session_id: "a", entries: [], summary: { status: "waiting" } });
      const patched = { ...row, title: "Named", model: "large", status: "waiting", head: 2, updated_at: 2_000 };
      for (const restarted of [false, true]) {
        if (restarted) await subject.reopen();
        expect({ ...(await subject.store.sessions.get("a")) }).toEqual(patched);
        expect((await subject.store.sessions.list({ user_id: "ann", limit: 5 })).sessions).toEqual([patched]);
      }
    });

    it("keeps an epoch for each session", async () => {
      const subject = await Subject.of(open);
      await subject.store.append([
        { session_id: "a", create: { ...NEW, epoch: "one" }, entries: [] },
        { session_id: "b", create: { ...NEW, epoch: "two" }, entries: [] },
      ]);
      await subject.reopen();
      expect((await subject.store.sessions.get("a"))?.epoch).toBe("one");
      expect((await subject.store.sessions.get("b"))?.epoch).toBe("two");
    });

    it("lists a user's own sessions, the last updated first", async () => {
      const { store } = await Subject.of(open);
      for (const [id, at] of Object.entries({ old: 10, new: 30, mid: 20 })) await make(store, id, at);
      await make(store, "theirs", 40, "bob");
      expect(await pages(store, { user_id: "ann", limit: 10 })).toEqual([["new", "mid", "old"]]);
      await appendOne(store, { session_id: "old", entries: [], summary: { updated_at: 50 } });
      expect(await pages(store, { user_id: "ann", limit: 10 })).toEqual([["old", "new", "mid"]]);
      expect(await pages(store, { user_id: "nobody", limit: 10 })).toEqual([[]]);
    });

    it("pages without holes or repeats, even where all were updated at once", async () => {
      const subject = await Subject.of(open);
      const ids = Array.from({ length: 7 }, (_, index) => `s${index}`);
      for (const id of ids) await make(subject.store, id, id === "s3" ? 9 : 10);
      await subject.store.sessions.remove("s5");
      await make(subject.store, "s7", 10);
      await subject.reopen();
      const expected = ["s0", "s1", "s2", "s3", "s4", "s6", "s7"];
      for (const limit of [1, 2, 3, 7, 8]) {
        const found = await pages(subject.store, { user_id: "ann", limit });
        expect(found.flat().toSorted()).toEqual(expected);
        expect(found.flat().at(-1)).toBe("s3");
        expect(found.length).toBe(Math.ceil(7 / limit));
      }
    });

    it("pages on while sessions come and go", async () => {
      const { store } = await Subject.of(open);
      for (const id of ["s0", "s1", "s2", "s3"]) await make(store, id, 10);
      const first = await store.sessions.list({ user_id: "ann", limit: 2 });
      await make(store, "late", 10);
      await make(store, "later", 11);
      await store.sessions.remove(first.sessions[1]?.session_id ?? "");
      const second = await store.sessions.list({ user_id: "ann", limit: 2, cursor: first.next ?? "" });
      expect([...first.sessions, ...second.sessions].map((session) => session.session_id).toSorted()).toEqual([
        "s0",
        "s1",
        "s2",
        "s3",
      ]);
      expect(second.next).toBeNull();
    });

    it("takes a cursor that is not its own for none", async () => {
      const { store } = await Subject.of(open);
      await make(store, "a", 10);
      for (const cursor of ["", "x", "1", "-1.5", "1.2.3", "' OR 1=1 --", "9".repeat(400)]) {
        const { sessions } = await store.sessions.list({ user_id: "ann", limit: 5, cursor });
        expect(sessions.map((session) => session.session_id)).toEqual(["a"]);
      }
    });

    it("finds titles, what people said and final answers, and nothing else", async () => {
      const subject = await Subject.of(open);
      await seed(subject.store, "said", [said("Where is the Aqueduct?")]);
      await seed(subject.store, "answered", [said("x"), ...deltas("In Segovia"), answered("In Segovia, of course.")]);
      await seed(subject.store, "streamed", [...deltas("aqueduct", " of segovia"), printed("aqueduct segovia")]);
      await seed(subject.store, "titled", []);
      await appendOne(subject.store, { session_id: "titled", entries: [], summary: { title: "AQUEDUCTS" } });
      await settleRange(subject.store, "answered", 1, 3);
      const find = async (q: string): Promise<string[]> =>
        (await pages(subject.store, { user_id: "ann", limit: 1, q })).flat().toSorted();
      for (const restarted of [false, true]) {
        if (restarted) await subject.reopen();
        expect(await find("aqueduct")).toEqual(["said", "titled"]);
        expect(await find("SEGOVIA")).toEqual(["answered"]);
        expect(await find("zebra")).toEqual([]);
        expect(await find("user_message")).toEqual([]);
        expect(await find("")).toEqual(["answered", "said", "streamed", "titled"]);
      }
      expect(await pages(subject.store, { user_id: "bob", limit: 5, q: "aqueduct" })).toEqual([[]]);
    });

    it("says where it found something, with a piece of the text around it", async () => {
      const subject = await Subject.of(open);
      const long = `${"前".repeat(100)} the Aqueduct ${"x".repeat(300)}`;
      await seed(subject.store, "a", [said("hello"), said(long), said("aqueduct again")]);
      await appendOne(subject.store, { session_id: "a", entries: [], summary: { title: "hello there" } });
      for (const restarted of [false, true]) {
        if (restarted) await subject.reopen();
        const find = async (q: string) => (await subject.store.sessions.list({ user_id: "ann", limit: 5, q })).sessions;
        const [hit] = await find("aqueduct");
        expect(hit?.found).toEqual({
          seq: 2,
          text: `…${"前".repeat(35)} the Aqueduct ${"x".repeat(119)}…`,
        });
        expect((await find("HELLO"))[0]?.found).toEqual({ seq: 1, text: "hello" });
        expect((await find("there"))[0]).not.toHaveProperty("found");
        expect((await find(""))[0]).not.toHaveProperty("found");
      }
    });

    it("takes every character of a search for itself", async () => {
      const { store } = await Subject.of(open);
      const texts = {
        percent: "100% sure",
        underscore: "snake_case",
        single: "it's",
        double: 'say "so"',
        backslash: "C:\\path",
        chinese: "你好，世界",
        emoji: "ship it 🚀 now",
        nul: "before\u0000after",
        line: "one\ntwo",
      };
      for (const [id, text] of Object.entries(texts)) await seed(store, id, [said(text)]);
      await seed(store, "plain", [said("nothing of note")]);
      const find = async (q: string): Promise<string[]> =>
        (await pages(store, { user_id: "ann", limit: 20, q })).flat();
      expect(await find("%")).toEqual(["percent"]);
      expect(await find("_")).toEqual(["underscore"]);
      expect(await find("'")).toEqual(["single"]);
      expect(await find('"')).toEqual(["double"]);
      expect(await find("\\")).toEqual(["backslash"]);
      expect(await find("世界")).toEqual(["chinese"]);
      expect(await find("🚀")).toEqual(["emoji"]);
      expect(await find("after")).toEqual(["nul"]);
      expect(await find("e\ntw")).toEqual(["line"]);
      expect(await find("') OR 1=1 --")).toEqual([]);
    });

    it("knows which sessions have something left to do", async () => {
      const subject = await Subject.of(open);
      for (const status of ["idle", "running", "waiting", "failed"] as const) {
        await make(subject.store, status, 10);
        await appendOne(subject.store, { session_id: status, entries: [], summary: { status } });
      }
      await make(subject.store, "removed", 10);
      await appendOne(subject.store, { session_id: "removed", entries: [], summary: { status: "running" } });
      await subject.store.sessions.remove("removed");
      await subject.reopen();
      expect([...(await subject.store.sessions.unfinished())].toSorted()).toEqual(["running", "waiting"]);
    });

    it("removes a session for good: the id stays taken, other sessions stay whole", async () => {
      const subject = await Subject.of(open);
      const events = [said("secret"), delta(0, "x"), delta(1, "y"), said("tail", "m2")];
      await seed(subject.store, "a", events);
      await seed(subject.store, "b", events);
      await settleRange(subject.store, "a", 2, 3);
      await settleRange(subject.store, "b", 2, 3);
      expect(await subject.store.sessions.remove("a")).toBe(true);
      for (const restarted of [false, true]) {
        if (restarted) await subject.reopen();
        const { store } = subject;
        expect(await store.sessions.get("a")).toBeNull();
        expect(await readAll(store, "a")).toEqual([]);
        expect((await pages(store, { user_id: "ann", limit: 5 })).flat()).toEqual(["b"]);
        expect((await pages(store, { user_id: "ann", limit: 5, q: "secret" })).flat()).toEqual(["b"]);
        const entries = [{ event: said("again"), id: "m1" }];
        expect(await appendOne(store, { session_id: "a", entries })).toMatchObject({ missing: true });
        expect(await appendOne(store, { session_id: "a", create: NEW, entries })).toMatchObject({ missing: true });
        expect(await store.sessions.remove("a")).toBe(false);
        await store.settle("a", await readAll(store, "b"));
        expect(await readAll(store, "a")).toEqual([]);
        expect(ranges(await readAll(store, "b"))).toBe("1 2-3 4");
      }
    });

    it("has nothing to remove where nothing was, and such an id stays free", async () => {
      const { store } = await Subject.of(open);
      expect(await store.sessions.remove("a")).toBe(false);
      expect(await appendOne(store, { session_id: "a", create: NEW, entries: [] })).toMatchObject({ missing: false });
    });
  });
}
