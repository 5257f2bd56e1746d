import type { NewEvent } from "@millrace/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Append, Entry, Row } from "../log-store.ts";
import {
  appendOne,
  delta,
  expectCover,
  mergedRows,
  NEW,
  type OpenLogStore,
  plain,
  readAll,
  Subject,
  said,
} from "./given.ts";

interface ModelSession {
  rows: Row[];
  readonly ids: Map<string, number>;
  readonly offsets: Map<string, number>;
  removed: boolean;
}

const index = fc.nat(2);
const anywhere = fc.double({ min: 0, max: 1, noNaN: true });
const text = fc.string({ unit: "binary", maxLength: 4 });
const entry = fc.record({
  block: fc.option(fc.constantFrom("b1", "b1", "b1", "b2")),
  text,
  id: fc.option(fc.constantFrom("i1", "i2", "i3"), { freq: 4 }),
});
const append = fc.record({ session: index, entries: fc.array(entry, { maxLength: 6 }) });
const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("append"), batch: fc.array(append, { maxLength: 3 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("settle"),
      session: index,
      start: anywhere,
      end: anywhere,
      limit: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("read"),
      session: index,
      after: anywhere,
      limit: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("fail"), session: index }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("reopen") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove"), session: index }) },
);

/** Compares a store with plain arrays after each of a list of random operations. */
export function describeModel(open: OpenLogStore, sequences: number): void {
  describe("any sequence of operations", () => {
    it("leaves what plain arrays would hold (F23, F91, F92)", { timeout: 120_000 }, async () => {
      const subject = await Subject.of(open);
      let attempt = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 30 }), async (operations) => {
          attempt += 1;
          const world = new World(subject, `run${attempt}-`);
          for (const step of operations) await world.apply(step);
          await subject.reopen();
          await world.check();
        }),
        { numRuns: sequences },
      );
    });
  });
}

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

class World {
  readonly #subject: Subject;
  readonly #prefix: string;
  readonly #model = new Map<string, ModelSession>();

  constructor(subject: Subject, prefix: string) {
    this.#subject = subject;
    this.#prefix = prefix;
  }

  async apply(step: Operation): Promise<void> {
    const { store } = this.#subject;
    if ("batch" in step) return this.#append(step.batch);
    if (!("session" in step)) return this.#subject.reopen();
    const session_id = `${this.#prefix}${step.session}`;
    const session = this.#model.get(session_id);
    if ("start" in step) {
      if (session === undefined) return store.settle(session_id, []);
      const [start, end] = [step.start, step.end].toSorted((a, b) => a - b) as [number, number];
      const first = Math.floor(start * session.rows.length);
      const chosen = session.rows.slice(first, Math.ceil(end * session.rows.length));
      const merged = mergedRows(session_id, chosen, step.limit);
      await store.settle(session_id, merged);
      session.rows.splice(first, chosen.length, ...merged);
    } else if ("after" in step) {
      const rows = session?.rows ?? [];
      const after = Math.floor(step.after * ((rows.at(-1)?.seq ?? 0) + 2));
      const expected = rows.filter((row) => row.seq > after).slice(0, step.limit);
      expect(plain(await store.read(session_id, after, step.limit))).toEqual(expected);
    } else if (step.kind === "remove") {
      const there = session !== undefined && !session.removed;
      expect(await store.sessions.remove(session_id)).toBe(there);
      if (session !== undefined) {
        session.removed = true;
        session.rows = [];
      }
    } else {
      const event = { type: "data", ts: 1, name: "n", value: 1n } as NewEvent;
      const entries = [{ event: said("lost"), id: "i1" }, { event }];
      const failing = { session_id, create: NEW, entries };
      const other = { session_id: `${this.#prefix}0`, create: NEW, entries: [{ event: said("lost") }] };
      if (session?.removed)
        expect(await appendOne(store, { ...failing, entries: [] })).toMatchObject({ missing: true });
      else await expect(store.append([other, failing])).rejects.toThrow();
    }
  }

  async check(): Promise<void> {
    for (const [session_id, session] of this.#model) {
      const rows = await readAll(this.#subject.store, session_id);
      expect(rows).toEqual(session.rows);
      expectCover(rows, 0, session.rows.at(-1)?.seq ?? 0);
      const row = await this.#subject.store.sessions.get(session_id);
      expect(row?.head ?? null).toBe(session.removed ? null : rows.length === 0 ? 0 : rows.at(-1)?.seq);
    }
  }

  async #append(
    batch: readonly {
      session: number;
      entries: readonly { block: string | null; text: string; id: string | null }[];
    }[],
  ): Promise<void> {
    const appends: Append[] = [];
    const expected: unknown[] = [];
    for (const { session: number, entries } of batch) {
      const session_id = `${this.#prefix}${number}`;
      const session = this.#model.get(session_id) ?? {
        rows: [],
        ids: new Map(),
        offsets: new Map(),
        removed: false,
      };
      this.#model.set(session_id, session);
      const made: Entry[] = entries.map(({ block, text: content, id }) => {
        const event = block === null ? said(content) : delta(session.offsets.get(block) ?? 0, content, block);
        if (block !== null && !(id !== null && session.ids.has(id))) {
          session.offsets.set(block, (session.offsets.get(block) ?? 0) + content.length);
        }
        return id === null ? { event } : { event, id };
      });
      appends.push({ session_id, create: NEW, entries: made });
      if (session.removed) expected.push({ session_id, missing: true });
      else expected.push({ session_id, missing: false, results: made.map((one) => stored(session, one)) });
    }
    expect(await this.#subject.store.append(appends)).toEqual(expected);
  }
}

function stored(session: ModelSession, { event, id }: Entry): unknown {
  const known = id === undefined ? undefined : session.ids.get(id);
  if (known !== undefined) return { duplicate: true, seq: known };
  const seq = (session.rows.at(-1)?.seq ?? 0) + 1;
  const row = { seq, from: seq, body: JSON.stringify(event) };
  session.rows.push(row);
  if (id !== undefined) session.ids.set(id, seq);
  return { duplicate: false, row };
}
