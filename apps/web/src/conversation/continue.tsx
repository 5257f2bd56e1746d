import { useTranslation } from "react-i18next";
import { useTurns } from "./turns-context.ts";
import type { Branching } from "./use-branching.ts";

/** Lets the last run's work go on with another one. */
export function Continue({
  branching,
  label,
  small = false,
}: {
  branching: Branching;
  label: string;
  small?: boolean;
}) {
  const { t } = useTranslation();
  const { blocked } = useTurns();
  return (
    <button
      type="button"
      className={small ? "btn small of-last" : "btn primary of-last"}
      data-testid="continue"
      disabled={blocked !== null}
      onClick={() => branching.say(t("turn.continue_message"))}
    >
      {label}
    </button>
  );
}
