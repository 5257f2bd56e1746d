import { useEffect, useState } from "react";
import { useApp } from "../shell/app-context.ts";

/** The log's time in milliseconds, again every `every` milliseconds while `active`. */
export function useNow(active: boolean, every = 100): number {
  const { session } = useApp();
  const [now, setNow] = useState(session.now);
  useEffect(() => {
    if (!active) return;
    setNow(session.now());
    const timer = setInterval(() => setNow(session.now()), every);
    return () => clearInterval(timer);
  }, [active, every, session]);
  return now;
}
