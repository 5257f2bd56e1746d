import type { ReactElement } from "react";
import Menu from "../shell/menu.tsx";
import { useSessionEntries } from "./session-entries.ts";

export interface RowActionsProps {
  trigger: ReactElement;
  session_id: string;
  rename(): void;
  remove(): void;
}

/** What can be done with a conversation of the list. */
export default function RowActions({ trigger, ...doings }: RowActionsProps) {
  const { rename, link, exports, remove } = useSessionEntries({ ...doings, copied: () => undefined });
  return <Menu trigger={trigger} entries={[rename, link, ...exports, remove]} />;
}
