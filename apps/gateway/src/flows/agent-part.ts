import { type ModelPort, type RunAgentInput, runAgent } from "@millrace/agent";
import { type EmittedEvent, isTerminal, openCalls, type Turn, type View } from "@millrace/protocol";

type End = Extract<EmittedEvent, { type: "done" | "cancelled" | "error" }>;

export interface AgentPart extends Pick<RunAgentInput, "signal" | "budget"> {
  /** What the part is to see of the run so far. */
  readonly turn: Turn;
  readonly model?: ModelPort;
  readonly tools?: RunAgentInput["tools"];
  readonly delegates?: RunAgentInput["delegates"];
  /** Whether an event is the run's too. */
  readonly passes: (event: EmittedEvent) => boolean;
}

/**
 * Has a part of a run done by the agent, so that its calls, limits and costs follow the agent's own rules. The part
 * begins where `turn` leaves off and has one step.
 *
 * @returns how the part ended, which the run does not hear of; null: the run is not this process's to write any more
 */
export async function runAgentPart(input: RunAgentInput, part: AgentPart): Promise<End | null> {
  const { turn, model = nobody, tools = [], signal, passes, delegates, budget } = part;
  const view = await input.view();
  let end: End | null = null;
  await runAgent({
    ...input,
    history: { ...view, turns: [...view.turns.filter(({ run_id }) => run_id !== turn.run_id), turn] },
    model,
    tools,
    delegates,
    budget,
    system: undefined,
    // A conversation of its own, which nobody shortens.
    options: { ...input.options, max_steps: turn.step + 1, token_limit: Number.MAX_SAFE_INTEGER },
    emit: (event) => {
      if (isTerminal(event)) end = event;
      return passes(event) ? input.emit(event) : undefined;
    },
    steered: () => [],
    signal,
  });
  return end;
}

/** A run's turn as it is stored. */
export function turnOf({ turns }: View, run_id: string): Turn {
  const turn = turns.findLast((one) => one.run_id === run_id);
  if (turn === undefined) throw new Error("The history does not hold this run.");
  return turn;
}

/** A turn without what the agent would take up. */
export function settledTurn(turn: Turn): Turn {
  const items = turn.items.filter(
    (item) => item.kind !== "step" && (item.kind !== "tool" || item.phase.state === "ended"),
  );
  return { ...turn, phase: { state: "running" }, items };
}

/** Gives the calls of an earlier process their results: `unknown` where they had begun, unless the run is stopped. */
export async function closeCalls(input: RunAgentInput, turn: Turn, stopped: boolean): Promise<void> {
  const open = openCalls(turn);
  if (open.length === 0) return;
  const passes = (event: EmittedEvent): boolean => event.type === "tool_result";
  const begun = open.filter((call) => call.phase.state === "running" || call.parent_tool_call_id !== null);
  const rest = open.filter((call) => !begun.includes(call));
  const settled = settledTurn(turn);
  const step = turn.items.find((item) => item.kind === "step");
  if (!stopped && begun.length > 0 && step !== undefined) {
    const output = { finish_reason: "tool_calls", usage: null };
    const items = [...settled.items, { ...step, output }, ...begun];
    await runAgentPart(input, { turn: { ...settled, items }, signal: input.signal, passes });
  }
  const left = { ...settled, items: [...settled.items, ...(stopped ? open : rest)] };
  await runAgentPart(input, { turn: left, signal: AbortSignal.abort(), passes });
}

/** What a run has used and cost, as the agent reckons it. */
export async function spentBy(input: RunAgentInput): Promise<Pick<Extract<End, { type: "done" }>, "usage" | "cost">> {
  const turn = settledTurn(turnOf(await input.view(), input.run_id));
  const place = { seq: turn.seq, ts: turn.started_at };
  const output = { finish_reason: "stop", usage: null };
  const step = { kind: "step", step: turn.step, tokens: 0, token_limit: 1, output, ...place } as const;
  const said = { kind: "text", block_id: "", content: "Done.", ended_at: null, ...place } as const;
  const answered = { ...turn, items: [...turn.items.filter(({ kind }) => kind === "tool"), step, said] };
  const end = await runAgentPart(input, { turn: answered, signal: new AbortController().signal, passes: () => false });
  if (end?.type !== "done") return { usage: turn.usage };
  return { usage: end.usage, ...(end.cost === undefined ? {} : { cost: end.cost }) };
}

const nobody: ModelPort = {
  id: "none",
  // biome-ignore lint/correctness/useYield: never asked
  async *stream() {
    throw new Error("A flow has no model of its own.");
  },
};
