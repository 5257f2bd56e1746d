/** Who an event comes from. What is not known here is the run's. */
export const FAMILIES = ["run", "model", "tools", "people"] as const;
export type Family = (typeof FAMILIES)[number];

const OF: Readonly<Record<string, Family>> = {
  thinking: "model",
  text_delta: "model",
  agent_output: "model",
  tool_call_delta: "model",
  tool_call: "tools",
  tool_start: "tools",
  tool_output_delta: "tools",
  tool_result: "tools",
  user_message: "people",
  message_withdrawn: "people",
  session_updated: "people",
  branch_selected: "people",
  stop_requested: "people",
  interaction_request: "people",
  user_input_received: "people",
};

export const familyOf = ({ type }: { type: string }): Family => (Object.hasOwn(OF, type) ? OF[type]! : "run");
