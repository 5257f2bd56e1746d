import { CircleDashed, CircleStop, Languages, type LucideIcon, Rows3, Split } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSend } from "../composer/use-send.ts";
import { languageOf } from "../i18n/language.ts";
import { useScreen } from "./app-context.ts";
import { ConnectModel } from "./chunks.tsx";

const SUGGESTIONS: readonly ["count" | "essay" | "compare" | "other", LucideIcon][] = [
  ["count", Rows3],
  ["essay", CircleStop],
  ["compare", Split],
  ["other", Languages],
];

/** Nothing said yet: what one can do here, and which model would answer. */
export function EmptyScreen() {
  const { t } = useTranslation();
  const send = useSend();
  return (
    <>
      <h2>{t("empty.title")}</h2>
      <DemoNotice />
      <div className="sugs">
        {SUGGESTIONS.map(([key, Icon]) => {
          const text = t(`empty.${key}`);
          return (
            <button
              key={key}
              type="button"
              className="sug"
              data-testid="suggestion"
              onClick={() => send(text, "queue")}
            >
              <Icon className="i" aria-hidden />
              <b lang={languageOf(text)}>{text}</b>
              <span>{t(`empty.${key}_note`)}</span>
            </button>
          );
        })}
      </div>
    </>
  );
}

function DemoNotice() {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const demo = useScreen(({ models }) => models?.models.find(({ id }) => id === models.default)?.demo === true);
  if (!demo) return null;
  return (
    <>
      <div className="demo">
        <CircleDashed className="i" aria-hidden />
        <span>{t("empty.demo")}</span>
        <button type="button" className="btn small" onClick={() => setOpened(true)}>
          {t("empty.connect")}
        </button>
      </div>
      {opened && <ConnectModel closed={() => setOpened(false)} />}
    </>
  );
}
