import type { Turn } from "@millrace/protocol";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { goToAsk } from "../ask/ask-focus.ts";
import { useBlocked } from "../conversation/use-blocked.ts";
import { messagesOf, useBranching } from "../conversation/use-branching.ts";
import { useApp } from "../shell/app-context.ts";
import { goToSignIn } from "../shell/sign-in.ts";
import { COARSE, MOD } from "../shell/use-media.ts";
import type { Truth } from "./truth.ts";

export interface TruthActsProps {
  truth: Truth;
}

/** What can be done about what is true now: at most one thing. */
export default function TruthActs({ truth }: TruthActsProps) {
  const { t } = useTranslation();
  const { client } = useApp();
  switch (truth.state) {
    case "signed_out":
      return (
        <button type="button" className="btn small" onClick={goToSignIn}>
          {t("truth.sign_in")}
        </button>
      );
    case "offline": {
      if (truth.why === "connecting") return null;
      const retry = () => (truth.why === "closed" ? client.connect() : client.retryNow());
      return (
        <button type="button" className="btn small" onClick={retry}>
          {t("truth.try_now")}
        </button>
      );
    }
    case "waiting":
      return <GoToIt />;
    case "interrupted":
      return <Again turn={truth.turn} how="continue" />;
    case "failed":
      return <Again turn={truth.turn} how={atLimit(truth.turn) ? "continue" : "again"} />;
    default:
      return null;
  }
}

function GoToIt() {
  const { t } = useTranslation();
  const { asks } = useApp();
  return (
    <button type="button" className="btn small not-small" data-testid="go-to-ask" onClick={() => goToAsk(asks)}>
      {t("truth.go")}
      <kbd>{`${MOD}J`}</kbd>
    </button>
  );
}

/** Lets the work go on, or says the last message once more; what has the focus then is gone, so the message box gets it. */
function Again({ turn, how }: { turn: Turn; how: "continue" | "again" }) {
  const { t } = useTranslation();
  const nowhere = useRef(null);
  const branching = useBranching(turn, nowhere);
  const blocked = useBlocked();
  const said = messagesOf(turn).at(-1);
  if (said === undefined) return null;
  const press = () => {
    if (how === "continue") branching.say(t("turn.continue_message"));
    else branching.again(said);
    const scroller = document.querySelector(".scroll");
    scroller?.scrollTo({ top: scroller.scrollHeight });
    if (!matchMedia(COARSE).matches) document.getElementById("composer")?.focus();
  };
  return (
    <button type="button" className="btn small" data-testid="truth-again" disabled={blocked !== null} onClick={press}>
      {t(how === "continue" ? "turn.continue" : "error.again")}
    </button>
  );
}

const atLimit = ({ phase }: Turn): boolean => phase.state === "error" && phase.reason === "max_steps_reached";
