import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Append, Appended, LogStore, NewSession, Row } from "../log-store.ts";
import { pageOf, rangeOf } from "../row.ts";
import { appendedAt, type Positions, type WrittenAppend, type WrittenEntry, written } from "../written.ts";
import { backUp } from "./backup.ts";
import { assertSum, checkLog, sumOf } from "./check.ts";
import { JournalIndex } from "./journal-index.ts";
import { closeDatabase, databaseFile, openDatabase, storeError, transaction } from "./open.ts";
import { SqliteSessions } from "./sqlite-sessions.ts";
import { type Statements, statements } from "./statements.ts";

/** What the process remembers of a session: it holds the file alone, so the database cannot change behind it. */
export interface Known {
  readonly key: number;
  head: number;
  /** Journal rows that are not void, in order of `seq`. */
  readonly journal: JournalIndex;
}

const KNOWN_SESSIONS = 10_000;

/** A log of at most so many bytes is read whole before it is used: that takes half a second at most. */
const CHECKED_AT_START = 256 * 1024 * 1024;

/** `sum`: null where the row is from before there were sums. */
type SummedRow = Row & { readonly sum: number | null };

/** Rows that are to take the place of those in their range. */
interface Settlement {
  readonly session_id: string;
  readonly rows: readonly Row[];
  readonly from: number;
  readonly to: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** So many void journal rows come together before it is looked which can be deleted; and so many go in one transaction. */
const SWEEP = 2_048;

/** Void rows for each one that is not, from which on the void ones are deleted wherever they lie. */
const SCATTERED = 4;

/** The log in one SQLite file. Needs nothing but a folder; refuses a folder that another process holds. */
export class SqliteStore implements LogStore {
  readonly sessions: SqliteSessions;
  readonly #folder: string;
  readonly #db: DatabaseSync;
  readonly #sql: Statements;
  readonly #known = new Map<string, Known>();
  #position: number;
  #settlements: Settlement[] = [];
  /** Positions of void journal rows. */
  #void: number[] = [];
  /** How many there are when the next sweep is due. */
  #sweepAt = SWEEP;
  /** No journal row lies here or before. */
  #swept = 0;
  #open = true;
  #backup: Promise<void> = Promise.resolve();

