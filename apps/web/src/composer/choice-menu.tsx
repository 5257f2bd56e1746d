import { ChevronDown, type LucideIcon } from "lucide-react";
import { useState } from "react";
import type { MenuProps } from "../shell/menu.tsx";
import { Menu } from "../shell/menu-chunk.tsx";

interface Props extends Pick<MenuProps, "entries" | "align"> {
  testId: string;
  /** What is chosen here. */
  name: string;
  /** The entry that holds now. */
  chosen: string;
  /** On narrow screens it stands for the words. */
  icon?: LucideIcon;
}

/** A button of the message box that says what holds for the next message, and opens what could hold instead. */
export function ChoiceMenu({ testId, name, entries, chosen, align, icon: Icon }: Props) {
  const [opened, setOpened] = useState(false);
  const label = entries.find(({ id }) => id === chosen)?.label ?? chosen;
  const rest = Icon === undefined ? "" : " not-small";
  const button = (
    <button
      type="button"
      className={`model ${testId}`}
      data-testid={testId}
      aria-label={`${name}: ${label}`}
      aria-haspopup="menu"
      onClick={() => setOpened(true)}
    >
      {Icon !== undefined && <Icon className="i" aria-hidden />}
      <span className={`ell${rest}`}>{label}</span>
      <ChevronDown className={`i s14${rest}`} aria-hidden />
    </button>
  );
  return opened ? <Menu trigger={button} chosen={chosen} entries={entries} {...(align && { align })} /> : button;
}
