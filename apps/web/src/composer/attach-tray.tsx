import { isImageType } from "@millrace/protocol";
import { CloudOff, FileText, Image, TriangleAlert, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useApp, useScreen, useSession } from "../shell/app-context.ts";
import { bytes } from "../time/bytes.ts";
import { detach, pictureOf } from "./attach.ts";
import { currentModel } from "./choices.ts";
import { type DraftFile, NO_FILES } from "./draft-files.ts";
import { useModelLabel } from "./use-model-label.ts";

export interface AttachTrayProps {
  session_id: string | null;
  /** Puts a pasted text into the message after all. */
  insert(text: string): void;
}

/** The files of the message that is being written, each with what became of it so far. */
export default function AttachTray({ session_id, insert }: AttachTrayProps) {
  const { t } = useTranslation();
  const app = useApp();
  const files = useStore(app.files, (held) => held[session_id ?? ""] ?? NO_FILES);
  if (files.length === 0) return null;
  return (
    <>
      <ul className="files" aria-label={t("files.label")}>
        {files.map((file) => (
          <FileChip key={file.key} file={file} insert={insert} remove={() => detach(app, session_id, file.key)} />
        ))}
      </ul>
      <NoImages files={files} />
    </>
  );
}

interface ChipProps {
  file: DraftFile;
  insert(text: string): void;
  remove(): void;
}

function FileChip({ file, insert, remove }: ChipProps) {
  const { t } = useTranslation();
  const { name, size, phase, pasted } = file;
  const picture = pictureOf(file);
  return (
    <li className="file" data-testid="draft-file" data-state={phase.state}>
      {picture === null || phase.state === "refused" ? (
        <span className="file-icon">
          <Mark file={file} />
        </span>
      ) : (
        <img className="file-pic" src={picture} alt="" />
      )}
      <span className="file-words">
        <bdi className="ell file-name">{name}</bdi>
        <span className="file-state" role="status">
          <State file={file} />
        </span>
        {pasted !== undefined && phase.state !== "refused" && (
          <button
            type="button"
            className="link"
            onClick={() => {
              remove();
              insert(pasted);
            }}
          >
            {t("files.as_text")}
          </button>
        )}
      </span>
      <button type="button" className="icon-btn s24" aria-label={t("files.remove", { name })} onClick={remove}>
        <X className="i s14" aria-hidden />
      </button>
      {phase.state === "uploading" && (
        <progress className="file-part" value={phase.part} max={1} aria-label={`${name}, ${bytes(size)}`} />
      )}
    </li>
  );
}

function Mark({ file: { phase, media_type } }: { file: DraftFile }) {
  if (phase.state === "refused") return <TriangleAlert className="i" aria-hidden />;
  if (phase.state === "waiting") return <CloudOff className="i" aria-hidden />;
  return isImageType(media_type) ? <Image className="i" aria-hidden /> : <FileText className="i" aria-hidden />;
}

function State({ file: { phase, size } }: { file: DraftFile }) {
  const { t } = useTranslation();
  switch (phase.state) {
    case "waiting":
      return t("files.waiting");
    case "uploading":
      return t("files.uploading");
    case "done":
      return bytes(size);
    case "refused":
      return t(`files.${phase.why}`);
  }
}

/** Said before the message is sent: its model would not see them. */
function NoImages({ files }: { files: readonly DraftFile[] }) {
  const { t } = useTranslation();
  const session_id = useSession((state) => state.session_id);
  const view = useSession((state) => state.view);
  const label = useModelLabel();
  const model = useScreen((state) => {
    const id = currentModel(state, session_id, view);
    return state.models?.models.find((other) => other.id === id) ?? null;
  });
  const images = files.some(({ phase, media_type }) => phase.state !== "refused" && isImageType(media_type));
  if (!images || model === null || model.images !== false) return null;
  return (
    <p className="files-note" role="status" data-testid="no-images">
      <TriangleAlert className="i s14" aria-hidden />
      {t("files.no_images", { model: label(model.id) })}
    </p>
  );
}
