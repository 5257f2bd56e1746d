import { useTranslation } from "react-i18next";
import { MOD, SHIFT_MOD } from "../shell/use-media.ts";

const KEYS = [
  ["palette", [`${MOD}K`]],
  ["new", [`${SHIFT_MOD}O`]],
  ["box", ["/"]],
  ["send", ["⏎"]],
  ["steer", [`${MOD}⏎`]],
  ["line", ["⇧⏎"]],
  ["escape", ["Esc"]],
  ["ask", [`${MOD}J`]],
  ["answer", ["1", "2", "3", "4"]],
  ["side", [`${MOD}B`]],
  ["inspector", [`${MOD}I`]],
  ["latest", ["End"]],
  ["calls", ["J", "K"]],
  ["open", ["O"]],
  ["all", ["?"]],
] as const;

/** Every key that does something. */
export function KeyList() {
  const { t } = useTranslation();
  return (
    <section data-testid="key-list">
      <h3>{t("keys.title")}</h3>
      <dl className="key-list">
        {KEYS.map(([name, keys]) => (
          <div key={name} className="set-row">
            <dt>{t(`keys.${name}`)}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
