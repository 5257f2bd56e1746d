import type { Branch } from "@millrace/protocol";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { TurnButton } from "./turn-button.tsx";

/** Shows another branch; `button` is what was pressed, and stays where it is. */
export type Select = (message_id: string, button: HTMLElement) => void;

/** Which of the messages in one place is shown, and the way to those beside it. */
export function BranchSwitch({ branch, select }: { branch: Branch; select: Select }) {
  const { t } = useTranslation();
  const { index, count, siblings } = branch;
  const to = (at: number) => (button: HTMLElement) => {
    const message_id = siblings[at];
    if (message_id !== undefined) select(message_id, button);
  };
  const place = t("turn.version", { n: index + 1, m: count });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <span className="branch" data-testid="branch" role="group" aria-label={place}>
      <TurnButton
        icon={ChevronLeft}
        label={t("turn.previous")}
        testId="branch-previous"
        off={index === 0}
        press={to(index - 1)}
      />
      <span aria-hidden>{`${index + 1} / ${count}`}</span>
      <TurnButton
        icon={ChevronRight}
        label={t("turn.next")}
        testId="branch-next"
        off={index === count - 1}
        press={to(index + 1)}
      />
    </span>
  );
}
