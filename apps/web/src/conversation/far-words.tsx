import type { Turn } from "@millrace/protocol";
import { useEffect, useState } from "react";
import { Findable } from "./findable.tsx";
import { wordsOfTurn } from "./words-of.ts";

export interface FarWordsProps {
  turns: readonly Turn[];
  /** Draws them, this one in view. */
  reveal(run_id: string): void;
}

/** The words of turns that are not drawn, for the browser's own search; put into the page when it has time. */
export default function FarWords({ turns, reveal }: FarWordsProps) {
  const [ready, setReady] = useState(false);
  useEffect(() => whenIdle(() => setReady(true)), []);
  if (!ready) return null;
  return turns.map((turn) => (
    <Findable key={turn.run_id} text={wordsOfTurn(turn)} reveal={() => reveal(turn.run_id)} />
  ));
}

function whenIdle(callback: () => void): () => void {
  if (typeof requestIdleCallback === "undefined") {
    const timer = setTimeout(callback, 1_000);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(callback);
  return () => cancelIdleCallback(handle);
}
