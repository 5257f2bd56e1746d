import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { nameParts } from "../conversation/call-state.ts";
import { useConnection } from "../shell/app-context.ts";
import type { Ask, AskAbout, Outcome } from "./ask.ts";
import { useAmount } from "./use-amount.ts";

const KNOWN = ["allow_once", "allow_session", "allow_always", "deny", "continue", "end"] as const;

/** What an ask asks, in one sentence: the interface's words for what the server decides, else the agent's own. */
export function useAskTitle(): (ask: Ask) => string {
  const { t } = useTranslation();
  const { titleOf } = useAmount();
  return ({ item, about }) => {
    switch (about.kind) {
      case "permission":
        return permissionTitle(t, about.call);
      case "breaker":
        return titleOf(about.breaker);
      default:
        return item.content;
    }
  };
}

function permissionTitle(t: TFunction, call: Extract<AskAbout, { kind: "permission" }>["call"]): string {
  const tool = call === null ? "?" : toolName(call.tool_name);
  return t(typeof call?.args?.command === "string" ? "ask.allow_command" : "ask.allow_call", { tool });
}

/** A tool as people name it: `server · tool` for one of an MCP server. */
export function toolName(name: string): string {
  const { server, tool } = nameParts(name);
  return server === null ? tool : `${server} · ${tool}`;
}

export interface OutcomeWords {
  /** What is not emphasised stands before and after `what`. */
  readonly before: string;
  readonly what: string;
  readonly after: string;
  /** The agent's question has an answer of its own words. */
  readonly answer: string | null;
}

/** The user of this page; null while there is no connection. */
export function useMe(): string | null {
  const connection = useConnection();
  return connection.state === "online" ? connection.user.id : null;
}

/** What became of an ask. `here`: the answer came from this tab; null: that does not matter. */
export function useOutcomeWords(): (kind: AskAbout["kind"], outcome: Outcome, here: boolean | null) => OutcomeWords {
  const { t } = useTranslation();
  const me = useMe();
  return (kind, outcome, here) => {
    if (outcome.kind !== "answered") return { before: "", what: t(`ask.${outcome.kind}`), after: "", answer: null };
    const { by, word } = outcome;
    const known = kind === "permission" || kind === "breaker" ? KNOWN.find((one) => one === word) : undefined;
    const what = known === undefined ? t("ask.did_answer") : t(`ask.did_${known}`);
    const mine = me === null || by === me;
    const key = !mine ? "ask.by_other" : here === false ? "ask.by_tab" : "ask.by_me";
    const [before = "", after = ""] = t(key, { what: MARK, who: by }).split(MARK);
    return { before, what, after, answer: known === undefined ? word : null };
  };
}

const MARK = "\u0000";
