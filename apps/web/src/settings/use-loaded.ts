import { useCallback, useEffect, useState } from "react";

export type Loaded<T> =
  | { readonly state: "loading" }
  | { readonly state: "loaded"; readonly value: T }
  | { readonly state: "failed"; readonly reason: string };

/** What `load` resolves with, and a way to load it again. `load` must stay the same function. */
export function useLoaded<T>(load: () => Promise<T>): [Loaded<T>, () => void] {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: "loading" });
  const again = useCallback(() => {
    load().then(
      (value) => setLoaded({ state: "loaded", value }),
      (error: Error) => setLoaded({ state: "failed", reason: error.message }),
    );
  }, [load]);
  useEffect(again, [again]);
  return [loaded, again];
}
