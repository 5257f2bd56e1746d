import { useTranslation } from "react-i18next";

/** The box of a task in a list: shows, and does not ask to be pressed. */
export function TaskBox({ checked }: { checked: boolean }) {
  const { t } = useTranslation();
  return (
    <input type="checkbox" checked={checked} disabled aria-label={t(checked ? "code.task_done" : "code.task_open")} />
  );
}
