import { type Fault, Faults, type Verdict } from "./fault.ts";
import { canonical, pieceOf, type Received } from "./received.ts";

/**
 * What one reader was handed over all its connections. It notices by itself what comes twice or too early; the rest is
 * held against the log once everything is quiet.
 */
export class Ledger {
  readonly name: string;
  readonly #faults = new Faults();
  readonly #bodies = new Map<number, string>();
  readonly #texts = new Map<string, string>();
  #position = 0;
  #epoch: string | null = null;
  #isLive = false;

  constructor(name: string) {
    this.name = name;
  }

  /** Everything up to here was applied. */
  get position(): number {
    return this.#position;
  }

  /** Names the history; null until a door said it. */
  get epoch(): string | null {
    return this.#epoch;
  }

  /** It was told that it has everything since it last began. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** A door said where it begins. */
  begin(epoch: string, after: number, reset: boolean): void {
    if (reset || (this.#epoch !== null && epoch !== this.#epoch)) {
      if (epoch === this.#epoch)
        this.#add("GAP", `was sent back from ${this.#position} to ${after} within one history`);
      this.#bodies.clear();
      this.#texts.clear();
      this.#position = after;
    } else if (after !== this.#position) {
      this.#add("GAP", `asked for what follows ${this.#position} and got what follows ${after}`);
    }
    this.#epoch = epoch;
    this.#isLive = false;
  }

  /** A door said that everything up to `seq` has been sent. */
  live(seq: number): void {
    if (this.#isLive) this.again("that it is live");
    this.#isLive = true;
    if (seq > this.#position)
      this.#add("LOST", `was told to be live at ${seq} and had been sent up to ${this.#position}`);
  }

  /** For some time nothing came although the log was at `head`. */
  behind(head: number): void {
    this.#add("LOST", `was left at ${this.#position} of ${head}`);
  }

  /** A door that stayed open did not say what it has to. */
  untold(what: string): void {
    this.#add("LOST", `was never told ${what}`);
  }

  /** A door said twice what it says once. */
  again(what: string): void {
    this.#add("DUP", `was told twice ${what}`);
  }

  /** A door said something that is no JSON. */
  garbled(): void {
    this.#add("GHOST", `got a frame after ${this.#position} that cannot be read`);
  }

  /** An event came under another place than its own: whoever resumes by it begins somewhere else. */
  misnamed(seq: number, id: string): void {
    this.#add("CONFLICT", `the event at ${seq} came as ${id}`);
  }

  /** Applies an event. False for one after a hole: the reader has to come back. */
  apply(event: Received): boolean {
    const { type, seq, from = seq } = event;
    if (seq <= this.#position) {
      this.#add("DUP", `${type} ${from}..${seq} came again after ${this.#position}`);
      return true;
    }
    if (from > this.#position + 1) {
      this.#add("GAP", `${type} ${from}..${seq} came after ${this.#position}`);
      return false;
    }
    this.#position = seq;
    const piece = pieceOf(event);
    if (piece === null) {
      this.#bodies.set(seq, canonical(event));
      return true;
    }
    const { block, offset, content } = piece;
    const held = this.#texts.get(block) ?? "";
    const overlap = held.length - offset;
    if (overlap < 0) this.#add("LOST", `${block} went on at ${offset} of ${held.length} code units`);
    else if (held.slice(offset) !== content.slice(0, overlap)) this.#add("CONFLICT", `${block} came with two texts`);
    this.#texts.set(block, held + content.slice(Math.max(0, overlap)));
    return true;
  }

  /** Everything that is wrong with this reader, who has read to the end. */
  judge(log: Ledger): readonly Fault[] {
    if (this.#position < log.#position) this.#add("LOST", `stopped at ${this.#position} of ${log.#position}`);
    return this.judgePart(log);
  }

  /** The same of one who has stopped reading somewhere. Whoever watches what it made itself is not told which history it is. */
  judgePart(log: Ledger): readonly Fault[] {
    if (this.#epoch !== null && this.#epoch !== log.epoch)
      this.#add("CONFLICT", `ended in history ${this.#epoch}, the log is ${log.epoch}`);
    for (const [seq, body] of log.#bodies) {
      const had = this.#bodies.get(seq);
      if (had === undefined) {
        if (seq <= this.#position) this.#add("LOST", `never got the event at ${seq}`);
      } else if (had !== body) this.#add("CONFLICT", `the event at ${seq} is stored as something else`);
    }
    for (const seq of this.#bodies.keys()) {
      if (!log.#bodies.has(seq)) this.#add("GHOST", `got an event at ${seq} that the log does not hold there`);
    }
    for (const block of new Set([...log.#texts.keys(), ...this.#texts.keys()])) this.#judgeText(block, log);
    return this.faults;
  }

  get faults(): readonly Fault[] {
    return this.#faults.list;
  }

  #judgeText(block: string, log: Ledger): void {
    const had = this.#texts.get(block) ?? "";
    const stored = log.#texts.get(block) ?? "";
    if (had === stored) return;
    const at = firstDifference(had, stored);
    const isWhole = this.#position >= log.#position;
    if (at === had.length && isWhole) this.#add("LOST", `${block} holds ${at} of ${stored.length} code units`);
    else if (at < had.length) this.#add("GHOST", `${block} at ${at} is not the stored text`);
  }

  #add(verdict: Verdict, message: string): void {
    this.#faults.add(verdict, `${this.name}: ${message}`);
  }
}

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}
