import type { MessageAttachment } from "@millrace/protocol";
import { createStore, type StoreApi } from "zustand/vanilla";

/** Why a file is not taken: `{reason}` in words comes from these. */
export type FileRefusal = "too_large" | "empty" | "kind" | "too_many" | "quota" | "full" | "gone" | "failed";

export type FilePhase =
  /** For the connection. */
  | { readonly state: "waiting" }
  /** `part`: from 0 to 1. */
  | { readonly state: "uploading"; readonly part: number }
  | { readonly state: "done"; readonly attachment: MessageAttachment }
  | { readonly state: "refused"; readonly why: FileRefusal };

/** A file of a message that is being written. */
export interface DraftFile {
  readonly key: string;
  readonly name: string;
  readonly media_type: string;
  /** Bytes. */
  readonly size: number;
  readonly phase: FilePhase;
  /** A long text that was pasted, and can be put into the message after all. */
  readonly pasted?: string;
}

/** By conversation; "" is the new one. */
export type DraftFiles = StoreApi<Readonly<Record<string, readonly DraftFile[]>>>;

export const NO_FILES: readonly DraftFile[] = [];

export const createDraftFiles = (): DraftFiles => createStore(() => ({}));

export const filesOf = (files: DraftFiles, session_id: string | null): readonly DraftFile[] =>
  files.getState()[session_id ?? ""] ?? NO_FILES;

export function setFiles(files: DraftFiles, session_id: string | null, held: readonly DraftFile[]): void {
  files.setState({ [session_id ?? ""]: held });
}

/** What a message can bring: the files that the server has. */
export const uploadedOf = (held: readonly DraftFile[]): MessageAttachment[] =>
  held.flatMap(({ phase }) => (phase.state === "done" ? [phase.attachment] : []));

/** A file that the server has already. */
export const draftFileOf = (attachment: MessageAttachment): DraftFile => ({
  key: attachment.attachment_id,
  name: attachment.name,
  media_type: attachment.media_type,
  size: attachment.size,
  phase: { state: "done", attachment },
});
