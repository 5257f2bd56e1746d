import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { copyText } from "./copy-text.ts";

/** Copies; the icon becomes a check for a moment. A text that is long to make is made when it is wanted. */
export function CopyButton({ text, label }: { text: string | (() => string); label: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_200);
    return () => clearTimeout(timer);
  }, [copied]);
  const Icon = copied ? Check : Copy;
  return (
    <button
      type="button"
      className="icon-btn s28"
      aria-label={label}
      onClick={() => {
        copyText(typeof text === "string" ? text : text()).then(setCopied, () => setCopied(false));
      }}
    >
      <Icon className="i s14" aria-hidden />
    </button>
  );
}
