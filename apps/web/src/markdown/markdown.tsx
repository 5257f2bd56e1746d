import { type MouseEvent, memo, useMemo, useRef, useState } from "react";
import { languageOf } from "../i18n/language.ts";
import { BlockToken } from "./block-token.tsx";
import { type Blocks as Cut, cut, GROUP, type Group, NO_BLOCKS, normalise } from "./blocks.ts";
import { goToNote } from "./go-to-note.ts";
import { heightOf } from "./height.ts";
import { Leave } from "./markdown-chunks.tsx";
import { safeUrl } from "./safe-url.ts";

export interface MarkdownProps {
  text: string;
  live: boolean;
}

/**
 * Markdown as React elements, never as HTML. While `live` each new text costs the last block only, and a caret
 * marks the end. A link opens nothing before the person has seen its address.
 */
export default function Markdown({ text, live }: MarkdownProps) {
  const previous = useRef(NO_BLOCKS);
  const [leaving, setLeaving] = useState<{ url: URL; image: boolean } | null>(null);
  const blocks = cut(previous.current, normalise(text), live);
  previous.current = blocks;
  const groups = useMemo(() => groupsOf(blocks), [blocks]);
  const onClick = (event: MouseEvent<HTMLElement>) => {
    if (event.button > 1 || !(event.target instanceof Element)) return;
    const link = event.target.closest("a");
    if (link === null) return goToNote(event.currentTarget, event.target);
    event.preventDefault();
    const url = safeUrl(link.href);
    if (url !== null) setLeaving({ url, image: link.classList.contains("image-chip") });
  };
  return (
    <>
      {/* biome-ignore lint/a11y: the links and buttons inside are what is pressed, by keyboard too */}
      <div className={live ? "prose live" : "prose"} lang={languageOf(text)} onClick={onClick} onAuxClick={onClick}>
        {groups.map((group, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: text grows at its end only, so a group's number is its name
          <Blocks key={index} tokens={group} live={live && index === groups.length - 1} />
        ))}
      </div>
      {leaving !== null && <Leave {...leaving} closed={() => setLeaving(null)} />}
    </>
  );
}

/** All blocks in their groups: a block that becomes settled stays where it is, with what the reader selected in it. */
function groupsOf({ groups, rest, open }: Cut): readonly Group[] {
  const end = [...rest, ...open];
  const more = Array.from({ length: Math.ceil(end.length / GROUP) }, (_, index) =>
    end.slice(index * GROUP, (index + 1) * GROUP),
  );
  return [...groups, ...more];
}

/** Drawn once for each token: a settled block's is the same object in every later cut. */
const Block = memo(BlockToken);

/**
 * Blocks that the browser does not lay out while they are far from the screen. Their height is guessed until it has
 * done so once; not while they grow, since then they are on the screen and each new guess would cost.
 */
const Blocks = memo(function Blocks({ tokens, live }: { tokens: Group; live: boolean }) {
  const height = live ? null : tokens.reduce((sum, token) => sum + heightOf(token), 0);
  return (
    <div className="blocks" style={height === null ? undefined : { containIntrinsicBlockSize: `auto ${height}px` }}>
      {tokens.map((token, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <Block key={index} token={token} tail={live && index === tokens.length - 1} />
      ))}
    </div>
  );
});
