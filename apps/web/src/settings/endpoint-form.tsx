import { Check } from "lucide-react";
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  addressProblems,
  FIELDS,
  type FieldProblems,
  fieldsOf,
  keyOf,
  problemsOf,
  suggestedName,
  type WrittenEndpoint,
  withModel,
  written,
} from "./endpoint-fields.ts";
import { ModelPicker } from "./endpoint-models.tsx";
import {
  addEndpoint,
  changeEndpoint,
  type Endpoint,
  type EndpointModel,
  RefusedRequest,
  type TestAnswer,
  testEndpoint,
} from "./endpoint-requests.ts";

interface Props {
  /** Null: a new one. */
  endpoint: Endpoint | null;
  /** Those beside it. */
  others: readonly Endpoint[];
  /** Its name, once it is stored. */
  saved(name: string): void;
  cancelled(): void;
}

type Doing = "nothing" | "testing" | "saving";

/** Of so many models whoever adds an endpoint takes all, unless they say otherwise. */
const FEW = 5;

/** Refusals that belong to a field. */
const AT_FIELD: Readonly<Record<string, FieldProblems>> = {
  name_taken: { name: "name_taken" },
  model_taken: { models: "model_taken" },
  in_use: { models: "in_use" },
  key_again: { key: "key_again" },
};

