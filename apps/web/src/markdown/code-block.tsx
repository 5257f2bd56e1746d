import { memo, type ReactNode, useCallback, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../shell/copy-button.tsx";
import { WrapButton } from "../shell/wrap-button.tsx";
import { countOf, cutLines, NO_LINES, PART } from "./code-lines.ts";
import { CodeRow, CodeRows } from "./code-rows.tsx";
import { FailureLine } from "./diagram/failure-line.tsx";
import type { Failure } from "./diagram/frame-message.ts";
import type { Colours } from "./highlight/colouring.ts";
import type { Spans } from "./highlight/ink.ts";
import { useColours } from "./highlight/use-colours.ts";
import { Diagram } from "./markdown-chunks.tsx";

export interface CodeBlockProps {
  /** The fence's info string. */
  language: string;
  code: string;
  /** More is to come. */
  tail: boolean;
}

/** Parts that are shown of code that was long before the reader came; 384 lines. */
const SHOWN = 16;
/** Lines up to which nothing is folded. */
const LONG = 400;

/** A diagram is drawn when the reader asks for it. `failure`: of the last try. */
type Shown = { readonly as: "code"; readonly failure: Failure | null } | { readonly as: "diagram" };

const CODE: Shown = { as: "code", failure: null };

/** Code in its final frame from the first line on, closed or not. Colours come later and change no height. */
export function CodeBlock({ language, code, tail }: CodeBlockProps) {
  const { t } = useTranslation();
  const [wrap, setWrap] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const previous = useRef(NO_LINES);
  const lines = cutLines(previous.current, code);
  previous.current = lines;
  const name = language.trim().split(/\s/, 1)[0]!.slice(0, 40);
  const colours = useColours(name, lines, frame, tail);
  const text = useCallback(() => previous.current.code, []);
  const count = countOf(lines.parts) + 1;
  // What grew under the reader's eyes stays as it is.
  const [folded, setFolded] = useState(!tail && count > LONG);
  const [shown, setShown] = useState(CODE);
  const failed = useCallback((failure: Failure) => setShown({ as: "code", failure }), []);
  const drawn = shown.as === "diagram" && !tail;
  const parts = folded ? lines.parts.slice(0, SHOWN) : lines.parts;
  return (
    <div className="code" data-wrap={wrap} ref={frame}>
      <CodeHead name={name} wrap={wrap} setWrap={drawn ? null : setWrap} text={text}>
        {name === "mermaid" && !tail && (
          <button type="button" className="code-draw" onClick={() => setShown(drawn ? CODE : { as: "diagram" })}>
            {t(drawn ? "prose.show_code" : "prose.draw")}
          </button>
        )}
      </CodeHead>
      {shown.as === "code" && shown.failure !== null && <FailureLine failure={shown.failure} />}
      {drawn && <Diagram code={code} failed={failed} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <pre tabIndex={0} hidden={drawn}>
        <code className={tail ? "caret" : undefined}>
          {parts.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines come at the end only
            <CodeRows key={index} lines={part} spans={spansOf(colours, index, part)} />
          ))}
          {!folded && <CodeRow line={lines.last} spans={lastSpans(colours, count - 1, lines.last)} />}
        </code>
      </pre>
      {folded && !drawn && (
        <button type="button" className="code-more" onClick={() => setFolded(false)}>
          {t("prose.show_all_lines", { count })}
        </button>
      )}
    </div>
  );
}

interface HeadProps {
  name: string;
  wrap: boolean;
  /** Null where there are no lines to wrap. */
  setWrap: ((wrap: boolean) => void) | null;
  text: () => string;
  children: ReactNode;
}

/** What stands above code, and stays while the code grows. */
const CodeHead = memo(function CodeHead({ name, wrap, setWrap, text, children }: HeadProps) {
  const { t } = useTranslation();
  return (
    <div className="code-head">
      <span className="ell">{name}</span>
      <span className="grow" />
      {children}
      {setWrap !== null && <WrapButton wrap={wrap} onChange={setWrap} />}
      <CopyButton text={text} label={t("code.copy")} />
    </div>
  );
});

/** A line that has just ended keeps the colours that it had before its own come. */
function spansOf({ parts, last }: Colours, index: number, lines: readonly string[]): readonly Spans[] | undefined {
  const spans = parts[index];
  const own = last.line - index * PART;
  if (own < 0 || own !== (spans?.length ?? 0) || !lines[own]?.startsWith(last.text)) return spans;
  return [...(spans ?? []), last.spans];
}

function lastSpans({ last }: Colours, line: number, text: string): Spans | undefined {
  return last.line === line && text.startsWith(last.text) ? last.spans : undefined;
}
