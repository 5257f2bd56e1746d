import { useUntilFound } from "./until-found.ts";

/** What stands for parts that are folded away: their words, found by the browser's search, which then unfolds them. */
export function Findable({ text, reveal }: { text: string; reveal(): void }) {
  const place = useUntilFound(true, reveal);
  return (
    <div ref={place} className="findable" data-testid="findable" hidden>
      {text}
    </div>
  );
}
