import { isImageType, type MessageAttachment } from "@millrace/protocol";
import { FileText, ImageOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../shell/dialog.tsx";
import { bytes } from "../time/bytes.ts";

const addressOf = ({ attachment_id }: MessageAttachment): string =>
  `/api/v1/attachments/${encodeURIComponent(attachment_id)}`;

export interface MessageFilesProps {
  files: readonly MessageAttachment[];
}

/** The files that came with a message. Each has its place before its picture is there. */
export default function MessageFiles({ files }: MessageFilesProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<MessageAttachment | null>(null);
  return (
    <>
      <ul className="msg-files" aria-label={t("files.label")} data-testid="message-files">
        {files.map((file) => (
          <li key={file.attachment_id}>
            {isImageType(file.media_type) ? (
              <Picture file={file} show={() => setShown(file)} />
            ) : (
              <FileLink file={file} />
            )}
          </li>
        ))}
      </ul>
      {shown !== null && (
        <Dialog title={shown.name} closed={() => setShown(null)}>
          <img className="shown-pic" src={addressOf(shown)} alt={shown.name} />
        </Dialog>
      )}
    </>
  );
}

function Picture({ file, show }: { file: MessageAttachment; show(): void }) {
  const { t } = useTranslation();
  const [missing, setMissing] = useState(false);
  if (missing) return <Missing file={file} />;
  return (
    <button
      type="button"
      className="msg-pic"
      data-testid="message-picture"
      aria-label={t("files.show", { name: file.name })}
      onClick={show}
    >
      <img src={addressOf(file)} alt="" loading="lazy" decoding="async" onError={() => setMissing(true)} />
    </button>
  );
}

function FileLink({ file }: { file: MessageAttachment }) {
  return (
    <a className="msg-file" href={addressOf(file)} download={file.name} data-testid="message-file">
      <FileText className="i" aria-hidden />
      <bdi className="ell">{file.name}</bdi>
      <small>{bytes(file.size)}</small>
    </a>
  );
}

/** A session that was imported names files that may be nowhere here. */
function Missing({ file }: { file: MessageAttachment }) {
  const { t } = useTranslation();
  return (
    <span className="msg-file">
      <ImageOff className="i" aria-hidden />
      <bdi className="ell">{file.name}</bdi>
      <small>{t("files.missing")}</small>
    </span>
  );
}
