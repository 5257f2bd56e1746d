import type {
  BlockItem,
  Item,
  MessageAttachment,
  MessageItem,
  StepItem,
  ToolItem,
  Usage,
  View,
} from "@millrace/protocol";
import type { ProviderData } from "./model-port.ts";

/** A conversation as any chat model understands it. */
export type ModelMessage = UserModelMessage | AssistantModelMessage | ToolModelMessage;

export interface UserModelMessage {
  readonly role: "user";
  /** Empty only where there are images. */
  readonly content: string;
  /** Files that have still to be read: a port never sees them. */
  readonly attachments?: readonly MessageAttachment[];
  readonly images?: readonly ModelImage[];
}

/** Follows the text of its message. `url` is a data URL. */
export interface ModelImage extends Pick<MessageAttachment, "name" | "media_type" | "size"> {
  readonly url: string;
}

/** Has text, calls or both, never neither. */
export interface AssistantModelMessage {
  readonly role: "assistant";
  readonly content: string;
  readonly tool_calls: readonly ModelToolCall[];
  /** What it thought before it made its calls. For endpoints that want to read it again; a port drops it for all others. */
  readonly reasoning?: string;
  readonly provider_data?: ProviderData;
}

export interface ModelToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text of an object. */
  readonly arguments: string;
  readonly provider_data?: ProviderData;
}

/** Answers one call of the assistant message before it; results are in the order of the calls. */
export interface ToolModelMessage {
  readonly role: "tool";
  readonly tool_call_id: string;
  readonly content: string;
}

export const NO_RESULT = "There is no result of this call.";
export const PRUNED = "(This output was left out to save space.)";

/** A message and its place in the log. */
export interface PlacedMessage {
  readonly message: ModelMessage;
  /** Position where it begins; that of a summary is where it ends. */
  readonly seq: number;
  /** Of an answer: tokens until its end as its endpoint counted them, less what was pruned since. Null: not counted. */
  readonly counted: number | null;
  /** It stands for what was before it. */
  readonly summary: boolean;
}

/** What a model reads of a session, but for the files that messages bring: valid for a strict endpoint, also where a run failed or is still open. */
export function toMessages(view: View): ModelMessage[] {
  return placedMessages(view).map(({ message }) => message);
}

/**
 * What a model reads, with positions. The last `compact` stands for everything up to its `covers_to`; a pruned call's
 * output is left out. The same items give the same message objects.
 */
export function placedMessages(view: View): PlacedMessage[] {
  const items = view.turns.flatMap((turn) => turn.items);
  const compact = items.findLast((item) => item.kind === "compact");
  const prunes = items.filter((item) => item.kind === "prune");
  const pruned = new Set(prunes.flatMap(({ tool_call_ids }) => tool_call_ids));
  const covered = compact?.covers_to ?? 0;
  const messages: PlacedMessage[] = [];
  if (compact !== undefined) {
    messages.push({
      message: once(compact, () => summaryMessage(compact.content)),
      seq: covered,
      counted: null,
      summary: true,
    });
  }
  /** What was counted before the conversation became shorter says nothing of it now. */
  const counted = (usage: Usage, seq: number): number | null => {
    if (compact !== undefined && seq < compact.seq) return null;
    const since = prunes.filter((prune) => prune.seq > seq);
    return tokensUntil(usage) - since.reduce((sum, { estimated_tokens_saved }) => sum + estimated_tokens_saved, 0);
  };
  let step: StepItem | null = null;
  let said: (BlockItem | ToolItem)[] = [];
  let thought: BlockItem[] = [];
  const flush = (): void => {
    const [first] = said;
    const answer = answerOf(said, thought, step?.output?.provider_data);
    if (first !== undefined && answer !== null) {
      const usage = step?.output?.usage ?? null;
      const { seq } = first;
      messages.push({ ...placed(answer, seq), counted: usage === null ? null : counted(usage, seq) });
      messages.push(...resultsOf(said, pruned));
    }
    said = [];
    thought = [];
  };
  for (const item of items) {
    if (startsMessage(item)) flush();
    if (item.kind === "message") step = null;
    if (item.kind === "step") step = item;
    if (item.seq <= covered) continue;
    if (item.kind === "message") messages.push(placed(userMessage(item), item.seq));
    else if (item.kind === "thinking") thought.push(item);
    else if (isSaid(item)) said.push(item);
  }
  flush();
  return messages;
}