  /** @throws StoreError `in_use`, `full`, `too_new` or `unavailable` */
  constructor(folder: string) {
    this.#folder = folder;
    this.#db = openDatabase(folder);
    this.#sql = statements(this.#db);
    try {
      if (statSync(databaseFile(folder)).size <= CHECKED_AT_START) checkLog(this.#db);
      this.#position = this.#loadJournal();
    } catch (error) {
      closeDatabase(this.#db, folder);
      throw storeError(error);
    }
    this.sessions = new SqliteSessions(
      this.#db,
      (session_id) => this.#find(session_id),
      (session_id) => this.#known.delete(session_id),
    );
  }

  async append(batch: readonly Append[]): Promise<readonly Appended[]> {
    const texts = written(batch);
    return appendedAt(texts, this.appendWritten(texts));
  }

  /** The same for events that are text already. @throws StoreError */
  appendWritten(batch: readonly WrittenAppend[]): Positions {
    const before = new Map<Known, { head: number; length: number }>();
    const created: string[] = [];
    const position = this.#position;
    try {
      return transaction(this.#db, () => batch.map((append) => this.#append(append, before, created)));
    } catch (error) {
      this.#position = position;
      for (const [known, { head, length }] of before) {
        known.head = head;
        known.journal.truncate(length);
      }
      for (const session_id of created) this.#known.delete(session_id);
      throw error;
    }
  }

  async read(session_id: string, after: number, limit: number): Promise<readonly Row[]> {
    const known = this.#find(session_id);
    if (known === null) return [];
    return pageOf(this.#rows(known, after, limit), limit);
  }

  /** What is settled and what is not, in order. */
  *#rows({ key, journal }: Known, after: number, limit: number): Iterable<Row> {
    const unsettled = journal.after(after, limit).values();
    let next = unsettled.next().value;
    for (const row of this.#sql.readEvents.iterate(key, after, limit)) {
      const { seq, from, body, sum } = row as unknown as SummedRow;
      for (; next !== undefined && next.seq < seq; next = unsettled.next().value) yield this.#unsettled(next);
      assertSum(body, sum, `event ${seq}`);
      yield { seq, from, body };
    }
    for (; next !== undefined; next = unsettled.next().value) yield this.#unsettled(next);
  }

  #unsettled({ seq, position }: { seq: number; position: number }): Row {
    const { body, sum } = this.#sql.readJournal.get(position) as Pick<SummedRow, "body" | "sum">;
    assertSum(body, sum, `event ${seq}`);
    return { seq, from: seq, body };
  }

  async settle(session_id: string, rows: readonly Row[]): Promise<void> {
    const range = rangeOf(rows);
    if (range === null) return;
    await new Promise<void>((resolve, reject) => {
      const waiting = this.#settlements.push({ session_id, rows, ...range, resolve, reject });
      if (waiting === 1) setImmediate(() => this.#settleAll());
    });
  }

  /** Copies the log as it is now into a file, while it goes on. One at a time. @throws StoreError */
  backup(file: string): Promise<void> {
    const copied = this.#backup.then(() => backUp(this.#db, file));
    this.#backup = copied.catch(() => {});
    return copied;
  }

  async close(): Promise<void> {
    await this.#backup;
    await this.sessions.idle();
    if (!this.#open) return;
    while (this.#settlements.length > 0) this.#settleAll();
    this.#open = false;
    closeDatabase(this.#db, this.#folder);
  }

  /** Settles what was asked for in this turn of the event loop in one transaction, for its sync costs more than it. */
  #settleAll(): void {
    const sessions = new Set<Known>();
    const asked = this.#settlements;
    this.#settlements = [];
    const taken: (Settlement & { known: Known; settled: number[] })[] = [];
    for (const settlement of asked) {
      const { session_id, from, to, resolve, reject } = settlement;
      const known = this.#find(session_id);
      if (known === null) resolve();
      else if (sessions.has(known)) this.#settlements.push(settlement);
      else {
        const settled = known.journal.within(from, to);
        const stored = this.#sql.covered.get(known.key, from, to) as { first: number; positions: number };
        if (stored.first < from || stored.positions + settled.length !== to - from + 1) {
          reject(new RangeError(`Positions ${from} to ${to} are not a range of stored rows.`));
        } else {
          sessions.add(known);
          taken.push({ ...settlement, known, settled });
        }
      }
    }
    if (this.#settlements.length > 0) setImmediate(() => this.#settleAll());
    try {
      if (taken.length > 0) this.#replace(taken);
      for (const { resolve } of taken) resolve();
    } catch (error) {
      for (const { reject } of taken) reject(error);
    }
  }

  #replace(settlements: readonly (Settlement & { known: Known; settled: number[] })[]): void {
    const replace = (): void => {
      for (const { known, from, to, rows } of settlements) {
        this.#sql.deleteEvents.run(known.key, from, to);
        for (const row of rows) this.#sql.insertEvent.run(known.key, row.seq, row.from, row.body, sumOf(row.body));
      }
    };
    transaction(this.#db, replace, "NORMAL");
    for (const { known, from, to, settled } of settlements) {
      known.journal.remove(from, to);
      for (const position of settled) this.#void.push(position);
    }
    if (this.#void.length >= this.#sweepAt) this.#sweep();
  }

  /**
   * Deletes void journal rows. Those before the first row that is not void lie together and cost little. The others share
   * their pages with rows of many sessions: to delete them, nearly every page would be written again, so that they wait
   * until most of the journal is void. A slice in each turn of the event loop, so that a commit never waits for more.
   */
  #sweep(): void {
    if (!this.#open) return;
    let first = this.#position + 1;
    let live = 0;
    for (const { journal } of this.#known.values()) {
      first = Math.min(first, journal.first);
      live += journal.length;
    }
    const end = Math.min(first - 1, this.#swept + SWEEP);
    const left = this.#void.filter((position) => position > end);
    const scattered = end === first - 1 && left.length >= Math.max(SWEEP, SCATTERED * live);
    const taken = scattered ? left.sort((a, b) => a - b).splice(0, SWEEP) : [];
    const sweep = (): void => {
      if (end > this.#swept) this.#sql.deleteJournal.run(this.#swept + 1, end);
      for (const run of runs(taken)) this.#sql.deleteJournal.run(...run);
    };
    try {
      if (end > this.#swept || scattered) transaction(this.#db, sweep, "NORMAL");
      this.#void = left;
      this.#swept = end;
    } catch {
      // They only take up space, and the next sweep finds them again.
      this.#sweepAt = this.#void.length + SWEEP;
      return;
    }
    this.#sweepAt = this.#void.length + SWEEP;
    if (end < first - 1 || scattered) setImmediate(() => this.#sweep());
  }

  #append(
    { session_id, create, entries, summary }: WrittenAppend,
    before: Map<Known, { head: number; length: number }>,
    created: string[],
  ): readonly number[] | null {
    const known = this.#find(session_id) ?? (create === undefined ? null : this.#create(session_id, create, created));
    if (known === null) return null;
    if (!before.has(known)) before.set(known, { head: known.head, length: known.journal.length });
    const positions = entries.map((entry) => this.#store(known, entry));
    if (summary !== undefined) {
      const { title, model, status, updated_at } = summary;
      this.#sql.updateSession.run(title ?? null, model ?? null, status ?? null, updated_at ?? null, known.key);
    }
    return positions;
  }

  /** The entry's position, negative where a duplicate holds it. */
  #store(known: Known, { body, text, id }: WrittenEntry): number {
    const seq = known.head + 1;
    if (id !== undefined) {
      const taken = this.#sql.findId.get(known.key, id) as { seq: number } | undefined;
      if (taken !== undefined) return -taken.seq;
      this.#sql.insertId.run(known.key, id, seq);
    }
    this.#position += 1;
    this.#sql.insertJournal.run(this.#position, known.key, seq, body, sumOf(body));
    if (text !== null) this.#sql.insertText.run(known.key, seq, text);
    known.head = seq;
    known.journal.push(seq, this.#position);
    return seq;
  }

  #create(session_id: string, { user_id, title, epoch, created_at }: NewSession, created: string[]): Known | null {
    const made = this.#sql.insertSession.run(session_id, user_id, title, epoch, created_at, created_at);
    if (made.changes === 0) return null;
    created.push(session_id);
    return this.#find(session_id);
  }

  #find(session_id: string): Known | null {
    const held = this.#known.get(session_id);
    if (held !== undefined) return held;
    const row = this.#sql.findSession.get(session_id) as { key: number; head: number } | undefined;
    if (row === undefined) return null;
    if (this.#known.size >= KNOWN_SESSIONS) this.#forgetSettled();
    const known: Known = { key: row.key, head: row.head, journal: new JournalIndex() };
    this.#known.set(session_id, known);
    return known;
  }

  #forgetSettled(): void {
    for (const [session_id, known] of this.#known) if (known.journal.length === 0) this.#known.delete(session_id);
  }

  /** Remembers what an earlier process left unsettled; returns the last journal position. */
  #loadJournal(): number {
    let last = 0;
    for (const row of this.#sql.scanJournal.iterate()) {
      const { session_id, seq, position, settled } = row as Record<"seq" | "position" | "settled", number> & {
        session_id: string;
      };
      if (last === 0) this.#swept = position - 1;
      last = position;
      const known = settled ? null : this.#find(session_id);
      if (known === null) {
        this.#void.push(position);
        continue;
      }
      known.journal.push(seq, position);
      known.head = Math.max(known.head, seq);
    }
    return last;
  }
}

/** Neighbours among ascending positions, as first and last. */
function* runs(positions: readonly number[]): Iterable<[first: number, last: number]> {
  let run: [number, number] | null = null;
  for (const position of positions) {
    if (run !== null && position === run[1] + 1) run[1] = position;
    else {
      if (run !== null) yield run;
      run = [position, position];
    }
  }
  if (run !== null) yield run;
}
