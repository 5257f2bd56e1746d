import { emptyView, type View } from "@millrace/protocol";
import type { TFunction } from "i18next";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { AnswerReader, type Heard } from "../aloud/answer-reader.ts";
import { createSpeech } from "../aloud/speech.ts";
import { toolName } from "../ask/use-ask-words.ts";
import { announce, isUrgent } from "./announcements.ts";
import { useApp } from "./app-context.ts";

/** Milliseconds since its beginning within which a run counts as begun under the reader's eyes. */
const JUST_NOW = 5_000;
/** Lines that stay in the live region: what is not heard yet must not be taken away. */
const KEPT = 8;

interface Line {
  readonly id: number;
  readonly text: string;
}

/** What the polite live region says of the session on the screen; `interrupt` says what must be heard at once. */
export function useAloud(interrupt: (text: string) => void): readonly Line[] {
  const { t } = useTranslation();
  const { session } = useApp();
  /** Words that come later must not begin the reading anew. */
  const words = useRef(t);
  useLayoutEffect(() => {
    words.current = t;
  }, [t]);
  const [lines, setLines] = useState<readonly Line[]>([]);
  const speech = useMemo(
    () =>
      createSpeech({
        speak: (text) => setLines((held) => [...held.slice(1 - KEPT), { id: (held.at(-1)?.id ?? 0) + 1, text }]),
        gap: () => words.current("aloud.gap"),
        after: (ms, callback) => {
          const timer = setTimeout(callback, ms);
          return () => clearTimeout(timer);
        },
      }),
    [],
  );
  useEffect(() => {
    const reader = new AnswerReader();
    let lastStep = 0;
    /** What is known by now of the session on the screen; null before it is live. */
    let told: View | null = null;
    const say = (heard: Heard) => speech.say(wordsOf(heard, words.current), heard.kind === "tool" ? "news" : "answer");
    const tell = (before: View, after: View) => {
      told = after;
      const turn = after.turns.at(-1);
      const news = announce(before, after, Date.now() - lastStep);
      if (news?.key === "started" || news?.key === "stopped" || news?.key === "branch") speech.clear();
      if (news?.key === "started") lastStep = Date.now();
      if (news?.key === "started") speech.say(words.current("say.started"), "news");
      if (turn !== undefined && news?.key === "branch") reader.skip(turn);
      const heard = turn === undefined ? [] : reader.next(turn);
      if (news?.key !== "stopped") for (const one of heard) say(one);
      if (news === null || news.key === "started") return;
      if (news.key === "step") lastStep = Date.now();
      const text = words.current(`say.${news.key}`, news.values as Record<"m" | "n" | "reason", string | number>);
      if (isUrgent(news)) interrupt(text);
      else speech.say(text, "news");
    };
    const stop = session.subscribe((state, before) => {
      if (state.session_id !== before.session_id) {
        speech.clear();
        told = null;
      }
      if (state.link !== "live") return;
      const goesOn = before.link === "live" && state.session_id === before.session_id;
      if (goesOn && before.partial === state.partial) return tell(before.view, state.view);
      const turn = state.view.turns.at(-1);
      if (turn === undefined) return;
      if (told !== null && reader.follows(turn)) return tell(told, state.view);
      if (session.now() - turn.started_at < JUST_NOW) return tell(emptyView(), state.view);
      reader.skip(turn);
      told = state.view;
    });
    return () => {
      stop();
      speech.clear();
    };
  }, [session, speech, interrupt]);
  return lines;
}

function wordsOf(heard: Heard, t: TFunction): string {
  switch (heard.kind) {
    case "words":
      return heard.text;
    case "code": {
      const { language, lines: count } = heard;
      return language === "" ? t("aloud.code_plain", { count }) : t("aloud.code", { language, count });
    }
    case "table":
      return t("aloud.table", { columns: heard.columns, count: heard.rows });
    case "tool":
      return t(`aloud.${heard.how}`, { tool: toolName(heard.tool_name) });
  }
}
