import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useApp, useSession, useSessions } from "./app-context.ts";

/**
 * The open session's title, as its log says, else as the list says; a log's from a file is at least the file's name.
 * Null for a new chat.
 */
export function useTitle(): string | null {
  const { t } = useTranslation();
  const { replays } = useApp();
  const session_id = useSession((state) => state.session_id);
  const own = useSession((state) => state.view.title);
  const listed = useSessions(({ list }) => list.find((held) => held.session_id === session_id)?.title);
  const file = useStore(replays, ({ scene }) => (scene?.kind === "file" ? scene.name : null));
  const door = useStore(replays, (state) => state.door);
  const title = session_id === null ? null : (own ?? listed ?? null);
  return title || file || (door ? t("replay.title") : null);
}
