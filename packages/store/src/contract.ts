import { describe } from "vitest";
import { describeAppend } from "./contract/append-contract.ts";
import type { OpenLogStore } from "./contract/given.ts";
import { describeModel } from "./contract/model-contract.ts";
import { describeSessions } from "./contract/sessions-contract.ts";
import { describeReadAndSettle } from "./contract/settle-contract.ts";

export type { OpenedStore, OpenLogStore } from "./contract/given.ts";

/**
 * What every {@link LogStore} must do, as a Vitest suite. `open` is called within a test, so it may register its
 * clean-up with `onTestFinished`; the suite closes the store itself.
 */
export function describeLogStore(
  name: string,
  open: OpenLogStore,
  { sequences = 300 }: { sequences?: number } = {},
): void {
  describe(name, () => {
    describeAppend(open);
    describeReadAndSettle(open);
    describeSessions(open);
    describeModel(open, sequences);
  });
}
