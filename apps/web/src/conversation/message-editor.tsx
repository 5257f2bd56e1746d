import type { Message } from "@millrace/protocol";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { keyAction } from "../composer/key-action.ts";
import { loadRewrite, saveRewrite } from "../composer/rewrites.ts";
import { languageOf } from "../i18n/language.ts";
import { useApp } from "../shell/app-context.ts";
import { COARSE, useMedia } from "../shell/use-media.ts";
import { MessageFiles } from "./turn-chunks.tsx";
import { useTurns } from "./turns-context.ts";

interface MessageEditorProps {
  /** The message as it is shown now: what is sent takes its place. */
  message: Message;
  session_id: string;
  /** The message that was to be said in another way. */
  edited: string;
  /** Opened by a press, which the focus follows. */
  pressed: boolean;
  send(content: string): void;
  close(): void;
}

/** A message in the place of its bubble, to be said in another way. */
export function MessageEditor({ message, session_id, edited, pressed, send, close }: MessageEditorProps) {
  const { t } = useTranslation();
  const { blocked, stay } = useTurns();
  const coarse = useMedia(COARSE);
  const box = useRef<HTMLTextAreaElement>(null);
  const justComposed = useRef(false);
  const [text, setText] = useState(() => loadRewrite(session_id, edited) ?? message.content);
  const changed = message.message_id !== edited;
  const { sent } = useApp();
  const { attachments } = message;
  const ready = blocked === null && (text.trim() !== "" || attachments.length > 0);

  useEffect(() => {
    if (!pressed) return;
    stay();
    const end = box.current?.value.length ?? 0;
    box.current?.focus();
    box.current?.setSelectionRange(end, end);
  }, [stay, pressed]);
  useEffect(() => {
    // The tab that has changed the message has forgotten the text for it, for every tab.
    if (changed) saveRewrite(session_id, edited, text);
  }, [changed, session_id, edited, text]);

  const write = (value: string) => {
    setText(value);
    saveRewrite(session_id, edited, value === message.content ? null : value);
  };
  const leave = () => {
    saveRewrite(session_id, edited, null);
    close();
  };
  const submit = () => {
    if (!ready) return;
    send(text.trim());
    leave();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { nativeEvent: native } = event;
    if (native.isComposing || native.keyCode === 229) return;
    if (native.key === "Escape") {
      event.preventDefault();
      native.stopImmediatePropagation();
      leave();
    } else if (keyAction(native, { running: false, justComposed: justComposed.current, coarse }) === "send") {
      event.preventDefault();
      submit();
    }
  };
  return (
    <form
      className="editing"
      data-testid="message-editor"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {attachments.length > 0 && <MessageFiles files={attachments} />}
      <textarea
        ref={box}
        rows={2}
        dir="auto"
        value={text}
        lang={languageOf(text)}
        aria-label={t("turn.editing")}
        enterKeyHint={coarse ? "enter" : "send"}
        onChange={(event) => write(event.target.value)}
        onKeyDown={onKeyDown}
        onCompositionEnd={() => {
          justComposed.current = true;
          setTimeout(() => {
            justComposed.current = false;
          });
        }}
      />
      {changed && !sent.has(message.message_id) && (
        <p className="editing-note" role="status">
          {t("unsent.changed")}
        </p>
      )}
      <div className="editing-acts">
        <span className="grow">
          {blocked === null
            ? attachments.length > 0 && t("turn.keeps", { count: attachments.length })
            : t(`turn.${blocked}`)}
        </span>
        <button type="button" className="btn ghost small" data-testid="edit-cancel" onClick={leave}>
          {t("turn.cancel")}
        </button>
        <button type="submit" className="btn primary small" data-testid="edit-send" disabled={!ready}>
          {t("turn.save")}
        </button>
      </div>
    </form>
  );
}
