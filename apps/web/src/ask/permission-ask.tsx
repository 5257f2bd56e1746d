import { ShieldAlert, ShieldCheck, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { languageOf } from "../i18n/language.ts";
import { useApp } from "../shell/app-context.ts";
import { GRANTS, offered, reasonOf } from "./ask.ts";
import { AskButton } from "./ask-button.tsx";
import type { AskBodyProps } from "./ask-card.tsx";
import { AskField } from "./ask-field.tsx";
import { dangersIn, LOOKED_THROUGH } from "./danger.ts";
import { ExactArguments } from "./exact-arguments.tsx";
import { argumentText, hiddenCount, shortDigest } from "./exact-text.ts";
import { isOrdinary, reasonWords } from "./reason-words.ts";
import { toolName } from "./use-ask-words.ts";

type Props = AskBodyProps<"permission">;

/** May this call run? Its exact arguments, why it is asked, and what an answer covers. */
export function PermissionAsk(props: Props) {
  if (props.part === "deny") return <Deny {...props} />;
  if (props.part === "always") return <Always {...props} />;
  return <Main {...props} />;
}

/** Characters from which on a call says how long it is. */
const LONG = 200;

function Main({ ask, armed, answer, show }: Props) {
  const { t } = useTranslation();
  const { item, about } = ask;
  const options = offered(ask);
  const grants = GRANTS.filter((grant) => options.includes(grant));
  const reason = reasonOf(ask);
  // What nobody could read, or what may leak, cannot be remembered: no button of it invites.
  const high = about.call?.args != null && isHighRisk(about.call.args);
  const plain = high || about.call === null || (grants.length < 2 && !isOrdinary(reason));
  const press = (option: string) => () => {
    if (option === "deny" || option === "allow_always") show(option === "deny" ? "deny" : "always");
    else answer(option);
  };
  return (
    <>
      <Call ask={ask} covers={item.pattern !== null && grants.length > 1 ? item.pattern : null} />
      <Why
        text={about.call === null ? t("ask.not_shown") : reasonWords(reason, (key) => t(`ask.why.${key}`))}
        strong={plain}
      />
      <div className="card-acts">
        {grants.map((grant) => (
          <AskButton
            key={grant}
            armed={armed && !(high && grant !== "allow_once")}
            option={grant}
            hotkey={String(GRANTS.indexOf(grant) + 1)}
            className={grant !== "allow_once" ? "btn" : high ? "btn danger" : plain ? "btn" : "btn primary"}
            press={press(grant)}
          >
            {t(`ask.${grant}`)}
          </AskButton>
        ))}
        <span className="grow" />
        <AskButton armed={armed} option="deny" hotkey="4" press={press("deny")}>
          {t("ask.deny")}
        </AskButton>
      </div>
    </>
  );
}

/** What destroys, does not show itself or is not looked through: it is allowed once at most, and no button of it invites. */
const isHighRisk = (args: Readonly<Record<string, unknown>>): boolean =>
  hiddenIn(args) > 0 || destroys(args) || (typeof args.command === "string" && args.command.length > LOOKED_THROUGH);

const destroys = ({ command }: Readonly<Record<string, unknown>>): boolean =>
  typeof command === "string" && dangersIn(command).length > 0;

const hiddenIn = (args: Readonly<Record<string, unknown>>): number =>
  Object.entries(args)
    .flat()
    .reduce<number>((sum, value) => sum + hiddenCount(argumentText(value)), 0);

function Call({ ask: { item, about }, covers }: { ask: Props["ask"]; covers: string | null }) {
  const { t } = useTranslation();
  const args = about.call?.args ?? null;
  if (args === null) return null;
  const text = Object.values(args).map(argumentText).join("");
  const hidden = hiddenIn(args);
  const empty = Object.keys(args).length === 0;
  return (
    <>
      <div className="cmd">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
        <section className="args" data-testid="ask-arguments" aria-label={t("call.arguments")} tabIndex={0}>
          {empty ? <span className="none">{t("ask.no_arguments")}</span> : <ExactArguments args={args} />}
        </section>
        <div className="where">
          {covers !== null && (
            <span className="covers">
              {t("ask.covers")} <code className="mono">{covers}</code>
            </span>
          )}
          <span className="grow" />
          {text.length > LONG && (
            <span className="long" data-testid="ask-length">
              {t("ask.length", { n: text.length.toLocaleString("en") })}
            </span>
          )}
          {item.args_digest !== null && (
            <span className="mono" title={t("ask.digest")}>
              sha256 {shortDigest(item.args_digest)}
            </span>
          )}
        </div>
      </div>
      {destroys(args) && (
        <p className="risk high" data-testid="ask-danger">
          <TriangleAlert className="i" aria-hidden />
          <span>{t("ask.danger")}</span>
        </p>
      )}
      {hidden > 0 && (
        <p className="risk high" data-testid="ask-hidden">
          <TriangleAlert className="i" aria-hidden />
          <span>{t("ask.hidden", { count: hidden })}</span>
        </p>
      )}
    </>
  );
}

function Why({ text, strong }: { text: string; strong: boolean }) {
  if (text === "") return null;
  return (
    <p className={strong ? "risk strong" : "risk"}>
      <ShieldAlert className="i" aria-hidden />
      <span lang={languageOf(text)}>{text}</span>
    </p>
  );
}

function Deny({ armed, answer, show }: Props) {
  const { t } = useTranslation();
  const { session } = useApp();
  const [reason, setReason] = useState("");
  const deny = () => {
    if (!armed) return;
    answer(reason.trim() === "" ? "deny" : { answer: "deny", comment: reason.trim() });
  };
  return (
    <>
      <div className="words-in">
        <AskField value={reason} label={t("ask.deny_reason")} write={setReason} send={deny} focused />
      </div>
      <div className="card-acts">
        <AskButton armed={armed} className="btn primary" testId="ask-send" hotkey="Enter" press={deny}>
          {t("ask.deny_go_on")}
        </AskButton>
        <AskButton
          armed={armed}
          testId="ask-stop"
          press={() => {
            deny();
            session.stop();
          }}
        >
          {t("ask.deny_stop")}
        </AskButton>
        <span className="grow" />
        <Back show={show} />
      </div>
    </>
  );
}

function Always({ ask, armed, answer, show }: Props) {
  const { t } = useTranslation();
  const { item, about } = ask;
  const tool = about.call === null ? "" : toolName(about.call.tool_name);
  return (
    <>
      <div className="words-in">
        <p>{t("ask.always_what")}</p>
        <p className="grant">
          <ShieldCheck className="i" aria-hidden />
          <span className="mono">
            {tool} <code>{item.pattern}</code>
          </span>
        </p>
        <p>{t("ask.always_revoke")}</p>
      </div>
      <div className="card-acts">
        <AskButton armed={armed} testId="ask-send" press={() => answer("allow_always")}>
          {t("ask.always")}
        </AskButton>
        <span className="grow" />
        <Back show={show} />
      </div>
    </>
  );
}

function Back({ show }: Pick<Props, "show">) {
  const { t } = useTranslation();
  return (
    <button type="button" className="btn ghost" onClick={() => show("main")}>
      {t("ask.back")}
      <kbd>Esc</kbd>
    </button>
  );
}
