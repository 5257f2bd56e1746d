import { openTurn } from "@millrace/protocol";
import { ArrowUp, CornerUpRight, ListEnd } from "lucide-react";
import {
  type ChangeEvent,
  type ClipboardEvent,
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useApp, useConnection, useSession } from "../shell/app-context.ts";
import { AttachTray, Choose, DropZone, MessageChips } from "../shell/chunks.tsx";
import { part } from "../shell/part.ts";
import { COARSE, MOD, useMedia } from "../shell/use-media.ts";
import { AttachButton } from "./attach-button.tsx";
import { joined, loadDraft, saveDraft } from "./draft.ts";
import { draftFileOf, filesOf, NO_FILES, setFiles, uploadedOf } from "./draft-files.ts";
import { Hint } from "./hint.tsx";
import { keyAction } from "./key-action.ts";
import { sentFiles } from "./sent-files.ts";
import { StopButton } from "./stop-button.tsx";
import { useSend } from "./use-send.ts";

/** A pasted text of more UTF-16 code units becomes a file. */
const LONG_TEXT = 20 * 1024;

/** What files need is loaded with the first one. */
const attaching = part(() => import("./attach.ts"));

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
  const app = useApp();
  const { session } = app;
  const send = useSend();
  const coarse = useMedia(COARSE);
  const box = useRef<HTMLTextAreaElement>(null);
  const justComposed = useRef(false);
  const [text, setText] = useState(() => loadDraft(session_id).text);
  const files = useStore(app.files, (held) => held[session_id ?? ""] ?? NO_FILES);
  const running = useSession((state) => openTurn(state.view) !== null);
  const latest = useRef(text);
  const placeholder = usePlaceholder();
  const taken_back = useSession((state) => state.taken_back);
  const ready = uploadedOf(files);
  const filled = text.trim() !== "" || ready.length > 0;
  const uploading = files.some(({ phase }) => phase.state === "waiting" || phase.state === "uploading");
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

  useEffect(() => {
    const drafted = loadDraft(session_id).files;
    if (drafted.length > 0 && filesOf(app.files, session_id).length === 0)
      setFiles(app.files, session_id, drafted.map(draftFileOf));
    return app.files.subscribe((now, before) => {
      const id = session_id ?? "";
      if (now[id] !== before[id]) saveDraft(session_id, { text: latest.current, files: uploadedOf(now[id] ?? []) });
    });
  }, [app, session_id]);

  const write = (value: string) => {
    latest.current = value;
    setText(value);
    saveDraft(session_id, { text: value, files: ready });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: it comes once, to what is written then
  useEffect(() => {
    if (!taken_back) return;
    session.setState({ taken_back: "" });
    write(joined(taken_back, latest.current));
  }, [taken_back]);
  const attach = (chosen: readonly File[], pasted?: string) => {
    if (chosen.length > 0) void attaching.whenLoaded().then((module) => module.attach(app, session_id, chosen, pasted));
  };
  const submit = (mode: "queue" | "steer") => {
    if (!filled || uploading || !send(text.trim(), mode, ready)) return;
    write("");
    setFiles(app.files, session_id, []);
    if (files.length > 0) void attaching.whenLoaded().then((module) => module.forgetSent(files));
    sent();
    box.current?.focus();
  };
  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const { clipboardData } = event;
    const pasted = clipboardData.getData("text/plain");
    const long = pasted.length > LONG_TEXT;
    if (!long && (pasted !== "" || clipboardData.files.length === 0)) return;
    event.preventDefault();
    if (long) attach([new File([pasted], t("unsent.pasted"), { type: "text/plain" })], pasted);
    else attach([...clipboardData.files]);
  };
  const insert = (said: string) => write(text.trim() === "" ? said : `${text}\n${said}`);
  const edit = (content: string, ids: readonly string[]) => {
    insert(content);
    const known = ids.flatMap((id) => sentFiles.get(id) ?? []);
    setFiles(app.files, session_id, [...files, ...known.map(draftFileOf)]);
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
        <MessageChips session_id={session_id} edit={edit} />
        {files.length > 0 && <AttachTray session_id={session_id} insert={insert} />}
        <label className="sr" htmlFor="composer">
          {t("composer.label")}
        </label>
        <textarea
          id="composer"
          data-testid="composer"
          ref={box}
          rows={1}
          dir="auto"
          value={text}
          placeholder={placeholder}
          enterKeyHint={coarse ? "enter" : "send"}
          onChange={(event: ChangeEvent<HTMLTextAreaElement>) => write(event.target.value)}
          onKeyDown={onKeyDown}
          onCompositionEnd={onCompositionEnd}
          onPaste={onPaste}
        />
        <div className="cbar">
          <AttachButton chosen={attach} />
          {!choosing && <Choose what="rest" />}
          <span className="grow" />
          {!choosing && <Choose what="model" />}
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
              disabled={!filled || uploading}
              aria-label={t("composer.send")}
            >
              <ArrowUp className="i" aria-hidden />
            </button>
          )}
        </div>
      </form>
      <Hint typing={filled} />
      <DropZone session_id={session_id} />
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
