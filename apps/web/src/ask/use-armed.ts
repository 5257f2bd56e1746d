import { useEffect, useState } from "react";

/** Milliseconds after which a button that just appeared can be pressed: nobody presses what they have not seen. */
const ARM_MS = 400;

/** Whether what `key` names has been there for long enough. */
export function useArmed(key: string): boolean {
  const [armed, setArmed] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setArmed(key), ARM_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return armed === key;
}
