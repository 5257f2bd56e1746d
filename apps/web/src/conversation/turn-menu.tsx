import { Ellipsis, FileText, Hash, Play } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useReplay } from "../replay/use-replay.ts";
import { copyText } from "../shell/copy-text.ts";
import { Menu } from "../shell/menu-chunk.tsx";
import { part } from "../shell/part.ts";

const plainTexts = part(() => import("../markdown/plain-text.ts"));

/** What else can be done with a run that has ended. `answer`: all that it said, as Markdown. */
export function TurnMenu({ run_id, answer }: { run_id: string; answer: string }) {
  const { t } = useTranslation();
  const replay = useReplay();
  const [opened, setOpened] = useState(false);
  const copyPlain = async () => {
    const { plainText } = await plainTexts.whenLoaded();
    await copyText(plainText(answer));
  };
  const copies = [
    { id: "markdown", label: t("turn.copy_markdown"), icon: Hash, choose: () => void copyText(answer) },
    { id: "text", label: t("turn.copy_text"), icon: FileText, choose: () => void copyPlain() },
  ];
  const again = { id: "replay", label: t("turn.replay"), icon: Play, choose: () => replay.play(run_id) };
  const entries = [...(answer === "" ? [] : copies), ...(replay.on ? [] : [again])];
  const button = (
    <button
      type="button"
      className="icon-btn s28"
      data-testid="turn-menu"
      aria-label={t("turn.more")}
      aria-haspopup="menu"
      onClick={() => setOpened(true)}
    >
      <Ellipsis className="i s14" aria-hidden />
    </button>
  );
  if (entries.length === 0) return null;
  return opened ? <Menu trigger={button} align="start" entries={entries} /> : button;
}
