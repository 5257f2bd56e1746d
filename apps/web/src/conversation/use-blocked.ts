import { openTurn } from "@millrace/protocol";
import { useReplay } from "../replay/use-replay.ts";
import { useConnection, useSession } from "../shell/app-context.ts";
import type { Blocked } from "./turns-context.ts";

/** Whether what was said can be said in another way now, and another branch shown. */
export function useBlocked(): Blocked {
  const { on } = useReplay();
  const online = useConnection().state === "online";
  const moves = useSession(({ view }) => openTurn(view) !== null || view.queue.length > 0);
  if (on) return "blocked_replay";
  if (moves) return "blocked_running";
  return online ? null : "blocked_offline";
}
