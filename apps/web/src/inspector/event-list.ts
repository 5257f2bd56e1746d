import { type Event, fromOf } from "@millrace/protocol";
import { FAMILIES, type Family, familyOf } from "./event-families.ts";
import { type Voided, voidedBy } from "./event-summary.ts";

export interface EventFilter {
  /** None: all of them. */
  readonly families: ReadonlySet<Family>;
  /** A position, or a part of the event's JSON in any case. */
  readonly text: string;
}

/** What is listed. Its arrays grow in place: the object is new with each change, they are not. */
export interface Listed {
  /** Those that the filter lets through, oldest first. */
  readonly shown: readonly Event[];
  readonly voided: readonly Voided[];
  readonly counts: Readonly<Record<Family, number>>;
  readonly total: number;
  /** First position that is here; 0 where nothing is. */
  readonly first: number;
  readonly paused: boolean;
  /** Events that came since it was paused. */
  readonly waiting: number;
}

/** Events that are kept; the oldest go first, and can be loaded again. */
export const MOST = 100_000;

const none = (): Record<Family, number> =>
  Object.fromEntries(FAMILIES.map((family) => [family, 0])) as Record<Family, number>;

/** The log's events as a list that is filtered and grows at both ends. Each event is looked at once per filter. */
export class EventList {
  #all: Event[] = [];
  #shown: Event[] = [];
  #counts = none();
  #voided: readonly Voided[] = [];
  #filter: EventFilter = { families: new Set(), text: "" };
  /** Length of `#all` when it was paused; null while it is not. */
  #paused: number | null = null;
  #listed: Listed | null = null;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly get = (): Listed => {
    const first = this.#all[0];
    this.#listed ??= {
      shown: this.#shown,
      voided: this.#voided,
      counts: { ...this.#counts },
      total: this.#all.length,
      first: first === undefined ? 0 : fromOf(first),
      paused: this.#paused !== null,
      waiting: this.#paused === null ? 0 : this.#all.length - this.#paused,
    };
    return this.#listed;
  };

  /** The log's last events as they are now: they may reach further, or, in a replay, less far than before. */
  follow(recent: readonly Event[]): void {
    const end = recent.at(-1)?.seq ?? 0;
    const held = this.#all.at(-1);
    if (held?.seq === end && recent.at(-1) === held) return;
    const begin = recent[0];
    const isApart = begin === undefined || held === undefined || fromOf(begin) > held.seq + 1;
    if (isApart || end < fromOf(this.#all[0]!)) {
      this.#all = [];
      this.#refill();
    }
    this.#dropAfter(end);
    const last = this.#all.at(-1)?.seq ?? 0;
    const at = recent.findLastIndex(({ seq }) => seq <= last) + 1;
    const fresh = recent.slice(at);
    // A delta that has grown takes the place of what it was.
    if (fresh[0] !== undefined) this.#dropFrom(fromOf(fresh[0]));
    for (const event of fresh) this.#push(event);
    if (this.#all.length > MOST) {
      this.#all = this.#all.slice(-MOST);
      this.#refill();
    }
    this.#changed(fresh.some(({ type }) => type === "retry") || this.#voided.some(({ to }) => to > end));
  }

  /** Events from before those that are here, in order. */
  prepend(older: readonly Event[]): void {
    const first = this.#all[0];
    const before = first === undefined ? older : older.filter(({ seq }) => seq < fromOf(first));
    const room = Math.max(0, MOST - this.#all.length);
    const taken = room < before.length ? before.slice(before.length - room) : before;
    if (this.#paused !== null) this.#paused += taken.length;
    this.#all = [...taken, ...this.#all];
    this.#refill();
    this.#changed(true);
  }

  filter(filter: EventFilter): void {
    this.#filter = filter;
    this.#refill();
    this.#changed(false);
  }

  /** What comes while it is paused is kept and not listed. */
  pause(paused: boolean): void {
    this.#paused = paused ? this.#all.length : null;
    this.#refill();
    this.#changed(false);
  }

  #push(event: Event): void {
    this.#all.push(event);
    this.#counts[familyOf(event)] += 1;
    if (this.#paused === null && passes(event, this.#filter)) this.#shown.push(event);
  }

  #dropAfter(end: number): void {
    while ((this.#all.at(-1)?.seq ?? 0) > end) this.#pop();
  }

  #dropFrom(from: number): void {
    while (this.#all.length > 0 && fromOf(this.#all.at(-1)!) >= from) this.#pop();
  }

  #pop(): void {
    const event = this.#all.pop()!;
    this.#counts[familyOf(event)] -= 1;
    if (this.#shown.at(-1) === event) this.#shown.pop();
    if (this.#paused !== null) this.#paused = Math.min(this.#paused, this.#all.length);
  }

  #refill(): void {
    this.#counts = none();
    for (const event of this.#all) this.#counts[familyOf(event)] += 1;
    const seen = this.#paused === null ? this.#all : this.#all.slice(0, this.#paused);
    this.#shown = seen.filter((event) => passes(event, this.#filter));
  }

  #changed(retried: boolean): void {
    if (retried || this.#all.length === 0) this.#voided = voidedBy(this.#all);
    this.#listed = null;
    for (const listener of [...this.#listeners]) listener();
  }
}

function passes(event: Event, { families, text }: EventFilter): boolean {
  if (families.size > 0 && !families.has(familyOf(event))) return false;
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return true;
  if (/^\d+$/.test(wanted)) return fromOf(event) <= Number(wanted) && Number(wanted) <= event.seq;
  return JSON.stringify(event).toLowerCase().includes(wanted);
}

/** One event to a line. */
export const linesOf = (events: readonly Event[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join("");
