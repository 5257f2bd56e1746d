import { openTurn } from "@millrace/protocol";
import { ArrowUp, CornerUpRight, ListEnd } from "lucide-react";
import { type ChangeEvent, type KeyboardEvent, type RefObject, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useApp, useConnection, useSession } from "../shell/app-context.ts";
import { COARSE, MOD, useMedia } from "../shell/use-media.ts";
import { AgentName } from "./agent-name.tsx";
import { loadDraft, saveDraft } from "./draft.ts";
import { Hint } from "./hint.tsx";
import { keyAction } from "./key-action.ts";
import { ModelName } from "./model-name.tsx";
import { OutboxChips } from "./outbox-chips.tsx";
import { QueuedChips } from "./queued-chips.tsx";
import { StopButton } from "./stop-button.tsx";
import { ThinkSwitch } from "./think-switch.tsx";
import { useSend } from "./use-send.ts";

/** The message box. `sent` is called after each message. */
export function Composer({ sent }: { sent: () => void }) {
  const session_id = useSession((state) => state.session_id);
  const hadFocus = useRef(false);
  return <Box key={session_id ?? ""} session_id={session_id} hadFocus={hadFocus} sent={sent} />;
}

interface BoxProps {
  session_id: string | null;
  /** Whether the box of the conversation before had the focus, which this one then takes over. */
  hadFocus: RefObject<boolean>;
  sent(): void;
}

function Box({ session_id, hadFocus, sent }: BoxProps) {
  const { t } = useTranslation();
  const { session } = useApp();
  const send = useSend();
  const coarse = useMedia(COARSE);
  const box = useRef<HTMLTextAreaElement>(null);
  const justComposed = useRef(false);
  const [text, setText] = useState(() => loadDraft(session_id));
  const running = useSession((state) => openTurn(state.view) !== null);
  const placeholder = usePlaceholder();
  const filled = text.trim() !== "";
  /** Whether to queue or to steer: then nothing else is chosen here. */
  const choosing = running && filled;

  useLayoutEffect(() => grow(box.current, text), [text]);
  useLayoutEffect(() => {
    const end = box.current?.value.length ?? 0;
    const own = box.current;
    own?.setSelectionRange(end, end);
    if (hadFocus.current) own?.focus();
    return () => {
      hadFocus.current = document.activeElement === own;
    };
  }, [hadFocus]);

  const write = (value: string) => {
    setText(value);
    saveDraft(session_id, value);
  };
  const submit = (mode: "queue" | "steer") => {
    if (!filled || !send(text.trim(), mode)) return;
    write("");
    sent();
    box.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const action = keyAction(event.nativeEvent, { running, justComposed: justComposed.current, coarse });
    if (event.key === "Escape") event.nativeEvent.stopImmediatePropagation();
    if (action === null) return;
    event.preventDefault();
    if (action === "stop") session.stop();
    else submit(action === "steer" ? "steer" : "queue");
  };
  const onCompositionEnd = () => {
    justComposed.current = true;
    setTimeout(() => {
      justComposed.current = false;
    });
  };

  return (
    <>
      <form
        className="composer"
        onSubmit={(event) => {
          event.preventDefault();
          submit("queue");
        }}
      >
        <OutboxChips session_id={session_id} edit={(content) => write(filled ? `${text}\n${content}` : content)} />
        <QueuedChips />
        <label className="sr" htmlFor="composer">
          {t("composer.label")}
        </label>
        <textarea
          id="composer"
          data-testid="composer"
          ref={box}
          rows={1}
          value={text}
          placeholder={placeholder}
          enterKeyHint={coarse ? "enter" : "send"}
          onChange={(event: ChangeEvent<HTMLTextAreaElement>) => write(event.target.value)}
          onKeyDown={onKeyDown}
          onCompositionEnd={onCompositionEnd}
        />
        <div className="cbar">
          {!choosing && <AgentName />}
          {!choosing && <ThinkSwitch />}
          <span className="grow" />
          {!choosing && <ModelName />}
          {choosing && (
            <span className="two">
              <button type="submit" className="btn" data-testid="send">
                <ListEnd className="i s14" aria-hidden />
                {t("composer.queue")}
                <kbd>↵</kbd>
              </button>
              <button type="button" className="btn primary" data-testid="steer" onClick={() => submit("steer")}>
                <CornerUpRight className="i s14" aria-hidden />
                {t("composer.steer")}
                <kbd>{MOD}↵</kbd>
              </button>
            </span>
          )}
          {running && <StopButton small={filled} />}
          {!running && (
            <button
              type="submit"
              className="send"
              data-testid="send"
              disabled={!filled}
              aria-label={t("composer.send")}
            >
              <ArrowUp className="i" aria-hidden />
            </button>
          )}
        </div>
      </form>
      <Hint typing={filled} />
    </>
  );
}

function usePlaceholder(): string {
  const { t } = useTranslation();
  const offline = useConnection().state === "waiting";
  const empty = useSession((state) => state.session_id === null);
  const phase = useSession((state) => openTurn(state.view)?.phase.state);
  const { asks } = useApp();
  const waits = useStore(asks, (state) => state.asks.length > 0);
  if (offline) return t("composer.offline");
  if (phase === "running") return t(waits ? "composer.waiting" : "composer.running");
  if (phase === "stopping") return t("composer.stopping");
  return t(empty ? "composer.empty" : "composer.reply");
}

/** Where the browser does not size a field by its content, its height follows here. */
function grow(box: HTMLTextAreaElement | null, _text: string): void {
  if (box === null || CSS.supports("field-sizing", "content")) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}
