/** Why there is no drawing. `line`: of the code, where that is known. */
export type Failure =
  | { readonly reason: "unreadable"; readonly line: number | null }
  | { readonly reason: "slow" | "too_long" | "not_loaded" };

/** What the frame may say. */
export type FrameMessage =
  | { readonly type: "ready" }
  /** Pixels. */
  | { readonly type: "drawn"; readonly height: number }
  | { readonly type: "failed"; readonly failure: Failure };

const LOWEST = 40;
/** What is higher is scrolled inside its frame. */
const HIGHEST = 2_000;
const LAST_LINE = 50_000;

/** Numbers within bounds and nothing else is taken from a frame that has run a model's words; null for the rest. */
export function readFrameMessage(data: unknown): FrameMessage | null {
  if (typeof data !== "object" || data === null || !("type" in data)) return null;
  switch (data.type) {
    case "ready":
      return { type: "ready" };
    case "drawn": {
      const height = "height" in data ? data.height : null;
      if (typeof height !== "number" || !(height > 0)) return null;
      return { type: "drawn", height: Math.min(HIGHEST, Math.max(LOWEST, Math.ceil(height))) };
    }
    case "failed": {
      const line = "line" in data ? data.line : null;
      const known = typeof line === "number" && Number.isInteger(line) && line > 0 && line <= LAST_LINE;
      return { type: "failed", failure: { reason: "unreadable", line: known ? line : null } };
    }
    default:
      return null;
  }
}
