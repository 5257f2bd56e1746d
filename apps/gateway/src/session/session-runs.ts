import type { Interaction, InteractionAnswer, Permit, PermitRequest } from "@millrace/agent";
import { allTurns, isOpen, openTurn, type RunOptions, type View } from "@millrace/protocol";
import type { Entry, EntryResult, StoreError } from "@millrace/store";
import type { Logger } from "pino";
import { type Later, later } from "../later.ts";
import type { Limits } from "../limits.ts";
import type { Agents } from "../models/agents.ts";
import { Rejection } from "../rejection.ts";
import type { Given } from "./answer.ts";
import type { Inbox, Waiting } from "./inbox.ts";
import { type InteractionHost, Interactions } from "./interactions.ts";
import { type Permissions, SessionPermits } from "./permit.ts";
import { type AppendOptions, Run, type RunHost, type Untimed } from "./run.ts";
import { isOf, type SessionLog } from "./session-log.ts";
import type { StoredEvent } from "./stored-event.ts";

export interface RunsContext {
  readonly agents: Agents;
  readonly permissions: Permissions;
  readonly limits: Limits;
  readonly now: () => number;
  readonly ids: () => string;
  /** Timers and chance are the process's own unless a test brings others. */
  readonly later?: Later;
  readonly random?: () => number;
  readonly log: Logger;
  /** The files that messages bring; without it they are left out. */
  readonly attachments?: {
    /** Null where the user has none of that id. Never rejects. */
    read(user_id: string, attachment_id: string): Promise<Uint8Array | null>;
  };
}

/** Whose runs they are, and where they write. */
export interface RunsOwner {
  readonly user_id: string;
  readonly log: SessionLog;
  readonly inbox: Inbox;
}

/** The runs of one session, one after the other: begins them, asks people for them, and ends them. */
export class SessionRuns implements RunHost, InteractionHost {
  readonly #context: RunsContext;
  readonly #user_id: string;
  readonly #log: SessionLog;
  readonly #inbox: Inbox;
  readonly #interactions: Interactions;
  readonly #permits: SessionPermits;
  /** Steering messages that the open run was given. */
  readonly #lent: Waiting[] = [];
  readonly #onRest: (() => void)[] = [];
  #run: Run | null = null;
  #suspended = false;

