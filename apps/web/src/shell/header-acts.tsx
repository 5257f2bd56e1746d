import { Check, Ellipsis, Share } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSessionEntries } from "../sidebar/session-entries.ts";
import { useApp } from "./app-context.ts";
import { Menu } from "./menu-chunk.tsx";

export interface HeaderActsProps {
  session_id: string;
  /** As it is called on the screen. */
  title: string;
  rename(): void;
  /** It has just been renamed from here: the focus that went with the field comes back to the menu. */
  renamed: boolean;
}

/** How long the button tells what became of a copy. Milliseconds. */
const TOLD_MS = 1_200;

/** What is done with the conversation on the screen: share and export it, and what its row's menu does. */
export default function HeaderActs({ session_id, title, rename, renamed }: HeaderActsProps) {
  const { t } = useTranslation();
  const { removals, go } = useApp();
  const [shares, setShares] = useState(false);
  const [menu, setMenu] = useState(false);
  const [copied, setCopied] = useState<boolean | null>(null);
  const menuRef = useRef<HTMLButtonElement>(null);
  const entries = useSessionEntries({
    session_id,
    rename,
    remove: () => {
      removals.begin({ session_id, title });
      go(null);
    },
    copied: setCopied,
  });
  useEffect(() => {
    if (copied === null) return;
    const timer = setTimeout(() => setCopied(null), TOLD_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  useEffect(() => {
    if (renamed && document.activeElement === document.body) menuRef.current?.focus();
  }, [renamed]);
  const ShareIcon = copied === true ? Check : Share;
  const shareButton = (
    <button
      type="button"
      className="icon-btn not-small"
      data-testid="share"
      aria-label={t("share.label")}
      title={t("share.label")}
      aria-haspopup="menu"
      onClick={() => setShares(true)}
    >
      <ShareIcon className="i" aria-hidden />
    </button>
  );
  const menuButton = (
    <button
      type="button"
      ref={menuRef}
      className="icon-btn not-small"
      data-testid="session-menu"
      aria-label={t("session.menu", { title })}
      aria-haspopup="menu"
      onClick={() => setMenu(true)}
    >
      <Ellipsis className="i" aria-hidden />
    </button>
  );
  return (
    <>
      <span className="sr" role="status" data-testid="link-copied">
        {copied !== null && t(copied ? "share.copied" : "share.not_copied")}
      </span>
      {shares ? <Menu trigger={shareButton} entries={[entries.link, ...entries.exports]} /> : shareButton}
      {menu ? <Menu trigger={menuButton} entries={[entries.rename, entries.remove]} /> : menuButton}
    </>
  );
}
