import { Paperclip } from "lucide-react";
import { type ChangeEvent, useRef } from "react";
import { useTranslation } from "react-i18next";

/** Chooses files for the message. What is not taken says so in its chip, so that nothing is hidden from the chooser. */
export function AttachButton({ chosen }: { chosen: (files: readonly File[]) => void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const onChange = ({ target }: ChangeEvent<HTMLInputElement>) => {
    chosen([...(target.files ?? [])]);
    // The same file can be chosen again.
    target.value = "";
  };
  return (
    <>
      <input ref={input} type="file" multiple hidden data-testid="file-input" onChange={onChange} />
      <button
        type="button"
        className="model attach"
        data-testid="attach"
        aria-label={t("composer.attach")}
        onClick={() => input.current?.click()}
      >
        <Paperclip className="i" aria-hidden />
      </button>
    </>
  );
}
