import { LIMITS } from "@millrace/protocol";
import type { Logger } from "pino";
import type { ObservedRun, Put, RunObserver } from "../models/run-observer.ts";
import type { DeltaContext, DeltaEvent, OnDelta } from "./on-delta.ts";

const LONGEST_NAME = 200;

/** Hands a run's deltas to the operator's hook. A hook that fails is logged once and not called again in this run. */
export function deltaHook(onDelta: OnDelta, { session_id, run_id }: ObservedRun, log: Logger): RunObserver {
  let on = true;
  const fail = (error: unknown): void => {
    if (!on) return;
    on = false;
    log.error({ run_id, error }, "hooks.onDelta failed and is off for the rest of this run");
  };
  let put: Put | null = null;
  const context: DeltaContext = {
    session_id,
    run_id,
    data: (name, value) => put?.({ type: "data", name: checkedName(name), value: checkedValue(value) }),
  };
  return {
    emitted: (event, into) => {
      if (!on || !isHeard(event)) return;
      put = into;
      try {
        const waiting = onDelta(event, context);
        if (waiting instanceof Promise) waiting.catch(fail);
      } catch (error) {
        fail(error);
      }
    },
  };
}

function isHeard(event: { type: string }): event is DeltaEvent {
  return event.type === "text_delta" || event.type === "thinking" || event.type === "tool_output_delta";
}

function checkedName(name: string): string {
  if (typeof name !== "string" || name === "" || name.length > LONGEST_NAME)
    throw new TypeError(`data: the name must be a text of 1 to ${LONGEST_NAME} characters.`);
  return name;
}

/** What the value is once it has been JSON: later changes of the hook's own object do not reach the log. */
function checkedValue(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError("data: the value is not JSON.");
  if (Buffer.byteLength(text) > LIMITS.event_bytes / 2)
    throw new RangeError(`data: the value is longer than ${LIMITS.event_bytes / 2} bytes.`);
  return JSON.parse(text);
}