/** An endpoint being written: its address, key and models. */
export function EndpointForm({ endpoint, others, saved, cancelled }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const [now, setNow] = useState(() => written(endpoint));
  const [named, setNamed] = useState(endpoint !== null);
  const [listed, setListed] = useState<readonly EndpointModel[]>(endpoint?.models ?? []);
  const [problems, setProblems] = useState<FieldProblems>({});
  const [problem, setProblem] = useState<string | null>(null);
  const [answer, setAnswer] = useState<TestAnswer | null>(null);
  const [doing, setDoing] = useState<Doing>("nothing");
  const [more, setMore] = useState("");
  /** A test of what has been changed since says nothing. */
  const asked = useRef(0);

  useEffect(() => {
    form.current?.querySelector("input")?.focus();
    form.current?.scrollIntoView({ block: "nearest" });
  }, []);

  const change = (changed: Partial<WrittenEndpoint>) => {
    setNow((before) => ({ ...before, ...changed }));
    setProblem(null);
    setProblems((before) => without(before, Object.keys(changed)));
    if (changed.base_url !== undefined || changed.key !== undefined || changed.drop_key !== undefined) {
      asked.current += 1;
      setAnswer(null);
      if (doing === "testing") setDoing("nothing");
    }
  };
  const isFine = (found: FieldProblems) => {
    setProblems(found);
    const first = FIELDS.find((field) => found[field] !== undefined);
    if (first !== undefined) form.current?.querySelector<HTMLElement>(`[data-field="${first}"]`)?.focus();
    return first === undefined;
  };
  const name = () => (endpoint === null ? { ...now, name: now.name.trim() } : now);
  const refused = (error: unknown, said: "not_tested" | "not_saved") => {
    const { code, message } = error instanceof RefusedRequest ? error : new RefusedRequest("unknown", String(error));
    const at = AT_FIELD[code];
    if (at !== undefined) return void isFine(at);
    const known = { not_found: "missing", storage_unavailable: "storage" } as const;
    const word = code in known ? known[code as keyof typeof known] : null;
    setProblem(word === null ? t(`endpoint.${said}`, { reason: message }) : t(`endpoint.${word}`));
  };

  const test = async () => {
    if (!isFine(addressProblems(now, endpoint))) return;
    asked.current += 1;
    const turn = asked.current;
    setDoing("testing");
    setAnswer(null);
    setProblem(null);
    try {
      const of = endpoint === null ? {} : { name: endpoint.name };
      const told = await testEndpoint({ ...of, base_url: now.base_url.trim(), ...keyOf(now) });
      if (turn !== asked.current) return;
      setAnswer(told);
      if ("models" in told) take(told.models);
    } catch (error) {
      if (turn === asked.current) refused(error, "not_tested");
    }
    if (turn === asked.current) setDoing("nothing");
  };
  const take = (models: readonly EndpointModel[]) => {
    setListed(models);
    const free = models.filter((model) => !isTaken(model.id, others));
    if (now.models.length === 0 && free.length <= FEW) change({ models: free });
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const whole = { ...name(), models: withModel(now.models, more, listed) };
    if (doing === "saving" || !isFine(problemsOf(whole, endpoint, others))) return;
    asked.current += 1;
    setDoing("saving");
    setProblem(null);
    try {
      const fields = fieldsOf(whole);
      await (endpoint === null ? addEndpoint(whole.name, fields) : changeEndpoint(whole.name, fields));
      saved(whole.name);
    } catch (error) {
      setDoing("nothing");
      refused(error, "not_saved");
    }
  };

  const at = (field: (typeof FIELDS)[number]) => ({
    id: `${id}-${field}`,
    "data-field": field,
    "aria-invalid": problems[field] !== undefined,
    "aria-describedby": `${id}-${field}-about`,
  });
  const about = (field: (typeof FIELDS)[number], help: string) => {
    const wrong = problems[field];
    return (
      <p id={`${id}-${field}-about`} className={wrong === undefined ? "help" : "help wrong"}>
        {wrong === undefined ? help : t(`endpoint.${wrong}`)}
      </p>
    );
  };
  const kept = endpoint?.key ?? null;
  return (
    <form
      ref={form}
      className="endpoint-form"
      data-testid="endpoint-form"
      noValidate
      onSubmit={(event) => void save(event)}
    >
      <h4>{endpoint === null ? t("endpoint.add") : t("endpoint.edit_name", { name: endpoint.name })}</h4>
      <Row label={<label htmlFor={`${id}-base_url`}>{t("endpoint.base_url")}</label>}>
        <input
          {...at("base_url")}
          className="field"
          type="url"
          inputMode="url"
          dir="ltr"
          autoComplete="off"
          spellCheck={false}
          placeholder="https://api.example.com/v1"
          value={now.base_url}
          onChange={({ target: { value } }) =>
            change({ base_url: value, ...(named ? {} : { name: suggestedName(value, others) }) })
          }
        />
        {about("base_url", t("endpoint.base_url_help"))}
      </Row>
      {endpoint === null && (
        <Row label={<label htmlFor={`${id}-name`}>{t("endpoint.name")}</label>}>
          <input
            {...at("name")}
            className="field"
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            maxLength={64}
            value={now.name}
            onChange={({ target: { value } }) => {
              setNamed(value !== "");
              change({ name: value });
            }}
          />
          {about("name", t("endpoint.name_help"))}
        </Row>
      )}
      <Row label={<label htmlFor={`${id}-key`}>{t("endpoint.key")}</label>}>
        <input
          {...at("key")}
          className="field"
          type="password"
          dir="ltr"
          autoComplete="new-password"
          spellCheck={false}
          disabled={now.drop_key}
          placeholder={kept === null || now.drop_key ? "" : `••••••••••••${kept.last}`}
          value={now.key}
          onChange={({ target: { value } }) => change({ key: value })}
        />
        {about("key", kept === null ? t("endpoint.key_help") : t("endpoint.key_stays"))}
        {kept !== null && (
          <label className="check">
            <input
              type="checkbox"
              checked={now.drop_key}
              onChange={({ target: { checked } }) => change({ drop_key: checked, ...(checked ? { key: "" } : {}) })}
            />
            {t("endpoint.key_drop")}
          </label>
        )}
      </Row>
      <ModelPicker
        id={id}
        listed={listed}
        chosen={now.models}
        takenBy={(model) => others.find(({ models }) => models.some((other) => other.id === model))?.name ?? null}
        wrong={problems.models !== undefined}
        about={about(
          "models",
          now.models.length === 0
            ? t("endpoint.models_help")
            : t("endpoint.models_chosen", { count: now.models.length }),
        )}
        choose={(models) => change({ models })}
        more={more}
        setMore={setMore}
      />
      <div className="endpoint-foot">
        <div className="endpoint-acts">
          <button type="submit" className="btn primary" data-testid="endpoint-save" disabled={doing === "saving"}>
            {t(doing === "saving" ? "endpoint.saving" : "endpoint.save")}
          </button>
          <button
            type="button"
            className="btn"
            data-testid="endpoint-test"
            aria-disabled={doing !== "nothing"}
            onClick={() => void (doing === "nothing" && test())}
          >
            {t("endpoint.test")}
          </button>
          <button type="button" className="btn ghost" onClick={cancelled}>
            {t("endpoint.cancel")}
          </button>
        </div>
        <div role="status" className="endpoint-answer" data-testid="endpoint-answer">
          {doing === "testing" && t("endpoint.testing")}
          {answer !== null && <Answer answer={answer} />}
          {problem !== null && <span className="wrong">{problem}</span>}
        </div>
      </div>
    </form>
  );
}

function Answer({ answer }: { answer: TestAnswer }) {
  const { t } = useTranslation();
  if ("failure" in answer) return <span className="wrong">{t(`endpoint.${answer.failure.code}`)}</span>;
  return (
    <>
      <Check className="i s14" aria-hidden />
      {t("endpoint.answered", { s: (answer.ms / 1_000).toFixed(answer.ms < 100 ? 2 : 1) })} ·{" "}
      {t("endpoint.models_found", { count: answer.models.length })}
    </>
  );
}

function Row({ label, children }: { label: ReactNode; children: ReactNode }) {
  return (
    <div className="form-row">
      {label}
      <div>{children}</div>
    </div>
  );
}

const isTaken = (model: string, others: readonly Endpoint[]) =>
  others.some(({ models }) => models.some(({ id }) => id === model));

function without(problems: FieldProblems, changed: readonly string[]): FieldProblems {
  return Object.fromEntries(
    Object.entries(problems).filter(([field]) => !changed.includes(field.replace("drop_", ""))),
  );
}
