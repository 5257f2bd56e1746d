import { useId } from "react";

interface Props<T extends string> {
  label: string;
  options: readonly { readonly value: T; readonly label: string }[];
  chosen: T;
  choose(value: T): void;
}

/** A setting of which one of a few values holds. */
export function Choice<T extends string>({ label, options, chosen, choose }: Props<T>) {
  const id = useId();
  return (
    <div className="set-row">
      <span id={id}>{label}</span>
      {/* biome-ignore lint/a11y/useSemanticElements: a row of buttons, not a form */}
      <div className="seg" role="group" aria-labelledby={id}>
        {options.map((option) => (
          <button
            key={option.value}
            type="button"
            data-value={option.value}
            aria-pressed={option.value === chosen}
            onClick={() => choose(option.value)}
          >
            {option.label}
          </button>
        ))}
      </div>
    </div>
  );
}
