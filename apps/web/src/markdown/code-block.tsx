import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../shell/copy-button.tsx";
import { WrapButton } from "../shell/wrap-button.tsx";

/** Code in its final frame from the first line on, closed or not. `language` is the fence's info string. */
export function CodeBlock({ language, code }: { language: string; code: string }) {
  const { t } = useTranslation();
  const [wrap, setWrap] = useState(false);
  return (
    <div className="code" data-wrap={wrap}>
      <div className="code-head">
        <span className="ell">{language.split(/\s/, 1)[0]}</span>
        <span className="grow" />
        <WrapButton wrap={wrap} onChange={setWrap} />
        <CopyButton text={code} label={t("code.copy")} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </div>
  );
}
