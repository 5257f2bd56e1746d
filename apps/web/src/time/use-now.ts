import { useEffect, useState } from "react";
import { useSession } from "../shell/app-context.ts";

/** The log's time in milliseconds, again every `every` milliseconds while `active`. */
export function useNow(active: boolean, every = 100): number {
  const skew = useSession((state) => state.skew);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!active) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [active, every]);
  return now - skew;
}
