import type { Models } from "@millrace/client";
import type { RunOptions, View } from "@millrace/protocol";

/** Models that can be asked. `thinking`: whether it thinks unless a message says otherwise. */
interface OfferedModels extends Models {
  readonly models: (Models["models"][number] & {
    readonly context?: number;
    readonly thinking?: boolean;
    readonly images?: boolean;
  })[];
}

export interface OfferedAgents {
  readonly agents: readonly { readonly name: string; readonly description: string }[];
  readonly default: string;
}

/** What is offered, and what the person chose here for the next message; null: nothing, so it stays as it was. */
export interface Choices {
  readonly models: OfferedModels | null;
  readonly agents: OfferedAgents | null;
  readonly new_chat_model: string | null;
  readonly agent: string | null;
  readonly thinking: boolean | null;
  /** Names of tools that are switched off. */
  readonly excluded_tools: readonly string[] | null;
}

/** What the last message asked of its run, said here or elsewhere. */
function lastOptions({ queue, turns }: View): RunOptions | null {
  const waiting = queue.at(-1);
  if (waiting !== undefined) return waiting.options;
  const said = turns.at(-1)?.items.findLast((item) => item.kind === "message");
  return said?.kind === "message" ? said.message.options : null;
}

/** The model that answers next; null while none is known. */
export function currentModel(choices: Choices, session_id: string | null, view: View): string | null {
  if (choices.models === null) return null;
  const asked = view.model ?? modelOption(choices, session_id, view) ?? view.turns.at(-1)?.model;
  return asked ?? choices.models.default;
}

/** The model that the next message has to ask for by itself; null where its session, or nobody, says which. */
function modelOption({ new_chat_model }: Choices, session_id: string | null, view: View): string | null {
  if (session_id === null) return new_chat_model;
  return view.model === null ? (lastOptions(view)?.model ?? null) : null;
}

/** The agent that answers next; null where it is not known which there are. */
export function currentAgent({ agents, agent }: Choices, view: View): string | null {
  if (agents === null) return null;
  const named = agent ?? lastOptions(view)?.agent ?? view.turns.at(-1)?.agent;
  return agents.agents.find(({ name }) => name === named)?.name ?? agents.default;
}

/** Whether the next answer is thought about first; null where nobody said, so that it is as the model has it. */
export function currentThinking({ thinking }: Choices, view: View): boolean | null {
  return thinking ?? lastOptions(view)?.thinking?.enabled ?? null;
}

/** The tools that the next run may not use. */
export function currentExcluded({ excluded_tools }: Pick<Choices, "excluded_tools">, view: View): readonly string[] {
  return excluded_tools ?? lastOptions(view)?.exclude_tools ?? [];
}

/** What the next message asks of its run; undefined where it asks nothing. */
export function messageOptions(choices: Choices, session_id: string | null, view: View): RunOptions | undefined {
  const model = modelOption(choices, session_id, view);
  const agent = currentAgent(choices, view);
  const thinking = currentThinking(choices, view);
  const excluded = currentExcluded(choices, view);
  const options: RunOptions = {
    ...(model === null ? {} : { model }),
    ...(agent !== null && agent !== choices.agents?.default ? { agent } : {}),
    ...(thinking === null ? {} : { thinking: { enabled: thinking } }),
    ...(excluded.length === 0 ? {} : { exclude_tools: [...excluded] }),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}
