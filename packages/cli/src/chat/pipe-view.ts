import type { StreamChunk } from "@millrace/client";
import { argsText, noteOf } from "./notes.ts";
import type { Style } from "./style.ts";

/** What a pipe has got of a run, as far as the next chunk depends on it. */
export interface PipeView {
  /** Ends what was written so far, before more follows that does not belong to it. */
  readonly gap: "" | "\n" | "\n\n";
  readonly args: Readonly<Record<string, string>>;
}

export const NOTHING_PIPED: PipeView = { gap: "", args: {} };

/** The answer, as it is, for the output; what is told beside it for the error stream. */
export function pipe(view: PipeView, chunk: StreamChunk, style: Style): { view: PipeView; out: string; err: string } {
  switch (chunk.type) {
    case "text_delta": {
      const out = (view.gap === "\n\n" ? view.gap : "") + chunk.content;
      return { view: { ...view, gap: chunk.content.endsWith("\n") ? "" : "\n" }, out, err: "" };
    }
    case "step":
      return { view: { ...view, gap: view.gap === "" ? "" : "\n\n" }, out: "", err: "" };
    case "tool_call":
      return {
        view: { ...view, args: { ...view.args, [chunk.tool_call_id]: argsText(chunk.args) } },
        out: "",
        err: "",
      };
    default: {
      const note = noteOf(chunk, chunk.type === "tool_result" ? (view.args[chunk.tool_call_id] ?? "") : "", style);
      const ended = chunk.type === "done" || chunk.type === "cancelled" || chunk.type === "error";
      return {
        view: ended ? NOTHING_PIPED : view,
        out: ended && view.gap !== "" ? "\n" : "",
        err: note === null || note === "" || isPlainDone(chunk) ? "" : `${note}\n`,
      };
    }
  }
}

/** A pipe is not told what everybody expects. */
function isPlainDone(chunk: StreamChunk): boolean {
  return chunk.type === "done" && chunk.reason === "completed";
}
