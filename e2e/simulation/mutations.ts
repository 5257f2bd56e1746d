import type { LogStore } from "@millrace/store";
import type { Verdict } from "../kit/fault.ts";
import type { Wiring } from "./history.ts";

/** A change of one product module, as it is loaded: `find` stands in it exactly once. */
export interface Patch {
  readonly module: string;
  readonly find: string;
  readonly replace: string;
}

/** A fault put in on purpose, and the verdict that must be given for it. */
export interface Mutation {
  readonly verdict: Verdict;
  /** Where to begin: a seed shortly before the first that finds it. 1 by default. */
  readonly seed?: number;
  readonly patches?: readonly Patch[];
  readonly wiring?: Wiring;
}

const STORED = `    let appended: readonly Appended[];
    try {
      appended = await this.#store.append(batch);`;

const FIRST = `    for (const [target, { entries }] of taken) {
      let seq = (target as unknown as { head: number }).head;
      const results = entries.map(({ event }) => {
        seq += 1;
        return { duplicate: false as const, row: { seq, from: seq, body: JSON.stringify(event) } };
      });
      target.committed(results, entries);
    }
`;

/** The table of the loss oracle, as far as it concerns one node: a mutation that survives fails the tests. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "sent before the append commits": {
    verdict: "GHOST",
    patches: [
      { module: "store/src/group-commit.ts", find: STORED, replace: FIRST + STORED },
      {
        module: "store/src/group-commit.ts",
        find: "else target.committed(result.results, entries);",
        replace: "",
      },
    ],
  },
  "the log is read, then the viewer registers": {
    verdict: "LOST",
    seed: 40,
    patches: [
      {
        module: "gateway/src/session/session-log.ts",
        find: "    this.#cursors.add(cursor);\n",
        replace: "    this.#context.later?.(400, () => this.#cursors.add(cursor));\n",
      },
    ],
  },
  "seq is not compared with the cursor": {
    verdict: "DUP",
    patches: [
      { module: "client/src/subscription.ts", find: 'if (placed === "next") {', replace: 'if (placed !== "hole") {' },
    ],
  },
  "the cursor is saved before the event is applied": {
    verdict: "LOST",
    patches: [
      {
        module: "client/src/subscription.ts",
        find: "      this.handlers.onEvents([event]);\n      this.cursor = event.seq;\n",
        replace: "      this.cursor = event.seq;\n      this.handlers.onEvents([event]);\n",
      },
    ],
  },
  "a position is used again after a crash": {
    verdict: "CONFLICT",
    wiring: {
      crashed: (disk, random) => disk.restore(Math.max(1, disk.size - Math.floor(6 * random())), new Map()),
    },
  },
  "the heartbeat names no heads": {
    verdict: "LOST",
    seed: 76,
    patches: [
      {
        module: "gateway/src/connection/subscriptions.ts",
        find: "return Object.fromEntries([...this.#cursors].map(([session_id, { session }]) => [session_id, session.head]));",
        replace: "return {};",
      },
    ],
  },
  "the event's unique id is dropped": { verdict: "DUPRUN", wiring: { around: withoutIds } },
  "a merged frame does not say where it begins": {
    verdict: "GAP",
    patches: [
      {
        module: "store/src/frame.ts",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
        find: 'const from = row.from === row.seq ? "" : `,"from":${row.from}`;',
        replace: 'const from = "";',
      },
    ],
  },
  "an overlap is not cut by its offset": {
    verdict: "DUP",
    patches: [
      {
        module: "protocol/src/view/evolve-turn.ts",
        find: "delta.content.slice(held.length - delta.offset)",
        replace: "delta.content",
      },
    ],
  },
  "offsets count code points": {
    verdict: "TEXT",
    patches: [
      {
        module: "agent/src/step-writer.ts",
        find: "block.offset += content.length;",
        replace: "block.offset += [...content].length;",
      },
    ],
  },
  "offsets count bytes": {
    verdict: "TEXT",
    patches: [
      {
        module: "agent/src/step-writer.ts",
        find: "block.offset += content.length;",
        replace: "block.offset += Buffer.byteLength(content);",
      },
    ],
  },
  "settled in two transactions": {
    verdict: "LOST",
    patches: [
      {
        module: "store/src/memory-store.ts",
        find: "    held.rows.splice(start, end - start + 1, ...rows);\n",
        // The process dies between some of them.
        replace:
          "    held.rows.splice(start, end - start + 1);\n    if ((from + to) % 5 > 0) held.rows.splice(start, 0, ...rows);\n",
      },
    ],
  },
  "restored without a new epoch": { verdict: "CONFLICT", wiring: { keepsEpochs: true } },
  "a stop is acknowledged before it is stored": {
    verdict: "ENDS",
    seed: 140,
    patches: [
      {
        module: "gateway/src/session/run.ts",
        find: '    await stored;\n    return "stopping";',
        replace: '    stored.catch(() => {});\n    return "stopping";',
      },
    ],
  },
  "frames are left out for a slow viewer": {
    verdict: "GAP",
    patches: [
      {
        module: "gateway/src/session/cursor.ts",
        find: "if (!this.#sink.writable()) return;",
        replace: "if (!this.#sink.writable()) { this.#seq = this.#source.head; return; }",
      },
    ],
  },
  "a session is given out before its open run is taken up": {
    verdict: "ENDS",
    patches: [
      {
        module: "gateway/src/session/sessions.ts",
        find: "else session.resume();",
        replace: "else this.#context.later?.(50, () => session.resume());",
      },
    ],
  },
  "a message that is taken back leaves the session running": {
    verdict: "ENDS",
    seed: 975,
    patches: [
      {
        module: "gateway/src/session/summary.ts",
        find: 'return pending.runs() || pending.messages() ? undefined : { status: "idle" };',
        replace: "return undefined;",
      },
    ],
  },
  "a stopped run that could not be stored ends with an error": {
    verdict: "ENDS",
    seed: 48,
    patches: [
      {
        module: "gateway/src/session/run.ts",
        find: "turn !== undefined && (stopped || this.#stopped)",
        replace: "turn !== undefined && false",
      },
    ],
  },
  "a run whose beginning could not be stored is ended": {
    verdict: "ENDS",
    patches: [{ module: "gateway/src/session/run.ts", find: 'if (this.#phase === "new" || ', replace: "if (" }],
  },
};

function withoutIds(store: LogStore): LogStore {
  return {
    sessions: store.sessions,
    append: (batch) =>
      store.append(batch.map((append) => ({ ...append, entries: append.entries.map(({ event }) => ({ event })) }))),
    read: (session_id, after, limit) => store.read(session_id, after, limit),
    settle: (session_id, rows) => store.settle(session_id, rows),
    close: () => store.close(),
  };
}
