import type { Turn } from "@millrace/protocol";
import { useScreen, useSession } from "../shell/app-context.ts";

/** The run that the inspector shows: that of what is selected, else the last. `number`: null while earlier runs are to come. */
export function useInspectedTurn(): { turn: Turn; number: number | null } | null {
  const turns = useSession((state) => state.view.turns);
  const partial = useSession((state) => state.partial === true);
  const selected = useScreen((state) => state.selected);
  const index = turns.findLastIndex(
    (turn) =>
      selected === null ||
      selected.startsWith(`${turn.run_id} `) ||
      turn.items.some((item) => item.kind === "tool" && item.tool_call_id === selected),
  );
  const at = index === -1 ? turns.length - 1 : index;
  const turn = turns[at];
  return turn === undefined ? null : { turn, number: partial ? null : at + 1 };
}
