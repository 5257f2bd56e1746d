import { Check, type LucideIcon } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactElement } from "react";

export interface MenuEntry {
  readonly id: string;
  readonly label: string;
  readonly detail?: string;
  readonly icon?: LucideIcon;
  readonly danger?: boolean;
  choose(): void;
}

export interface MenuProps {
  trigger: ReactElement;
  entries: readonly MenuEntry[];
  /** The entry that holds now, where the menu is a choice. */
  chosen?: string;
  /** The trigger's side that the menu keeps to. */
  align?: "start" | "end";
}

/** A menu that is open from the moment it exists; closed, its trigger has the focus and opens it again. Loaded when first needed. */
export default function Menu({ trigger, entries, chosen, align = "end" }: MenuProps) {
  return (
    <DropdownMenu.Root defaultOpen modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align={align} sideOffset={4} collisionPadding={8}>
          {entries.map(({ id, label, detail = "", icon: Icon, danger = false, choose }) => (
            <DropdownMenu.Item key={id} className={danger ? "danger" : undefined} onSelect={choose}>
              {Icon !== undefined && <Icon className="i" aria-hidden />}
              <span className="grow">
                {label}
                {detail !== "" && <small>{detail}</small>}
              </span>
              {id === chosen && <Check className="i s14" aria-hidden />}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
