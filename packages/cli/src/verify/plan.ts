import { NUMBERS_PACE_MS, numbersMessage, numbersText } from "@millrace/scripted-model";
import { between, randomOf } from "./random.ts";

export interface PlannedMessage {
  readonly message_id: string;
  readonly content: string;
  /** What the demo says; null where that depends on what it is told meanwhile. */
  readonly answer: string | null;
  /** Its run is stopped as soon as it says something. */
  readonly stop: boolean;
  /** `send`: like a tab. `run_stream`: through the door that answers with the run. `question`: like a tab, and two answer what the model asks. */
  readonly way: "send" | "run_stream" | "question";
}

export interface Planned {
  readonly seed: number;
  readonly messages: number;
  readonly duration_s: number;
  /** The model says what it is told to: the demo, at its pace. */
  readonly demo: boolean;
}

const SESSIONS = 4;
/** What a model costs money for is short. */
const NUMBERS = 40;
const MOST_NUMBERS = 5_000;

/** The messages of each session: one list per session. `nonce` keeps messages of two verifications apart. */
export function planOf({ seed, messages, duration_s, demo }: Planned, nonce: string): readonly PlannedMessage[][] {
  const random = randomOf(seed, "messages");
  const sessions = Array.from({ length: Math.min(SESSIONS, messages) }, (): PlannedMessage[] => []);
  const rounds = Math.ceil(messages / sessions.length);
  const paced = Math.round((duration_s * 1_000) / rounds / NUMBERS_PACE_MS);
  const numbers = demo ? Math.min(MOST_NUMBERS, Math.max(NUMBERS, paced)) : NUMBERS;
  for (let number = 1; number <= messages; number += 1) {
    const count = demo ? between(random, Math.ceil(numbers / 2), numbers) : numbers;
    sessions[(number - 1) % sessions.length]?.push({
      message_id: crypto.randomUUID(),
      content: numbersMessage(count, `millrace verify ${nonce}, message ${number} of ${messages}`),
      answer: numbersText(count),
      stop: false,
      way: "send",
    });
  }
  return sessions.map((messages, session) => {
    const list =
      session === 0 && demo ? endingWithQuestion(messages) : session === 1 ? endingWithStream(messages) : messages;
    // Never the last: the message after a stop has to work.
    const stopped = list.length > 1 ? between(random, 0, list.length - 2) : -1;
    return list.map((message, at) => ({ ...message, stop: at === stopped }));
  });
}

const QUESTION = "Ask me a question.";

function endingWithQuestion(messages: readonly PlannedMessage[]): readonly PlannedMessage[] {
  return messages.map((message, at) => {
    if (at === 0 || at < messages.length - 1) return message;
    // The note at its end tells two such messages apart.
    const note = message.content.slice(message.content.lastIndexOf("("));
    return { ...message, way: "question", content: `${QUESTION} ${note}`, answer: null };
  });
}

function endingWithStream(messages: readonly PlannedMessage[]): readonly PlannedMessage[] {
  return messages.map((message, at) =>
    at > 0 && at === messages.length - 1 ? { ...message, way: "run_stream" } : message,
  );
}
