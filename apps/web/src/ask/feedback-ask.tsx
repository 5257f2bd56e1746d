import { ThumbsDown, ThumbsUp } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AskButton } from "./ask-button.tsx";
import type { AskBodyProps } from "./ask-card.tsx";
import { AskField } from "./ask-field.tsx";

/** What is answered, whatever the language of the page: the model reads it. */
const OPINIONS = [
  { word: "good", key: "ask.good", Icon: ThumbsUp },
  { word: "not yet", key: "ask.not_yet", Icon: ThumbsDown },
] as const;

/** What the person thinks of something that the agent has shown. */
export function FeedbackAsk({ ask, armed, answer }: AskBodyProps<"feedback">) {
  const { t } = useTranslation();
  const { options } = ask.item;
  const own = options.length > 0;
  const opinions = own ? options.map((word) => ({ word, label: word, Icon: null })) : OPINIONS.map(labelled);
  const [opinion, setOpinion] = useState<string | null>(null);
  const [comment, setComment] = useState("");
  const said = comment.trim();
  const ready = armed && (opinion !== null || said !== "");
  const send = () => {
    if (!ready) return;
    const word = opinion ?? said;
    answer(opinion === null || said === "" ? word : { answer: word, comment: said });
  };
  function labelled({ word, key, Icon }: (typeof OPINIONS)[number]) {
    return { word, label: t(key), Icon };
  }
  return (
    <>
      <div className="words-in">
        <div className="thumbs">
          {opinions.map(({ word, label, Icon }, index) => (
            <button
              key={word}
              type="button"
              className="thumb"
              data-testid="ask-option"
              data-option={word}
              data-key={index < 9 ? String(index + 1) : undefined}
              aria-pressed={opinion === word}
              onClick={() => setOpinion(opinion === word ? null : word)}
            >
              {Icon !== null && <Icon className="i" aria-hidden />}
              {label}
            </button>
          ))}
        </div>
        <AskField value={comment} label={t("ask.comment")} write={setComment} send={send} />
      </div>
      <div className="card-acts">
        <AskButton armed={ready} className="btn primary" testId="ask-send" hotkey="Enter" press={send}>
          {t("ask.send_feedback")}
        </AskButton>
        <span className="grow" />
        <span className="of">{t("ask.from_agent")}</span>
        <AskButton armed={armed} className="btn ghost" testId="ask-skip" press={() => answer("(no feedback)")}>
          {t("ask.skip")}
        </AskButton>
      </div>
    </>
  );
}
