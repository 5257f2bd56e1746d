import type { Message } from "@millrace/protocol";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { keyAction } from "../composer/key-action.ts";
import { languageOf } from "../i18n/language.ts";
import { COARSE, useMedia } from "../shell/use-media.ts";
import { MessageFiles } from "./turn-chunks.tsx";
import { useTurns } from "./turns-context.ts";

interface MessageEditorProps {
  message: Message;
  send(content: string): void;
  close(): void;
}

/** A message in the place of its bubble, to be said in another way. */
export function MessageEditor({ message, send, close }: MessageEditorProps) {
  const { t } = useTranslation();
  const { blocked, stay } = useTurns();
  const coarse = useMedia(COARSE);
  const box = useRef<HTMLTextAreaElement>(null);
  const justComposed = useRef(false);
  const [text, setText] = useState(message.content);
  const { attachments } = message;
  const ready = blocked === null && (text.trim() !== "" || attachments.length > 0);

  useEffect(() => {
    stay();
    const end = box.current?.value.length ?? 0;
    box.current?.focus();
    box.current?.setSelectionRange(end, end);
  }, [stay]);

  const submit = () => {
    if (!ready) return;
    send(text.trim());
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { nativeEvent: native } = event;
    if (native.isComposing || native.keyCode === 229) return;
    if (native.key === "Escape") {
      event.preventDefault();
      native.stopImmediatePropagation();
      close();
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
        value={text}
        lang={languageOf(text)}
        aria-label={t("turn.editing")}
        enterKeyHint={coarse ? "enter" : "send"}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onCompositionEnd={() => {
          justComposed.current = true;
          setTimeout(() => {
            justComposed.current = false;
          });
        }}
      />
      <div className="editing-acts">
        <span className="grow">
          {blocked === null
            ? attachments.length > 0 && t("turn.keeps", { count: attachments.length })
            : t(`turn.${blocked}`)}
        </span>
        <button type="button" className="btn ghost small" data-testid="edit-cancel" onClick={close}>
          {t("turn.cancel")}
        </button>
        <button type="submit" className="btn primary small" data-testid="edit-send" disabled={!ready}>
          {t("turn.save")}
        </button>
      </div>
    </form>
  );
}
