import type { Event, EventOf } from "../events/events.ts";
import { type Delta, isDelta } from "../events/kinds.ts";
import { addUsage } from "../usage-sum.ts";
import type { BlockItem, Item, ToolItem, ToolPhase, Turn } from "./view.ts";

/** A turn after one more event of its run. Only called while the turn is open: nothing follows a run's end. */
export function evolveTurn(turn: Turn, event: Event): Turn {
  const closed = isDelta(event) ? endBlocks(turn, event.ts, event) : endBlocks(turn, event.ts, null);
  switch (event.type) {
    case "step":
      return add(
        { ...closed, step: event.step, tokens: event.tokens, max_steps: event.max_steps },
        {
          kind: "step",
          step: event.step,
          tokens: event.tokens,
          token_limit: event.token_limit,
          output: null,
          ...at(event),
        },
      );
    case "thinking":
    case "text_delta":
      return block(closed, event);
    case "tool_call_delta":
    case "tool_call":
    case "tool_start":
    case "tool_output_delta":
    case "tool_result":
      return tool(closed, event);
    case "agent_output":
      return output(closed, event);
    case "retry":
      return retry(closed, event);
    case "interaction_request":
    case "user_input_received":
      return interaction(closed, event);
    case "compact": {
      const { original_messages, compacted_messages, estimated_tokens_saved, content, covers_to } = event;
      const usage = event.usage === undefined ? closed.usage : addUsage(closed.usage, event.usage);
      return add(
        { ...closed, usage },
        {
          kind: "compact",
          original_messages,
          compacted_messages,
          estimated_tokens_saved,
          content,
          covers_to,
          usage: event.usage ?? null,
          ...at(event),
        },
      );
    }
    case "prune": {
      const { tool_call_ids, estimated_tokens_saved } = event;
      return add(closed, { kind: "prune", tool_call_ids, estimated_tokens_saved, ...at(event) });
    }
    case "circuit_breaker": {
      const { reason, content, limit, value } = event;
      return add(closed, { kind: "circuit_breaker", reason, content, limit, value, ...at(event) });
    }
    case "data":
      return add(closed, { kind: "data", name: event.name, value: event.value, ...at(event) });
    case "log_file":
      return add(closed, { kind: "log_file", log_file: event.log_file, ...at(event) });
    case "stop_requested":
      return { ...closed, phase: { state: "stopping", by: event.by } };
    case "done":
    case "cancelled":
    case "error":
      return end(closed, event);
    default:
      return turn;
  }
}

const at = (event: Event) => ({ seq: event.from ?? event.seq, ts: event.ts });

const add = (turn: Turn, item: Item): Turn => ({ ...turn, items: [...turn.items, item] });

const replace = (turn: Turn, index: number, item: Item): Turn => ({ ...turn, items: turn.items.with(index, item) });

/** The part of a delta that its block does not hold yet; null where there is a hole before it. */
function unseen(held: string, delta: { offset: number; content: string }): string | null {
  return delta.offset > held.length ? null : delta.content.slice(held.length - delta.offset);
}

/** A block ends with the first event of its run that is not its own delta. */
function endBlocks(turn: Turn, ts: number, delta: Delta | null): Turn {
  const index = turn.items.length - 1;
  const last = turn.items[index];
  if (last === undefined || (last.kind !== "text" && last.kind !== "thinking") || last.ended_at !== null) return turn;
  if (delta !== null && kindOf(delta) === last.kind && "block_id" in delta && delta.block_id === last.block_id)
    return turn;
  return replace(turn, index, { ...last, ended_at: ts });
}

const kindOf = (delta: Delta): "thinking" | "text" => (delta.type === "thinking" ? "thinking" : "text");

function block(turn: Turn, event: EventOf<"text_delta" | "thinking">): Turn {
  const kind = kindOf(event);
  const index = turn.items.findLastIndex((item) => item.kind === kind && item.block_id === event.block_id);
  const held = turn.items[index] as BlockItem | undefined;
  const piece = unseen(held?.content ?? "", event);
  if (piece === null) return turn;
  if (held !== undefined) return replace(turn, index, { ...held, content: held.content + piece });
  return add(turn, { kind, block_id: event.block_id, content: piece, ended_at: null, ...at(event) });
}

type ToolEvent = EventOf<"tool_call_delta" | "tool_call" | "tool_start" | "tool_output_delta" | "tool_result">;

