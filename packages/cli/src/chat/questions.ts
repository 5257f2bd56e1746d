import type { ChunkOf, StreamChunk } from "@millrace/client";
import { keyAnswer } from "./question.ts";

type Question = ChunkOf<"interaction_request">;

export interface QuestionsPort {
  answer(question: Question, answer: string): Promise<void>;
  /** A line of the person's own; null where they gave none, or the signal came. */
  ask(signal: AbortSignal): Promise<string | null>;
  tell(line: string): void;
}

/** The questions of a run that wait for this person, oldest first. */
export class Questions {
  readonly #port: QuestionsPort;
  #open: Question[] = [];
  #typing: AbortController | null = null;

  constructor(port: QuestionsPort) {
    this.#port = port;
  }

  /** Somebody answered elsewhere, or the run ended: then nothing is asked here any more. */
  see(chunk: StreamChunk): void {
    if (chunk.type === "interaction_request") this.#open = [...this.#open, chunk];
    else if (chunk.type === "user_input_received") this.#close(({ request_id }) => request_id === chunk.request_id);
    else if (chunk.type === "done" || chunk.type === "cancelled" || chunk.type === "error") this.#close(() => true);
    else return;
    this.#typeWhereNeeded();
  }

  key(key: string): void {
    const [question] = this.#open;
    if (question === undefined || this.#typing !== null) return;
    const meant = keyAnswer(question, key);
    if (meant === "type") void this.#type(question);
    else if (meant !== null) void this.#give(question, meant.answer);
  }

  #close(which: (question: Question) => boolean): void {
    const [first] = this.#open;
    if (first !== undefined && which(first)) this.#typing?.abort();
    this.#open = this.#open.filter((question) => !which(question));
  }

  #typeWhereNeeded(): void {
    const [question] = this.#open;
    if (question?.options.length === 0 && this.#typing === null) void this.#type(question);
  }

  async #type(question: Question): Promise<void> {
    const typing = new AbortController();
    this.#typing = typing;
    const line = await this.#port.ask(typing.signal);
    this.#typing = null;
    if (line !== null && line.trim() !== "" && this.#open.includes(question)) await this.#give(question, line);
    else this.#typeWhereNeeded();
  }

  async #give(question: Question, answer: string): Promise<void> {
    this.#open = this.#open.filter((other) => other !== question);
    try {
      await this.#port.answer(question, answer);
    } catch (error) {
      const { code = "", message } = error as { code?: string; message: string };
      this.#port.tell(`the answer did not count: ${message}`);
      // What was not carried out can be answered again; what somebody else answered cannot.
      if (code === "" || code === "rate_limited") this.#open = [question, ...this.#open];
    }
    this.#typeWhereNeeded();
  }
}
