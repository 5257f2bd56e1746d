import { type Fault, Faults } from "./fault.ts";
import type { LogLedger } from "./oracle-log.ts";
import type { ModelLedger } from "./oracle-model.ts";
import type { ViewerLedger } from "./oracle-viewer.ts";
import type { WireLedger } from "./oracle-wire.ts";

export { type Fault, runLine, tally, type Verdict } from "./fault.ts";
export { LogLedger } from "./oracle-log.ts";
export { ModelLedger } from "./oracle-model.ts";
export { ViewerLedger } from "./oracle-viewer.ts";
export { WireLedger } from "./oracle-wire.ts";

/** Everything that was written down of one run of a test. */
export interface Ledgers {
  readonly logs: readonly LogLedger[];
  /** By the session that each of them watched. */
  readonly viewers: readonly { readonly session_id: string; readonly ledger: ViewerLedger }[];
  readonly wires?: readonly WireLedger[];
  readonly model?: ModelLedger;
}

/** The loss oracle: everything that is wrong, once the load has stopped and everything is quiet. */
export function judge({ logs, viewers, wires = [], model }: Ledgers): readonly Fault[] {
  const faults = new Faults();
  for (const log of logs) faults.addAll(log.faults);
  for (const { session_id, ledger } of viewers) {
    const log = logs.find((one) => one.session_id === session_id);
    if (log === undefined) faults.add("GHOST", `${ledger.name}: session ${session_id} is not stored`);
    else faults.addAll(ledger.judge(log));
  }
  for (const wire of wires) faults.addAll(wire.faults);
  if (model !== undefined) faults.addAll(model.judge(logs));
  return faults.list;
}
