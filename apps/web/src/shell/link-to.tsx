import type { MouseEvent, ReactNode } from "react";
import { useApp } from "./app-context.ts";
import { addressOf } from "./route.ts";

interface Props {
  session_id: string | null;
  className: string;
  testId?: string;
  current?: boolean;
  children: ReactNode;
}

/** A link to a session that does not load the page again; with a modifier it is the browser's. */
export function LinkTo({ session_id, className, testId, current = false, children }: Props) {
  const { go } = useApp();
  const onClick = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(session_id);
  };
  return (
    <a
      href={addressOf(session_id)}
      className={className}
      data-testid={testId}
      aria-current={current ? "page" : undefined}
      onClick={onClick}
    >
      {children}
    </a>
  );
}
