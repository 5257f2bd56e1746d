import { type Action, failure, type Script } from "../script.ts";
import type { Responder } from "../server.ts";
import { attached } from "./attached.ts";
import { clockTool } from "./clock-tool.ts";
import { essay } from "./essay.ts";
import { failing } from "./failing.ts";
import { files } from "./files.ts";
import { images } from "./images.ts";
import { introduction, menu } from "./introduction.ts";
import { memory } from "./memory.ts";
import { numbers } from "./numbers.ts";
import { atPace, hash, NATURAL_PACE_MS, tokens } from "./pacing.ts";
import { question } from "./question.ts";
import { type Answer, type Call, readTurn, type Topic, type Turn } from "./turn.ts";
import { twoThings } from "./two-things.ts";

export const DEMO_MODEL = "millrace-demo";

export interface DemoOptions {
  /** Mean wait before each piece of text in milliseconds: 24 by default, 0 for none at all. */
  readonly pace?: number;
}

/** In order: the first that has an answer gives it. */
const TOPICS: readonly Topic[] = [
  failing,
  images,
  attached,
  essay,
  question,
  memory,
  twoThings,
  files,
  clockTool,
  introduction,
];

/**
 * What a newcomer meets where no model is connected: a program that says it is one, answers a few prompts by
 * rule in English and Chinese, and streams as a model does. The same request always gets the same answer.
 */
export function demoResponder(options: DemoOptions = {}): Responder {
  const pace = options.pace ?? NATURAL_PACE_MS;
  return (request, { attempt }) => {
    const turn = readTurn(request, attempt);
    const counted = numbers(turn, pace);
    if (counted !== undefined) return counted;
    return perform(answerTo(turn), pace, `${request.messages.length} ${turn.text}`);
  };
}

function answerTo(turn: Turn): Answer {
  for (const topic of TOPICS) {
    const answer = topic(turn);
    if (answer !== undefined) {
      return answer;
    }
  }
  return menu(turn);
}

/** @param seed makes the calls' ids: the same for the same request, others in the next step */
function perform(answer: Answer, pace: number, seed: string): Script {
  if ("refuse" in answer) {
    return failure(500, answer.refuse, { code: "demo_failure" });
  }
  const said: Action[] = [
    ...atPace(answer.think, pace, (piece) => ({ reasoning: piece })),
    ...atPace(answer.say, pace, (piece) => ({ text: piece })),
  ];
  if ("breaks" in answer) {
    return [...said, { chunk: { error: { message: answer.breaks, type: "server_error", code: "demo_failure" } } }];
  }
  return [...said, ...(answer.calls ?? []).map((call, at) => performCall(call, pace, `${seed} ${at}`))];
}

function performCall(call: Call, pace: number, seed: string): Action {
  const text = JSON.stringify(call.args);
  return {
    tool_call: {
      id: `call_${hash(seed).toString(16).padStart(8, "0")}`,
      name: call.tool,
      arguments: text,
      fragments: tokens(text),
      ...(pace > 0 ? { pace_ms: pace } : {}),
    },
  };
}
