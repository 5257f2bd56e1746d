import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

/** Copies; the icon becomes a check for a moment. */
export function CopyButton({ text, label }: { text: string; label: string }) {
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
        copyText(text).then(setCopied, () => setCopied(false));
      }}
    >
      <Icon className="i s14" aria-hidden />
    </button>
  );
}

/** Whether the text is on the clipboard now. Without a secure context only the old command works. */
async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}
