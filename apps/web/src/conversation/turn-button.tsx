import type { LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useTurns } from "./turns-context.ts";

interface TurnButtonProps {
  icon: LucideIcon;
  label: string;
  testId: string;
  /** There is nothing in this direction. */
  off?: boolean;
  press(button: HTMLElement): void;
}

/** A button of a turn. Where it cannot be pressed it can still be found, and says why. */
export function TurnButton({ icon: Icon, label, testId, off = false, press }: TurnButtonProps) {
  const { t } = useTranslation();
  const { blocked } = useTurns();
  const why = blocked === null ? undefined : t(`turn.${blocked}`);
  return (
    <button
      type="button"
      className="icon-btn s28"
      data-testid={testId}
      aria-label={label}
      aria-disabled={off || blocked !== null}
      aria-description={why}
      title={why ?? label}
      onClick={({ currentTarget }) => {
        if (!off && blocked === null) press(currentTarget);
      }}
    >
      <Icon className="i s14" aria-hidden />
    </button>
  );
}
