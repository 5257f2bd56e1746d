import { useState } from "react";
import { useConnection, useSession } from "../shell/app-context.ts";

/** Whether what is held of the conversation is to be shown: not while the history of one that was just opened comes in. */
export function useCaughtUp(live: boolean): boolean {
  const session_id = useSession((state) => state.session_id);
  const gone = useSession((state) => state.link === "gone");
  const online = useConnection().state === "online";
  const [seen, setSeen] = useState<string | null>(null);
  if (live && seen !== session_id) setSeen(session_id);
  if (!live && seen !== null && seen !== session_id) setSeen(null);
  return live || gone || !online || seen === session_id;
}
