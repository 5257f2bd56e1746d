/** A question to a person, complete before it is asked. */
export interface Interaction {
  /** Unique in the session, and the same whenever the same question is asked again after a restart. */
  readonly request_id: string;
  readonly interaction_kind: "question" | "confirm" | "feedback";
  readonly content: string;
  readonly options: readonly string[];
  readonly tool_call_id?: string;
  readonly args_digest?: string;
  readonly pattern?: string;
  readonly tool_digest?: string;
}

/** `by`: the user who answered, "expiry" where nobody did in time. */
export interface InteractionAnswer {
  readonly answer: string;
  readonly comment: string | null;
  readonly by: string;
}
