import type { BlockItem, CompactItem, Item, MessageItem, StepItem, ToolItem, Turn } from "@millrace/protocol";

/** A row on the race; calls of one step that were asked for together share one. */
export type WorkRow =
  | { readonly kind: "item"; readonly item: Exclude<Item, BlockItem | ToolItem | CompactItem> | BlockItem }
  | { readonly kind: "call"; readonly call: ToolItem }
  | { readonly kind: "group"; readonly calls: readonly ToolItem[] };

/** A turn from top to bottom: work is joined by the race, words and seams leave it. */
export type Segment =
  | { readonly kind: "work"; readonly key: number; readonly rows: readonly WorkRow[] }
  | { readonly kind: "text"; readonly key: number; readonly item: BlockItem }
  | { readonly kind: "seam"; readonly key: number; readonly item: CompactItem };

export interface TurnParts {
  /** What the run answers. */
  readonly messages: readonly MessageItem[];
  readonly segments: readonly Segment[];
  /** Calls made inside a call, by their parent's id. */
  readonly inner: ReadonlyMap<string, readonly ToolItem[]>;
}

/**
 * How a turn's items are laid out. Says nothing the items do not: empty text has no place, and a step's mark, from the
 * second on, stands where its work begins; a step of words alone has none.
 */
export function partsOf(turn: Turn): TurnParts {
  const ids = new Set(turn.items.flatMap((item) => (item.kind === "tool" ? [item.tool_call_id] : [])));
  const messages: MessageItem[] = [];
  const inner = new Map<string, ToolItem[]>();
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
          const siblings = inner.get(parent);
          if (siblings === undefined) inner.set(parent, [item]);
          else siblings.push(item);
        } else {
          add({ kind: "call", call: item }, item.seq);
        }
        break;
      }
      default:
        add({ kind: "item", item }, item.seq);
    }
  }
  return {
    messages,
    inner,
    segments: segments.map((segment) => (segment.kind === "work" ? grouped(segment) : segment)),
  };
}

/** Neighbouring calls of one step become a group; what was asked about them follows it. */
function grouped(segment: Extract<Segment, { kind: "work" }>): Segment {
  const rows: WorkRow[] = [];
  for (const row of segment.rows) {
    const at = rows.findLastIndex((other) => other.kind !== "item" || other.item.kind !== "interaction");
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