const placed = (message: ModelMessage, seq: number): PlacedMessage => ({ message, seq, counted: null, summary: false });

const startsMessage = (item: Item): boolean => item.kind === "message" || item.kind === "step";

function isSaid(item: Item): item is BlockItem | ToolItem {
  if (item.kind === "text") return true;
  return item.kind === "tool" && item.args !== null && item.parent_tool_call_id === null;
}

/** Reasoning is not sent again. */
export function tokensUntil({ input_tokens, output_tokens, reasoning_tokens = 0 }: Usage): number {
  return Math.max(input_tokens, input_tokens + output_tokens - reasoning_tokens);
}

function resultsOf(said: readonly (BlockItem | ToolItem)[], pruned: ReadonlySet<string>): PlacedMessage[] {
  return said.filter((item) => item.kind === "tool").map((item) => placed(resultOf(item, pruned), item.seq));
}

const made = new WeakMap<Item, ModelMessage>();

function once<Made extends ModelMessage>(item: Item, make: () => Made): Made {
  const known = made.get(item) ?? make();
  made.set(item, known);
  return known as Made;
}

const userMessage = (item: MessageItem): UserModelMessage => once(item, () => userModelMessage(item.message));

/** As a model reads it once its files have been read. */
export function userModelMessage({
  content,
  attachments = [],
}: {
  readonly content: string;
  readonly attachments?: readonly MessageAttachment[];
}): UserModelMessage {
  return { role: "user", content, ...(attachments.length > 0 && { attachments }) };
}

interface Answered {
  readonly items: readonly Item[];
  readonly provider_data: ProviderData | undefined;
  readonly message: AssistantModelMessage | null;
}
const answers = new WeakMap<Item, Answered>();

function answerOf(
  said: readonly (BlockItem | ToolItem)[],
  thought: readonly BlockItem[],
  provider_data: ProviderData | undefined,
): AssistantModelMessage | null {
  const first = said[0];
  if (first === undefined) return null;
  const items = [...thought, ...said];
  const known = answers.get(first);
  const same = known?.items.length === items.length && known.items.every((item, at) => item === items[at]);
  if (same && known.provider_data === provider_data) return known.message;
  const calls = said.filter((item) => item.kind === "tool");
  const message = assistantMessage(
    said.map((item) => (item.kind === "tool" ? "" : item.content)).join(""),
    calls.map((call) => modelCall({ ...call, args: call.args ?? {} })),
    thought.map(({ content }) => content).join(""),
    provider_data,
  );
  answers.set(first, { items, provider_data, message });
  return message;
}

function resultOf(item: ToolItem, pruned: ReadonlySet<string>): ToolModelMessage {
  if (pruned.has(item.tool_call_id)) return toolMessage(item.tool_call_id, PRUNED);
  return once(item, () =>
    toolMessage(item.tool_call_id, item.phase.state === "ended" ? item.phase.content : NO_RESULT),
  );
}

export function summaryMessage(summary: string): UserModelMessage {
  const content = `[Summary of the conversation until here, which was too long to be kept whole]\n\n${summary}\n\n[End of the summary. What follows is the conversation itself.]`;
  return { role: "user", content };
}

/** What the assistant said in one step; null where it said nothing. */
export function assistantMessage(
  text: string,
  tool_calls: readonly ModelToolCall[],
  reasoning: string,
  provider_data?: ProviderData,
): AssistantModelMessage | null {
  if (text.trim() === "" && tool_calls.length === 0) return null;
  const thought = tool_calls.length === 0 || reasoning === "" ? {} : { reasoning };
  return { role: "assistant", content: text, tool_calls, ...thought, ...(provider_data && { provider_data }) };
}

interface MadeCall {
  readonly tool_call_id: string;
  readonly tool_name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly provider_data?: ProviderData;
}

export function modelCall({ tool_call_id, tool_name, args, provider_data }: MadeCall): ModelToolCall {
  // The model may have made up a name that an endpoint would refuse to read back.
  const name = tool_name.replace(/[^\w.-]/g, "_").slice(0, 64) || "unknown";
  return { id: tool_call_id, name, arguments: JSON.stringify(args), ...(provider_data && { provider_data }) };
}

export function toolMessage(tool_call_id: string, content: string): ToolModelMessage {
  // An empty tool message is refused by some endpoints.
  return { role: "tool", tool_call_id, content: content === "" ? "(no output)" : content };
}