function tool(turn: Turn, event: ToolEvent): Turn {
  const index = turn.items.findLastIndex((item) => item.kind === "tool" && item.tool_call_id === event.tool_call_id);
  const held = turn.items[index] as ToolItem | undefined;
  if (held === undefined && event.type !== "tool_call_delta" && event.type !== "tool_call") return turn;
  const call: ToolItem = held ?? {
    kind: "tool",
    tool_call_id: event.tool_call_id,
    tool_name: "tool_name" in event ? event.tool_name : "",
    parent_tool_call_id: null,
    last_seq: event.seq,
    step: turn.step,
    args_text: "",
    args: null,
    output: "",
    model_usage: null,
    model_cost: null,
    usage: null,
    cost: null,
    phase: { state: "preparing" },
    ...at(event),
  };
  const evolved = call.phase.state === "ended" ? call : evolveCall(call, event);
  if (evolved === held) return turn;
  const changed = evolved === call ? call : { ...evolved, last_seq: event.seq };
  const spent = changed !== call && event.type === "tool_result" ? event.usage : undefined;
  const counted = spent === undefined ? turn : { ...turn, usage: addUsage(turn.usage, spent) };
  return held === undefined ? add(counted, changed) : replace(counted, index, changed);
}

function evolveCall(call: ToolItem, event: ToolEvent): ToolItem {
  switch (event.type) {
    case "tool_call_delta": {
      const piece = unseen(call.args_text, event);
      return piece === null ? call : { ...call, args_text: call.args_text + piece };
    }
    case "tool_call":
      return {
        ...call,
        tool_name: event.tool_name,
        args: event.args,
        parent_tool_call_id: event.parent_tool_call_id ?? null,
        model_usage: event.model_usage ?? null,
        model_cost: event.model_cost ?? null,
        ...given(event),
        phase: { state: "called", called_at: event.ts },
      };
    case "tool_start":
      return { ...call, phase: { state: "running", called_at: calledAt(call), started_at: event.ts } };
    case "tool_output_delta": {
      const piece = unseen(call.output, event);
      return piece === null ? call : { ...call, output: call.output + piece };
    }
    case "tool_result": {
      const { outcome, success, content, error, execution_time, truncated = false, ts } = event;
      const phase: ToolPhase = {
        state: "ended",
        outcome,
        success,
        content,
        error,
        execution_time,
        truncated,
        called_at: calledAt(call),
        started_at: call.phase.state === "running" ? call.phase.started_at : null,
        ended_at: ts,
      };
      return { ...call, usage: event.usage ?? null, cost: event.cost ?? null, phase };
    }
  }
}

const given = ({ provider_data }: EventOf<"tool_call" | "agent_output">) =>
  provider_data === undefined ? {} : { provider_data };

const calledAt = (call: ToolItem): number => ("called_at" in call.phase ? call.phase.called_at : call.ts);

function output(turn: Turn, event: EventOf<"agent_output">): Turn {
  const index = turn.items.findLastIndex((item) => item.kind === "step" && item.step === event.step);
  const step = turn.items[index];
  const usage = event.usage === null ? turn.usage : addUsage(turn.usage, event.usage);
  if (step?.kind !== "step") return { ...turn, usage };
  const { finish_reason } = event;
  return replace({ ...turn, usage }, index, {
    ...step,
    output: { finish_reason, usage: event.usage, ...given(event) },
  });
}

function retry(turn: Turn, event: EventOf<"retry">): Turn {
  const { retry_attempt, retry_max_attempts, content, delay_ms, discard_from } = event;
  const items = turn.items.filter((item) => item.seq < discard_from);
  return add({ ...turn, items }, { kind: "retry", retry_attempt, retry_max_attempts, content, delay_ms, ...at(event) });
}

function interaction(turn: Turn, event: EventOf<"interaction_request" | "user_input_received">): Turn {
  if (event.type === "interaction_request") {
    const { request_id, interaction_kind, content, options } = event;
    return add(turn, {
      kind: "interaction",
      request_id,
      interaction_kind,
      content,
      options,
      tool_call_id: event.tool_call_id ?? null,
      args_digest: event.args_digest ?? null,
      pattern: event.pattern ?? null,
      tool_digest: event.tool_digest ?? null,
      expires_at: event.expires_at ?? null,
      ...(event.snapshot === undefined ? {} : { snapshot: event.snapshot }),
      answer: null,
      ...at(event),
    });
  }
  const index = turn.items.findLastIndex((item) => item.kind === "interaction" && item.request_id === event.request_id);
  const asked = turn.items[index];
  if (asked?.kind !== "interaction" || asked.answer !== null) return turn;
  const { answer: value, by, remember = null, ts } = event;
  return replace(turn, index, { ...asked, answer: { value, by, remember, at: ts } });
}

function end(open: Turn, event: EventOf<"done" | "cancelled" | "error">): Turn {
  const ended_at = event.ts;
  const turn = { ...open, ended_seq: event.seq };
  switch (event.type) {
    case "done": {
      const { content, reason, usage, cost } = event;
      return { ...turn, phase: { state: "done", content, reason, usage, cost: cost ?? null, ended_at } };
    }
    case "cancelled":
      return { ...turn, phase: { state: "cancelled", content: event.content, usage: event.usage, ended_at } };
    case "error": {
      const { code, message, reason, retryable } = event;
      return { ...turn, phase: { state: "error", code, message, reason, retryable, ended_at } };
    }
  }
}
