import { openTurn } from "@millrace/protocol";
import { ArrowUp, CornerUpRight, ListEnd } from "lucide-react";
import { type ChangeEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp, useConnection, useSession } from "../shell/app-context.ts";
import { COARSE, MOD, useMedia } from "../shell/use-media.ts";
import { loadDraft, saveDraft } from "./draft.ts";
import { keyAction } from "./key-action.ts";
import { ModelName } from "./model-name.tsx";
import { OutboxChips } from "./outbox-chips.tsx";
import { QueuedChips } from "./queued-chips.tsx";
import { StopButton } from "./stop-button.tsx";
import { useSend } from "./use-send.ts";

/** The message box. `sent` is called after each message. */
export function Composer({ sent }: { sent: () => void }) {
  const session_id = useSession((state) => state.session_id);
  return <Box key={session_id ?? ""} session_id={session_id} sent={sent} />;
}

function Box({ session_id, sent }: { session_id: string | null; sent: () => void }) {
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

  useLayoutEffect(() => grow(box.current, text), [text]);
  useLayoutEffect(() => {
    const end = box.current?.value.length ?? 0;
    box.current?.setSelectionRange(end, end);
  }, []);

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
        <span className="grow" />
        <ModelName />
        {running && filled && (
          <span className="two">
            <button type="submit" className="btn" data-testid="send">
              <ListEnd className="i s14" aria-hidden />
              {t("composer.queue")}
              <kbd>↵</kbd>
            </button>
            <button type="button" className="btn primary" onClick={() => submit("steer")}>
              <CornerUpRight className="i s14" aria-hidden />
              {t("composer.steer")}
              <kbd>{MOD}↵</kbd>
            </button>
          </span>
        )}
        {running && <StopButton small={filled} />}
        {!running && (
          <button type="submit" className="send" data-testid="send" disabled={!filled} aria-label={t("composer.send")}>
            <ArrowUp className="i" aria-hidden />
          </button>
        )}
      </div>
    </form>
  );
}

function usePlaceholder(): string {
  const { t } = useTranslation();
  const offline = useConnection().state === "waiting";
  const empty = useSession((state) => state.session_id === null);
  const phase = useSession((state) => openTurn(state.view)?.phase.state);
  if (offline) return t("composer.offline");
  if (phase === "running") return t("composer.running");
  if (phase === "stopping") return t("composer.stopping");
  return t(empty ? "composer.empty" : "composer.reply");
}

/** Where the browser does not size a field by its content, its height follows here. */
function grow(box: HTMLTextAreaElement | null, _text: string): void {
  if (box === null || CSS.supports("field-sizing", "content")) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}
