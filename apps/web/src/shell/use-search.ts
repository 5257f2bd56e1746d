import type { SessionSummary } from "@millrace/protocol";
import { useEffect, useState } from "react";
import { requestJson } from "./gateway-http.ts";

/** A conversation that the gateway found. `found`: where in its texts. */
interface FoundSession extends SessionSummary {
  readonly found?: { readonly seq: number; readonly text: string };
}

export interface Search {
  /** What was searched. */
  readonly q: string;
  readonly sessions: readonly FoundSession[];
  readonly failed: boolean;
}

const LIMIT = 20;
/** Typing is let rest so long before the gateway is asked. Milliseconds. */
const REST_MS = 150;
const NOTHING: Search = { q: "", sessions: [], failed: false };

/** The conversations whose title or text has `q`, as the gateway says. What was found before stays until then. */
export function useSearch(q: string): Search {
  const [search, setSearch] = useState(NOTHING);
  useEffect(() => {
    if (q === "") return setSearch(NOTHING);
    let current = true;
    const timer = setTimeout(() => {
      const query = new URLSearchParams({ q: q.slice(0, 200), limit: `${LIMIT}` });
      requestJson<{ sessions: FoundSession[] }>("GET", `/api/v1/sessions?${query}`).then(
        ({ sessions }) => current && setSearch({ q, sessions, failed: false }),
        () => current && setSearch({ q, sessions: [], failed: true }),
      );
    }, REST_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [q]);
  return search;
}
