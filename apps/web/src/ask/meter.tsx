import type { BreakerItem } from "@millrace/protocol";
import { useAmount } from "./use-amount.ts";

/** How far a run has come, against its limit. */
export function Meter({ breaker: { reason, limit, value } }: { breaker: BreakerItem }) {
  const { amount } = useAmount();
  return (
    <div className="meter">
      <span className="grow" />
      <span>{`${amount(reason, value)} / ${amount(reason, limit)}`}</span>
      <span className="bar" aria-hidden>
        <i style={{ width: `${Math.min(100, (value / Math.max(limit, 1e-9)) * 100)}%` }} />
      </span>
    </div>
  );
}
