import { defineConfig, type OnDelta } from "@millrace/gateway";
import { Keywords } from "./keywords.ts";

const runs = new Map<string, { keywords: Keywords; shown: string }>();
const REMEMBERED = 100;

/** Tells the five most frequent words of an answer, anew whenever they change: as `data` events named `keywords`. */
const keywords: OnDelta = (event, { run_id, data }) => {
  if (event.type !== "text_delta") return;
  const run = runs.get(run_id) ?? { keywords: new Keywords(), shown: "" };
  runs.set(run_id, run);
  const [oldest] = runs.keys();
  if (runs.size > REMEMBERED && oldest !== undefined) runs.delete(oldest);
  if (!run.keywords.add(event.content)) return;
  const words = run.keywords.top(5);
  if (words.join() === run.shown) return;
  run.shown = words.join();
  data("keywords", words);
};

export default defineConfig({ hooks: { onDelta: keywords } });
