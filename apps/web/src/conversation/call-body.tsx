import type { ToolItem, View } from "@millrace/protocol";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../shell/app-context.ts";
import { CopyButton } from "../shell/copy-button.tsx";
import { WrapButton } from "../shell/wrap-button.tsx";
import { linesOf, outputOf } from "./call-state.ts";

/** Lines of output that are shown before the reader asks for more. */
const LINES = 12;
/** Characters of a running call's output that are drawn again with each new one. */
const LIVE = 64 * 1024;

export interface CallBodyProps {
  id: string;
  call: ToolItem;
  /** It was searched for: it comes into view, all of its output shown. */
  whole: boolean;
}

/** An opened call: its arguments, then what it gave back. */
export default function CallBody({ id, call, whole }: CallBodyProps) {
  const { t } = useTranslation();
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (whole) body.current?.scrollIntoView({ block: "center" });
  }, [whole]);
  const args = call.args === null ? call.args_text : JSON.stringify(call.args, null, 2);
  const entries = Object.entries(call.args ?? {});
  return (
    <div ref={body} className="call-body" id={id}>
      {(entries.length > 0 || call.args === null) && (
        <div className="part">
          <div className="part-head">
            {t("call.arguments")}
            <span className="grow" />
            <CopyButton text={args} label={t("call.copy_arguments")} />
          </div>
          {call.args === null ? (
            <pre>{args}</pre>
          ) : (
            <dl>
              {entries.map(([name, value]) => (
                <Argument key={name} name={name} value={value} />
              ))}
            </dl>
          )}
        </div>
      )}
      <Output call={call} whole={whole} />
    </div>
  );
}

function Argument({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
    </>
  );
}

/** What was opened while it grew stays in a box of one height, held at its own end: nothing below it moves. */
function Output({ call, whole }: { call: ToolItem; whole: boolean }) {
  const { t } = useTranslation();
  const over = call.phase.state === "ended";
  const [grown] = useState(!over && !whole);
  const [all, setAll] = useState(whole);
  const [wrap, setWrap] = useState(true);
  const text = outputOf(call);
  const lines = linesOf(text);
  const long = lines.length > LINES;
  const error = call.phase.state === "ended" ? call.phase.error : null;
  const box = useHeldAtEnd(grown ? text : null);
  const shown = grown ? (over ? text : text.slice(-LIVE)) : (long && !all ? lines.slice(0, LINES) : lines).join("\n");
  return (
    <div className="part">
      <div className="part-head">
        {text === "" ? t("call.output") : t("call.output_lines", { count: lines.length })}
        <span className="grow" />
        <WrapButton wrap={wrap} onChange={setWrap} />
        <CopyButton text={text} label={t("call.copy_output")} />
      </div>
      <pre
        ref={box}
        data-wrap={wrap}
        data-grown={grown ? (all ? "all" : "held") : undefined}
        tabIndex={grown ? 0 : undefined}
      >
        {text === "" ? (error ?? t(over ? "call.no_output" : "call.no_output_yet")) : shown}
      </pre>
      {(long || grown) && (
        <div className="cut">
          {!all && !grown && t("call.some_lines", { m: LINES, n: lines.length })}
          <span className="grow" />
          <button type="button" className="link" hidden={!long} onClick={() => setAll(!all)}>
            {t(all ? "call.show_less" : "call.show_all")}
          </button>
        </div>
      )}
      {call.phase.state === "ended" && call.phase.truncated && <Cut tool_call_id={call.tool_call_id} />}
    </div>
  );
}

/** Keeps a box that scrolls at its end while `text` grows, until the reader scrolls up in it; null: does nothing. */
function useHeldAtEnd(text: string | null) {
  const box = useRef<HTMLPreElement>(null);
  const held = useRef(true);
  const watched = text !== null;
  useEffect(() => {
    const element = box.current;
    if (!watched || element === null) return;
    let top = element.scrollTop;
    const onScroll = () => {
      const up = element.scrollTop < top;
      top = element.scrollTop;
      if (element.scrollHeight - element.clientHeight - top <= 1) held.current = true;
      else if (up) held.current = false;
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => element.removeEventListener("scroll", onScroll);
  }, [watched]);
  useLayoutEffect(() => {
    const element = box.current;
    if (text !== null && held.current && element !== null) element.scrollTop = element.scrollHeight;
  }, [text]);
  return box;
}

/** Where the rest of a cut output can be found. */
function Cut({ tool_call_id }: { tool_call_id: string }) {
  const { t } = useTranslation();
  const file = useSession(({ view }) => logFileOf(view, tool_call_id));
  return (
    <div className="cut" data-testid="truncated">
      <span>{t("call.truncated")}</span>
      {file !== null && (
        <span className="file">
          {t("call.log_file")} <code className="mono">{file}</code>
        </span>
      )}
    </div>
  );
}

function logFileOf({ turns }: View, tool_call_id: string): string | null {
  const turn = turns.findLast(({ items }) =>
    items.some((item) => item.kind === "tool" && item.tool_call_id === tool_call_id),
  );
  const file = turn?.items.findLast((item) => item.kind === "log_file");
  return file?.kind === "log_file" ? file.log_file : null;
}
