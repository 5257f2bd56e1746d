import type { Tool } from "./tool.ts";

/** A call that waits for its permission. */
export interface PermitRequest {
  readonly tool: Tool;
  /** As the tool would get them. */
  readonly args: unknown;
  readonly tool_call_id: string;
}

/** Whether a call may run. `reason` is for the model. */
export type Permit =
  | { readonly decision: "allow" }
  | { readonly decision: "deny"; readonly reason: string }
  | {
      readonly decision: "ask";
      /** What the person reads: what would happen, and why it is asked. */
      readonly content: string;
      /** Of `allow_once`, `allow_session`, `allow_always`, `deny`. */
      readonly options: readonly string[];
      /** What "for this session" and "always" would allow; null where neither is offered. */
      readonly pattern: string | null;
      /** Tells the tool as it is now from what it may become, so that the answer holds for no other. */
      readonly tool_digest?: string | null;
    };
