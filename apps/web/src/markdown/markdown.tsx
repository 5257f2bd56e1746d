import type { Token } from "marked";
import { memo, useMemo, useRef } from "react";
import { languageOf } from "../i18n/language.ts";
import { BlockToken } from "./block-token.tsx";
import { cut, NO_BLOCKS, normalise } from "./blocks.ts";
import { placed, rawLength } from "./placed.ts";

/** Drawn once for each token: a final block's is the same object in every later cut. */
const Block = memo(BlockToken);

export interface MarkdownProps {
  text: string;
  live: boolean;
}

/**
 * Markdown as React elements, never as HTML. While `live` each new text costs the last block only, and a caret
 * marks the end.
 */
export default function Markdown({ text, live }: MarkdownProps) {
  const previous = useRef(NO_BLOCKS);
  const blocks = cut(previous.current, normalise(text), live);
  previous.current = blocks;
  const { settled, open } = blocks;
  const { final, end } = useMemo(() => {
    const parts = placed(settled, rawLength);
    const last = parts.at(-1);
    return { final: elements(parts), end: last === undefined ? 0 : last.at + rawLength(last.part) };
  }, [settled]);
  // One list: a block that becomes final stays where it is, with what the reader selected in it.
  return (
    <div className={live ? "prose live" : "prose"} lang={languageOf(text)}>
      {[...final, ...elements(placed(open, rawLength, end))]}
    </div>
  );
}

const elements = (parts: ReturnType<typeof placed<Token>>) =>
  parts.map(({ at, part }) => <Block key={at} token={part} />);
