import { type ChatRequest, lastUserText, stepOf } from "./chat.ts";
import { failure, type Script } from "./script.ts";
import type { Responder, ResponderContext } from "./server.ts";

export interface MessageContext extends ResponderContext {
  /** The last user message's text. */
  readonly text: string;
  /** How many requests have had this last user message, this one included. */
  readonly call: number;
  /** 1 for the first model call after that message, 2 after one assistant message, … */
  readonly step: number;
}

export interface ContentRule {
  /** The whole text, a pattern to find in it, or a test of one's own. */
  readonly when: string | RegExp | ((text: string, request: ChatRequest) => boolean);
  /** A script that can be played again (an array, `numberedFlood`), or what makes one. */
  readonly script: Script | ((request: ChatRequest, context: MessageContext) => Script | Promise<Script>);
}

export interface ContentResponder extends Responder {
  /** Requests per last user message; of more than 100,000 messages the oldest are forgotten. */
  readonly calls: ReadonlyMap<string, number>;
}

const MESSAGES_KEPT = 100_000;

/** Chooses by the last user message, first rule that fits. No rule: 400 `no_rule`, so that the test sees it. */
export function scriptByContent(rules: readonly ContentRule[]): ContentResponder {
  const calls = new Map<string, number>();
  const respond: Responder = (request, context) => {
    const text = lastUserText(request);
    const call = (calls.get(text) ?? 0) + 1;
    calls.set(text, call);
    const oldest = calls.keys().next().value;
    if (calls.size > MESSAGES_KEPT && oldest !== undefined) {
      calls.delete(oldest);
    }
    const rule = rules.find(({ when }) => fits(when, text, request));
    if (rule === undefined) {
      return failure(400, "No rule of the script fits the last user message.", { code: "no_rule" });
    }
    const { script } = rule;
    return typeof script === "function" ? script(request, { ...context, text, call, step: stepOf(request) }) : script;
  };
  return Object.assign(respond, { calls });
}

function fits(when: ContentRule["when"], text: string, request: ChatRequest): boolean {
  if (typeof when === "string") {
    return when === text;
  }
  return when instanceof RegExp ? text.search(when) !== -1 : when(text, request);
}
