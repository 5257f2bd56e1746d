import type { Turn } from "@millrace/protocol";
import { useState } from "react";
import { loadRewrite } from "../composer/rewrites.ts";
import { useApp } from "../shell/app-context.ts";
import { useTurns } from "./turns-context.ts";

interface Edited {
  readonly session_id: string;
  /** The message that is being said in another way; another one may stand in its place by now. */
  readonly message_id: string | null;
  /** By a press; not where what was written before came back. */
  readonly pressed: boolean;
}

/** The editor in the place of a turn's first message. Also open where this browser keeps a text for that place. */
export function useEdited(turn: Turn, first: string | undefined): Edited & { edit(message_id: string | null): void } {
  const { session } = useApp();
  const { blocked } = useTurns();
  const [edited, setEdited] = useState<Edited>(() => {
    const session_id = session.getState().session_id ?? "";
    const place = [...(turn.branch?.siblings ?? []), ...(first === undefined ? [] : [first])];
    const kept = (id: string) => blocked !== "blocked_replay" && loadRewrite(session_id, id) !== null;
    return { session_id, message_id: place.find(kept) ?? null, pressed: false };
  });
  return { ...edited, edit: (message_id) => setEdited({ ...edited, message_id, pressed: true }) };
}
