import { emptyView, openInteractions, openTurn } from "@millrace/protocol";
import type { ModelLedger } from "../kit/oracle.ts";
import { messageText } from "./script.ts";
import type { Tab } from "./tab.ts";
import type { SimTime } from "./time.ts";

export interface PeopleContext {
  readonly time: SimTime;
  readonly random: () => number;
  readonly ledger: ModelLedger;
  readonly tabs: readonly Tab[];
  /** A session was made. */
  readonly made: (session_id: string) => void;
  /** Which history it is: it changes when an older state of the store comes back. */
  readonly era: () => number;
}

/** What people do in their tabs. What they are promised is written down. */
export class People {
  readonly #context: PeopleContext;
  readonly sessions: string[] = [];
  readonly #sent: { readonly message_id: string; readonly session_id: string | null; readonly content: string }[] = [];
  #messages = 0;

  constructor(context: PeopleContext) {
    this.#context = context;
  }

  get sent(): number {
    return this.#messages;
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#context.random() * list.length)];
  }

  /** Says something new. @param session_id null: in a session that it makes */
  say(session_id: string | null): void {
    const tag = `m${++this.#messages}`;
    const message_id = `00000000-0000-4000-8000-${String(this.#messages).padStart(12, "0")}`;
    const message = { message_id, session_id, content: messageText(tag) };
    this.#sent.push(message);
    this.#send(message);
  }

  /** Says again what somebody has said, with the same id, in any tab. */
  sayAgain(): void {
    const message = this.pick(this.#sent);
    if (message !== undefined) this.#send(message);
  }

  stop(): void {
    const { ledger, time } = this.#context;
    this.#inSession((tab, session_id) => {
      const turn = openTurn(tab.viewOf(session_id) ?? emptyView());
      if (turn === null) return;
      this.#promised(tab.client.stop(session_id, turn.run_id), (ack) => {
        if (ack.outcome === "stopping") ledger.stopped(turn.run_id, time.now());
      });
    });
  }

  takeBack(): void {
    this.#inSession((tab, session_id) => {
      const queued = this.pick(tab.viewOf(session_id)?.queue ?? []);
      if (queued === undefined) return;
      const { message_id } = queued;
      this.#promised(tab.client.unsend(session_id, message_id), () => this.#context.ledger.withdrawn(message_id));
    });
  }

  /** Answers something that is asked, in one tab or in two at once. */
  answer(): void {
    this.#inSession((tab, session_id) => {
      this.#answerIn(tab, session_id);
      const other = this.pick(this.#context.tabs);
      if (other !== undefined && this.#context.random() < 0.3) this.#answerIn(other, session_id);
    });
  }

  /** Answers whatever is asked anywhere. */
  answerAll(): void {
    for (const session_id of this.sessions) {
      const tab = this.#context.tabs.find((one) => one.online && one.viewOf(session_id) !== null);
      if (tab !== undefined) this.#answerIn(tab, session_id);
    }
  }

  #answerIn(tab: Tab, session_id: string): void {
    const turn = openTurn(tab.viewOf(session_id) ?? emptyView());
    const asked = turn === null ? undefined : this.pick(openInteractions(turn));
    if (asked === undefined) return;
    const { request_id, args_digest, options } = asked;
    const answer = options.length === 0 ? `yes ${Math.floor(this.#context.random() * 100)}` : this.pick(options);
    if (answer === undefined) return;
    const shown = args_digest === null ? {} : { args_digest };
    this.#promised(tab.client.respond(session_id, request_id, answer, shown), () =>
      this.#context.ledger.answered(request_id, answer),
    );
  }

  #inSession(act: (tab: Tab, session_id: string) => void): void {
    const tab = this.pick(this.#context.tabs);
    const session_id = this.pick(this.sessions);
    if (tab !== undefined && session_id !== undefined) act(tab, session_id);
  }

  #send({ message_id, session_id, content }: { message_id: string; session_id: string | null; content: string }): void {
    const { random, ledger, made } = this.#context;
    const tab = this.pick(this.#context.tabs);
    if (tab === undefined) return;
    const mode = random() < 0.3 ? "steer" : "queue";
    const { accepted } = tab.client.send({ message_id, content, mode, ...(session_id !== null && { session_id }) });
    this.#promised(accepted, (ack) => {
      const { session_id: its = "", seq = 0 } = ack;
      ledger.accepted(message_id, its, seq);
      if (this.sessions.includes(its)) return;
      this.sessions.push(its);
      made(its);
    });
  }

  /** What is promised before an older state comes back does not hold after. */
  #promised<T>(promise: Promise<T>, kept: (value: T) => void): void {
    const era = this.#context.era();
    promise.then(
      (value) => era === this.#context.era() && kept(value),
      () => {},
    );
  }
}
