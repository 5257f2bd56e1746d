import { setTimeout as pause } from "node:timers/promises";
import { CommandFailure } from "../failure.ts";
import type { Context } from "./context.ts";
import { randomCuts, sweepingCuts } from "./cuts.ts";
import { judgeLog, type Sent } from "./log-judge.ts";
import { readLog, readPages } from "./pages.ts";
import { ask } from "./place.ts";
import type { PlannedMessage } from "./plan.ts";
import { type Answered, answerTwice, judgeAnswers } from "./question.ts";
import { randomOf } from "./random.ts";
import { judgeStream, runStream, type Streamed } from "./run-stream.ts";
import { RunWatch } from "./run-watch.ts";
import { Sender, sendingOf } from "./sender.ts";
import { overSocket } from "./socket-connection.ts";
import { overSse } from "./sse-connection.ts";
import { readFromTail } from "./tail.ts";
import { Viewer } from "./viewer.ts";

export interface LaneOptions {
  readonly name: string;
  readonly messages: readonly PlannedMessage[];
  /** WebSockets that are cut as chance has it. */
  readonly viewers: number;
  readonly model?: string;
  /** The model says what it is told to. */
  readonly demo: boolean;
  /** How often the model was asked about a message, where that is known. */
  calls(content: string): number | null;
}

/** What the run of each kind of message may do. */
const TOOLS = {
  send: { include_tools: ["current_time"], interactive: false },
  run_stream: { include_tools: ["current_time"], interactive: false },
  question: { include_tools: ["ask_user"], interactive: true },
} as const;

const RUN_MS = 180_000;
/** A connected viewer that gets nothing of what is stored while somebody looks so often is not served. */
const LOOK_MS = 2_000;
const LOOKS = 3;
/** How long nothing of what is stored may arrive. */
const ARRIVE_MS = 10_000;

/** One session: its messages one after the other, and everybody who reads them. */
export class Lane {
  readonly #context: Context;
  readonly #options: LaneOptions;
  readonly #sender: Sender;
  readonly #sent: Sent[] = [];
  readonly #viewers: Viewer[] = [];
  readonly #runs = new RunWatch();
  readonly #answered: Answered[] = [];
  readonly #streamed: Streamed[] = [];
  #following: Promise<void>[] = [];
  /** Runs that ended with an error, by what they said. */
  readonly failures: string[] = [];
  session_id: string | null = null;

  constructor(context: Context, options: LaneOptions) {
    this.#context = context;
    this.#options = options;
    this.#sender = new Sender(context, `${options.name} sender`);
  }

