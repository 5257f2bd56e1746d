import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { languageOf } from "../i18n/language.ts";
import { AskButton } from "./ask-button.tsx";
import type { AskBodyProps } from "./ask-card.tsx";
import { AskField } from "./ask-field.tsx";

/** What the agent wants to know: its options, and for an open question one's own words. */
export function QuestionAsk({ ask, armed, answer }: AskBodyProps<"question" | "choice">) {
  const { t } = useTranslation();
  const { item, about } = ask;
  const name = useId();
  const [chosen, setChosen] = useState<string | null>(null);
  const [text, setText] = useState("");
  const open = about.kind === "question";
  const given = text.trim() === "" ? chosen : text.trim();
  const send = () => {
    if (armed && given !== null) answer(given);
  };
  return (
    <>
      <div className="options" role="radiogroup" aria-label={t("ask.card")}>
        {item.options.map((option, index) => (
          <label key={option} className="option" data-testid="ask-option" data-option={option}>
            <input
              type="radio"
              className="sr"
              name={name}
              data-key={index < 9 ? String(index + 1) : undefined}
              checked={given === chosen && chosen === option}
              onChange={() => {
                setChosen(option);
                setText("");
              }}
            />
            {index < 9 && <kbd aria-hidden>{index + 1}</kbd>}
            <span lang={languageOf(option)}>{option}</span>
          </label>
        ))}
        {open && (
          <AskField
            value={text}
            label={item.options.length > 0 ? t("ask.other") : t("ask.answer")}
            write={setText}
            send={send}
          />
        )}
      </div>
      <div className="card-acts">
        <AskButton
          armed={armed && given !== null}
          className="btn primary"
          testId="ask-send"
          hotkey="Enter"
          press={send}
        >
          {t("ask.answer")}
        </AskButton>
        <span className="grow" />
        <span className="of">{t("ask.from_agent")}</span>
        {open && (
          <AskButton
            armed={armed}
            className="btn ghost"
            testId="ask-decide"
            press={() => answer(t("ask.decide_answer"))}
          >
            {t("ask.decide")}
          </AskButton>
        )}
      </div>
    </>
  );
}
