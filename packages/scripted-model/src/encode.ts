import { pieces, type ToolCallSpec } from "./script.ts";

export interface ChunkIdentity {
  readonly id: string;
  /** Unix time in seconds. */
  readonly created: number;
  readonly model: string;
  /** Whether the client asked for usage: every chunk then carries `usage: null`, as OpenAI's do. */
  readonly withUsage: boolean;
}

export interface ChunkEncoder {
  /** The JSON text of one `chat.completion.chunk`. */
  delta(delta: unknown, finish?: string | null): string;
  /** The same as `delta({content})`, cheaper. */
  content(value: string): string;
  /** The chunk with `choices: []`. */
  usage(usage: unknown): string;
}

/** Makes the chunks of one response; they share their frame, which is serialized once. */
export function chunkEncoder(identity: ChunkIdentity): ChunkEncoder {
  const { id, created, model, withUsage } = identity;
  const frame = JSON.stringify({ id, object: "chat.completion.chunk", created, model }).slice(0, -1);
  const head = `${frame},"choices":[{"index":0,"delta":`;
  const tail = withUsage ? `}],"usage":null}` : "}]}";
  return {
    delta: (delta, finish = null) =>
      `${head}${JSON.stringify(delta)},"logprobs":null,"finish_reason":${JSON.stringify(finish)}${tail}`,
    content: (value) => `${head}{"content":${JSON.stringify(value)}},"logprobs":null,"finish_reason":null${tail}`,
    usage: (usage) => `${frame},"choices":[],"usage":${JSON.stringify(usage)}}`,
  };
}

/** One SSE event. */
export function sseEvent(data: string, event?: string): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  const lines = data.includes("\n") ? data.split("\n").join("\ndata: ") : data;
  return `${name}data: ${lines}\n\n`;
}

export function sseComment(comment: string): string {
  return `${comment
    .split("\n")
    .map((line) => `: ${line}`)
    .join("\n")}\n\n`;
}

export function argumentText(call: ToolCallSpec): string {
  return typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments);
}

/** The pieces a call's argument text is sent in; together they are the text. */
function argumentFragments(call: ToolCallSpec): readonly string[] {
  if (typeof call.fragments === "object") {
    return call.fragments;
  }
  const whole = argumentText(call);
  return pieces(whole, Math.ceil(whole.length / Math.max(1, call.fragments ?? 1)));
}

/** The `delta`s of one tool call: id and name with empty arguments, then one per fragment. */
export function toolCallDeltas(call: ToolCallSpec, position: number): readonly object[] {
  const index = call.index === undefined ? { index: position } : call.index === null ? {} : { index: call.index };
  const opening = { ...index, id: call.id, type: "function", function: { name: call.name, arguments: "" } };
  return [
    { tool_calls: [opening] },
    ...argumentFragments(call).map((fragment) => ({
      tool_calls: [{ ...index, function: { arguments: fragment } }],
    })),
  ];
}
