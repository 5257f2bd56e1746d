import type { AskRecordProps } from "../ask/ask-record.tsx";
import type { BreakerCardProps } from "../ask/breaker-card.tsx";
import type { MarkdownProps } from "../markdown/markdown.tsx";
import { deferred } from "../shell/deferred.tsx";
import type { CallBodyProps } from "./call-body.tsx";
import type { FarWordsProps } from "./far-words.tsx";
import type { MessageFilesProps } from "./message-files.tsx";
import type { RareNoteProps } from "./rare-note.tsx";

/** What a turn can do without for a moment, in chunks of its own. */

export const Markdown = deferred(
  () => import("../markdown/markdown.tsx"),
  ({ text }: MarkdownProps) => (
    <div className="prose">
      <p className="raw" dir="auto">
        {text}
      </p>
    </div>
  ),
);

export const AskRecord = deferred<AskRecordProps>(() => import("../ask/ask-record.tsx"), nothing);

export const BreakerCard = deferred<BreakerCardProps>(() => import("../ask/breaker-card.tsx"), nothing);

export const CallBody = deferred<CallBodyProps>(() => import("../conversation/call-body.tsx"), nothing);

export const FarWords = deferred<FarWordsProps>(() => import("../conversation/far-words.tsx"), nothing);

export const MessageFiles = deferred<MessageFilesProps>(() => import("../conversation/message-files.tsx"), nothing);

export const RareNote = deferred<RareNoteProps>(() => import("../conversation/rare-note.tsx"), nothing);

function nothing() {
  return null;
}
