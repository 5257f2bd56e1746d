import { useMemo } from "react";
import { type Scale, scaleOf, waitsOf } from "./scale.ts";
import type { Band } from "./timeline.ts";

/** The same scale as long as it has the same cuts, so that rows which did not change are not drawn again. */
export function useStableScale(bands: readonly Band[], base: number): Scale {
  const waits = useMemo(() => waitsOf(bands, base), [bands, base]);
  const key = waits.map(({ from, to }) => `${from} ${to}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all of the waits
  return useMemo(() => scaleOf(waits), [key]);
}
