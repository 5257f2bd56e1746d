import type { ModelMessage, ModelPort, ModelRequest, ModelTool } from "@millrace/agent";

/** A line of the log file, before it has its time. */
export type LogLine = { readonly type: string } & Readonly<Record<string, unknown>>;

export interface ModelLog {
  /** Returns at once. */
  readonly note: (line: LogLine) => void;
  /** Of a request: each has its own in its run. */
  readonly number: () => number;
}

/**
 * Notes what a model is asked (`agent_input`); what it answers is the port's own stream, and the log's events hold it.
 * What an earlier line of the same model's holds is not repeated: `messages` follow after the first `same_messages` of
 * the request before, and `tools` and `system` stand only where they changed.
 */
export function loggedModel(port: ModelPort, { note, number }: ModelLog): ModelPort {
  let before: ModelRequest | null = null;
  return {
    id: port.id,
    stream: (request, signal) => {
      note({ type: "agent_input", model: port.id, call: number(), ...inputOf(request, before) });
      // A conversation grows in place.
      before = { ...request, messages: [...request.messages] };
      return port.stream(request, signal);
    },
  };
}

function inputOf(request: ModelRequest, before: ModelRequest | null): Record<string, unknown> {
  const { system, messages, tools, thinking } = request;
  const same = before === null ? 0 : sameBeginning(messages, before.messages);
  return {
    thinking,
    ...(system === before?.system ? {} : { system }),
    ...(before !== null && sameTools(tools, before.tools) ? {} : { tools }),
    same_messages: same,
    messages: messages.slice(same).map(withoutPixels),
  };
}

/** An image is noted by its name: its bytes lie in a file of their own. */
function withoutPixels(message: ModelMessage): object {
  if (message.role !== "user" || message.images === undefined) return message;
  return { ...message, images: message.images.map(({ url: _url, ...image }) => image) };
}

function sameBeginning(messages: readonly ModelMessage[], before: readonly ModelMessage[]): number {
  const end = messages.findIndex((message, index) => message !== before[index]);
  return end === -1 ? messages.length : end;
}

function sameTools(tools: readonly ModelTool[], before: readonly ModelTool[]): boolean {
  return tools.length === before.length && tools.every((tool, index) => tool === before[index]);
}