  /** Sends the messages, each when the run before it has ended. @throws CommandFailure, AbortError */
  async converse(): Promise<void> {
    const { name, messages, model } = this.#options;
    const random = randomOf(this.#context.seed, `${name} sender`);
    for (const planned of messages) {
      const { message_id, content, answer, way } = planned;
      if (way === "run_stream" && this.session_id !== null) {
        await this.#alongside(this.#stream(planned, this.session_id));
        continue;
      }
      const options = { ...TOOLS[way], ...(model !== undefined && { model }) };
      const session = this.session_id === null ? {} : { session_id: this.session_id };
      const message = { message_id, content, options, ...session };
      const accepted = await this.#sender.send(message, sendingOf(random));
      if (this.session_id === null) this.#open(accepted.session_id);
      else if (this.session_id !== accepted.session_id)
        this.#context.faults.add("CONFLICT", `${name}: message ${message_id} was accepted for another session`);
      const stopped = await this.#alongside(this.#runEnds(planned));
      const expected = this.#options.demo ? answer : null;
      this.#sent.push({ message_id, seq: accepted.seq, expected, stopped, calls: this.#options.calls(content) });
    }
  }

  /** When everything is quiet: lets the readers end, reads again at every boundary and over each door, and judges. */
  async judge(): Promise<void> {
    const { session_id } = this;
    if (session_id === null) return;
    const { name } = this.#options;
    const context = this.#context;
    const { position } = (await readLog(context, session_id, `${name} json`)).ledger;
    const readers = [...this.#viewers, this.#sender];
    await Promise.all(readers.map((reader) => reader.finish(position, ARRIVE_MS)));
    await Promise.all(this.#following);
    const late = [this.#socket(`${name} sweep`, "sweep"), this.#sse(`${name} sse sweep`, "sweep")];
    await Promise.all(late.map((viewer) => viewer.finish(position, ARRIVE_MS)));
    await Promise.all(this.#following);
    const paged = await readPages(context, session_id, `${name} pages`);
    const { events, ledger } = await readLog(context, session_id, `${name} json`);
    context.faults.addAll(ledger.faults);
    const tailed = await readFromTail(context, session_id, `${name} tail`);
    for (const reader of [...this.#viewers.map((viewer) => viewer.ledger), paged, tailed])
      context.faults.addAll(reader.judge(ledger));
    context.faults.addAll(this.#sender.judge(ledger));
    context.faults.addAll(judgeLog(name, events, this.#sent));
    context.faults.addAll(judgeAnswers(name, events, this.#answered));
    for (const streamed of this.#streamed) context.faults.addAll(judgeStream(name, events, streamed));
  }

  #open(session_id: string): void {
    const { name, viewers } = this.#options;
    this.session_id = session_id;
    this.#socket(`${name} steady`, "steady");
    this.#sse(`${name} sse`, "random");
    for (let at = 1; at <= viewers; at += 1) this.#socket(`${name} socket ${at}`, "random");
  }

  #socket(name: string, cuts: CutStyle): Viewer {
    return this.#view(name, cuts, overSocket);
  }

  #sse(name: string, cuts: CutStyle): Viewer {
    return this.#view(name, cuts, overSse);
  }

  #view(name: string, style: CutStyle, over: typeof overSocket): Viewer {
    const { seed, place } = this.#context;
    const cuts = style === "random" ? randomCuts(seed, name) : style === "sweep" ? sweepingCuts(seed, name) : null;
    const viewer = new Viewer(name, this.#context, cuts, (event) => this.#runs.see(event));
    this.#viewers.push(viewer);
    const followed = viewer.follow(over(place, this.session_id ?? "", viewer.ledger));
    // Whoever waits for something meanwhile hears of it.
    followed.catch(() => {});
    this.#following.push(followed);
    return viewer;
  }

  async #stream({ message_id: _none, content, answer }: PlannedMessage, session_id: string): Promise<void> {
    const { model, demo, calls } = this.#options;
    const options = { ...TOOLS.run_stream, ...(model !== undefined && { model }) };
    const streamed = await runStream(this.#context, { session_id, message: content, ...options });
    this.#streamed.push(streamed);
    const { message_id } = streamed;
    if (message_id === null) return;
    const { end } = await this.#runs.ended(message_id, this.#context.signal);
    if (end?.type === "error") this.failures.push(String(end.message));
    const expected = demo ? answer : null;
    this.#sent.push({ message_id, seq: null, expected, stopped: false, calls: calls(content) });
  }

  async #answer(message_id: string, signal: AbortSignal): Promise<void> {
    const { question } = await this.#runs.asking(message_id, signal);
    if (question === null || this.session_id === null) return;
    this.#answered.push(await answerTwice(this.#context, this.session_id, question));
  }

  /** Ends early with whatever ends a reader. */
  async #alongside<T>(work: Promise<T>): Promise<T> {
    const broken = Promise.all(this.#following).then(() => new Promise<never>(() => {}));
    return Promise.race([work, broken]);
  }

  /** @returns whether the gateway said that it stops the run */
  async #runEnds({ message_id, stop, way }: PlannedMessage): Promise<boolean> {
    const { place, gate, signal } = this.#context;
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    const looking = this.#lookAfter(both);
    looking.catch(() => {});
    try {
      const timer = setTimeout(() => over.abort(new CommandFailure("a run did not end within three minutes")), RUN_MS);
      both.addEventListener("abort", () => clearTimeout(timer), { once: true });
      let stopping = false;
      if (stop) {
        const { run_id, end } = await this.#runs.speaking(message_id, both);
        if (end === null) {
          const init = { method: "POST", body: JSON.stringify({ run_id }) };
          const { body } = await ask<{ outcome: string }>(place, gate, `sessions/${this.session_id}/stop`, init);
          stopping = body.outcome === "stopping";
        }
      }
      if (way === "question") await this.#answer(message_id, both);
      const { end } = await this.#runs.ended(message_id, both);
      if (end?.type === "error") this.failures.push(String(end.message));
      return stopping;
    } finally {
      over.abort();
    }
  }

  /** What nobody tells the steady viewer, because a last frame was lost, it would wait for without an end. */
  async #lookAfter(signal: AbortSignal): Promise<void> {
    const { place, gate } = this.#context;
    const [steady] = this.#viewers;
    let [head, position, looks] = [0, 0, 0];
    while (steady !== undefined) {
      await pause(LOOK_MS, undefined, { signal });
      const stuck = steady.connected && steady.ledger.position === position && head > position;
      looks = stuck ? looks + 1 : 0;
      if (looks >= LOOKS) {
        steady.ledger.behind(head);
        steady.comeBack();
      }
      position = steady.ledger.position;
      head = (await ask<{ head: number }>(place, gate, `sessions/${this.session_id}`)).body.head;
    }
  }
}

type CutStyle = "steady" | "random" | "sweep";
