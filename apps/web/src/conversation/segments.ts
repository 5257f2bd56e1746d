import type {
  BlockItem,
  BreakerItem,
  CompactItem,
  InteractionItem,
  Item,
  LogFileItem,
  MessageItem,
  StepItem,
  ToolItem,
  Turn,
} from "@millrace/protocol";
import { isAboutLimit } from "../ask/ask.ts";

/** What the race has no row of its own for: it has a place elsewhere, or none in the conversation. */
type Elsewhere = BlockItem | ToolItem | CompactItem | BreakerItem | LogFileItem;

/** A row on the race; calls of one step that were asked for together share one. */
export type WorkRow =
  | { readonly kind: "item"; readonly item: Exclude<Item, Elsewhere> | BlockItem }
  | { readonly kind: "call"; readonly call: ToolItem }
  | { readonly kind: "group"; readonly calls: readonly ToolItem[] };

/** A turn from top to bottom: work is joined by the race, words, seams and cards leave it. */
export type Segment =
  | { readonly kind: "work"; readonly key: number; readonly rows: readonly WorkRow[] }
  | { readonly kind: "text"; readonly key: number; readonly item: BlockItem }
  | { readonly kind: "seam"; readonly key: number; readonly item: CompactItem }
  /** `asked`: whether the run may go on past this limit. */
  | { readonly kind: "breaker"; readonly key: number; readonly item: BreakerItem; asked: InteractionItem | null };

export interface TurnParts {
  /** What the run answers. */
  readonly messages: readonly MessageItem[];
  readonly segments: readonly Segment[];
  /** Calls made inside a call, by their parent's id. */
  readonly inner: ReadonlyMap<string, readonly ToolItem[]>;
  /** Questions about a call, or asked by it, by its id. */
  readonly asked: ReadonlyMap<string, readonly InteractionItem[]>;
}

/**
 * How a turn's items are laid out. Says nothing the items do not: empty text has no place, and a step's mark, from the
 * second on, stands where its work begins; a step of words alone has none.
 */
export function partsOf(turn: Turn): TurnParts {
  const ids = new Set(turn.items.flatMap((item) => (item.kind === "tool" ? [item.tool_call_id] : [])));
  const messages: MessageItem[] = [];
  const inner = new Map<string, ToolItem[]>();
  const asked = new Map<string, InteractionItem[]>();
  const segments: Segment[] = [];
  let rows: WorkRow[] | null = null;
  let mark: StepItem | null = null;
  const leave = (segment: Segment) => {
    rows = null;
    segments.push(segment);
  };
  const add = (row: WorkRow, key: number) => {
    if (rows === null) {
      rows = [];
      segments.push({ kind: "work", key, rows });
    }
    if (mark !== null) rows.push({ kind: "item", item: mark });
    mark = null;
    rows.push(row);
  };
  for (const item of turn.items) {
    switch (item.kind) {
      case "message":
        if (turn.step === 0 || segments.length === 0) messages.push(item);
        else add({ kind: "item", item }, item.seq);
        break;
      case "text":
        if (item.content.trim() !== "") leave({ kind: "text", key: item.seq, item });
        break;
      case "compact":
        leave({ kind: "seam", key: item.seq, item });
        break;
      case "step":
        mark = item.step > 1 ? item : null;
        break;
      case "tool": {
        const parent = item.parent_tool_call_id;
        if (parent !== null && parent !== item.tool_call_id && ids.has(parent)) {
          push(inner, parent, item);
        } else {
          add({ kind: "call", call: item }, item.seq);
        }
        break;
      }
      case "interaction": {
        const { tool_call_id } = item;
        const last = segments.at(-1);
        if (tool_call_id !== null && ids.has(tool_call_id)) push(asked, tool_call_id, item);
        else if (last?.kind === "breaker" && last.asked === null && isAboutLimit(item)) last.asked = item;
        else add({ kind: "item", item }, item.seq);
        break;
      }
      case "circuit_breaker":
        leave({ kind: "breaker", key: item.seq, item, asked: null });
        break;
      case "log_file":
        break;
      default:
        add({ kind: "item", item }, item.seq);
    }
  }
  return {
    messages,
    inner,
    asked,
    segments: segments.map((segment) => (segment.kind === "work" ? grouped(segment) : segment)),
  };
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const held = map.get(key);
  if (held === undefined) map.set(key, [value]);
  else held.push(value);
}

/** Neighbouring calls of one step become a group. */
function grouped(segment: Extract<Segment, { kind: "work" }>): Segment {
  const rows: WorkRow[] = [];
  for (const row of segment.rows) {
    const at = rows.length - 1;
    const last = rows[at];
    if (row.kind === "call" && last?.kind === "call" && last.call.step === row.call.step) {
      rows[at] = { kind: "group", calls: [last.call, row.call] };
    } else if (row.kind === "call" && last?.kind === "group" && last.calls[0]!.step === row.call.step) {
      rows[at] = { kind: "group", calls: [...last.calls, row.call] };
    } else {
      rows.push(row);
    }
  }
  return { ...segment, rows };
}