  constructor(context: RunsContext, { user_id, log, inbox }: RunsOwner) {
    const { now, limits, permissions, agents } = context;
    const { interaction_ms, store_retry_ms } = limits;
    this.#context = context;
    this.#user_id = user_id;
    this.#log = log;
    this.#inbox = inbox;
    this.#interactions = new Interactions(this, { now, after: context.later ?? later, interaction_ms, store_retry_ms });
    this.#permits = new SessionPermits(permissions, {
      user_id,
      view: () => log.view,
      tool: (name) => this.#run?.tool(name) ?? agents.tools.find((tool) => tool.name === name),
    });
  }

  get view(): View {
    return this.#log.view;
  }

  /** Whether a run is open here, or begins. */
  get running(): boolean {
    return this.#run !== null;
  }

  /** Whether a run is open whose end is still to be written. */
  get open(): boolean {
    return this.#run?.open ?? openTurn(this.view) !== null;
  }

  /** Goes on with what an earlier process left open. */
  resume(): void {
    const turn = openTurn(this.view);
    if (turn === null) return this.startNext();
    const asked = turn.items.find((item) => item.kind === "message");
    const options = asked?.kind === "message" ? (asked.message.options ?? {}) : {};
    this.#run = this.#newRun(turn.run_id, { ...options, model: turn.model, agent: turn.agent }, true);
    this.#interactions.resume();
    void this.#run.drive(turn);
  }

  /** Takes the next message, where none is being answered. */
  startNext(): void {
    if (this.#run !== null || this.#suspended) return;
    const message = this.#inbox.takeNext();
    if (message === undefined) return;
    const model = message.options?.model ?? this.#log.model;
    const options = { ...message.options, ...(model === null ? {} : { model }) };
    this.#run = this.#newRun(this.#context.ids(), options, false);
    void this.#begin(this.#run, message, options);
  }

  /** Stops a run; `already_ended` where there is nothing to stop. */
  async stop(run_id: string): Promise<"stopping" | "already_ended"> {
    if (this.#run?.run_id === run_id) return this.#run.stop(this.#user_id);
    const turn = allTurns(this.view).find((candidate) => candidate.run_id === run_id);
    if (turn === undefined) throw new Rejection("not_found", "No such run.");
    if (!isOpen(turn)) return "already_ended";
    await this.append({ type: "stop_requested", run_id, by: this.#user_id }, { id: `stop:${run_id}` });
    return "stopping";
  }

  /** Stops whatever runs, for a caller who is not there any more to hear how it went. */
  stopOpen(): void {
    const run_id = this.#run?.run_id;
    if (run_id === undefined) return;
    this.stop(run_id).catch((error: unknown) => this.#context.log.warn({ run_id, error }, "could not stop"));
  }

  /** Answers a question; where it is to be remembered for always, that is stored too when this resolves. */
  async respond(request_id: string, given: Given): Promise<number> {
    const { seq, item } = await this.#interactions.respond(request_id, given, this.#user_id);
    try {
      await this.#permits.remember(item);
    } catch (error) {
      // The answer counts; the next call asks again.
      const { session_id } = this.#log;
      this.#context.log.error({ session_id, error }, "a permission could not be remembered");
    }
    return seq;
  }

  /** No run begins any more; the open one ends at its next step. */
  suspend(): void {
    this.#suspended = true;
    this.#run?.suspend();
  }

  /** Lets go of the open run at once. */
  detach(): void {
    this.#suspended = true;
    this.#run?.detach();
    this.#interactions.close();
  }

  /** What is on its way into the log does not arrive in time: a run that waits for it is broken off. */
  lost(error: StoreError): void {
    if (this.#log.awaits(this.#run?.run_id)) this.#run?.broke(error);
    this.#log.release();
  }

  /** Resolves when no run is open in this process. */
  async rested(): Promise<void> {
    if (this.#run !== null) await new Promise<void>((resolve) => this.#onRest.push(resolve));
  }

  /** An event is stored. */
  stored(stored: StoredEvent): void {
    this.#interactions.see(stored.event);
    if (this.#run?.run_id === stored.event.run_id) this.#run?.stored(stored);
  }

  /** A commit is through: a run that is to pause has its place now. */
  committed(): void {
    if (this.#suspended) this.#run?.rest();
  }

  /** None of these entries is stored. */
  failed(error: StoreError, entries: readonly Entry[]): void {
    if (entries.some((entry) => isOf(this.#run?.run_id, entry))) this.#run?.broke(error);
  }

  append(event: Untimed, options?: AppendOptions): Promise<EntryResult> {
    return this.#log.append(event, options);
  }

  emit(event: Untimed): void | Promise<void> {
    return this.#log.emit(event);
  }

  takeSteered(): readonly Waiting[] {
    const steered = this.#inbox.takeSteered();
    this.#lent.push(...steered);
    return steered;
  }

  permit(request: PermitRequest, interactive: boolean): Permit {
    return this.#permits.permit(request, interactive);
  }

  ask(run_id: string, request: Interaction, signal: AbortSignal): Promise<InteractionAnswer> {
    return this.#interactions.ask(run_id, request, signal);
  }

  takesAnswers(run_id: string): boolean {
    if (this.#run !== null) return this.#run.run_id === run_id && this.#run.listens;
    // Whoever takes the run up finds the answer, unless it was stopped.
    const turn = openTurn(this.view);
    return turn?.run_id === run_id && turn.phase.state === "running";
  }

  runEnded(run: Run): void {
    if (this.#run !== run) return;
    run.left();
    this.#run = null;
    for (const rest of this.#onRest.splice(0)) rest();
    // A step that was never stored did not take them.
    this.#inbox.putBack(this.#lent.splice(0), this.view);
    this.#log.compact();
    this.startNext();
  }

  async #begin(run: Run, message: Waiting, options: RunOptions): Promise<void> {
    const { run_id, log_file } = run;
    const start = this.#context.agents.start(options, run_id);
    try {
      const begun = this.append({ type: "session_start", run_id, message_ids: [message.message_id], ...start });
      // In the same transaction: what fails with it is told there.
      if (log_file !== null) this.append({ type: "log_file", run_id, log_file }).catch(() => {});
      await begun;
    } catch {
      run.left();
      this.#run = null;
      // A message that failed with it is reported to its sender; one that is stored waits for the store.
      this.#inbox.putBack([message], this.view);
      const { later: wait = later, limits } = this.#context;
      wait(limits.store_retry_ms, () => this.startNext());
      return;
    }
    const turn = openTurn(this.view);
    if (turn !== null) await run.drive(turn);
  }

  #newRun(run_id: string, options: RunOptions, resumed: boolean): Run {
    const { agents, now, ids, later: wait = later, random = Math.random, log, limits, attachments } = this.#context;
    const setup = agents.setup(options, { run_id, session_id: this.#log.session_id, resumed });
    return new Run(this, run_id, {
      setup,
      attachments: {
        images: setup.images ?? false,
        read: async (attachment_id) => (await attachments?.read(this.#user_id, attachment_id)) ?? null,
      },
      interactive: options.interactive ?? true,
      now,
      ids,
      later: wait,
      random,
      log,
      store_retry_ms: limits.store_retry_ms,
    });
  }
}
