/** An event as a door hands it out. Its fields are judged by what is here, not by the code that wrote or reads them. */
export interface Received {
  readonly type: string;
  readonly session_id: string;
  readonly run_id?: string;
  readonly seq: number;
  /** First position that it covers; `seq` where it is absent. */
  readonly from?: number;
  readonly [field: string]: unknown;
}

/** A piece of a longer text: compared by its text at its place, since merging changes events and no text. */
export interface Piece {
  readonly block: string;
  /** Of UTF-16 code units. */
  readonly offset: number;
  readonly content: string;
}

const PIECES: Readonly<Record<string, string>> = {
  text_delta: "block_id",
  thinking: "block_id",
  tool_call_delta: "tool_call_id",
  tool_output_delta: "tool_call_id",
};

/** Null for every other event. */
export function pieceOf(event: Received): Piece | null {
  const name = PIECES[event.type];
  if (name === undefined) return null;
  return { block: `${event.type} ${event[name]}`, offset: Number(event.offset), content: String(event.content) };
}

export function isEvent(value: unknown): value is Received {
  const { type, session_id, seq, from = seq } = (value ?? {}) as Partial<Received>;
  return typeof type === "string" && typeof session_id === "string" && isPosition(seq) && isPosition(from);
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

export const ENDS: ReadonlySet<string> = new Set(["done", "cancelled", "error"]);

/** JSON with its keys in order: the same for the same content. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
