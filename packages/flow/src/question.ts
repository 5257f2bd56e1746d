/** What a step asks a person. */
export interface FlowQuestion {
  readonly content: string;
  /** "question" by default. */
  readonly interaction_kind?: "question" | "confirm" | "feedback" | undefined;
  /** Answers to choose from; none by default. */
  readonly options?: readonly string[] | undefined;
}

/** A question on its way to a person. */
export interface AskedQuestion {
  /** Unique in the execution, and the same when the same step asks again after a restart. */
  readonly request_id: string;
  readonly interaction_kind: "question" | "confirm" | "feedback";
  readonly content: string;
  readonly options: readonly string[];
}

/** `by`: who answered. */
export interface FlowAnswer {
  readonly answer: string;
  readonly comment: string | null;
  readonly by: string;
}

/** Asks a person. Rejects when `signal` aborts: nobody waits for the answer any more. */
export type Interact = (question: AskedQuestion, signal: AbortSignal) => Promise<FlowAnswer>;
