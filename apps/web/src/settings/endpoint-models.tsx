import { type KeyboardEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { tokens } from "../time/format.ts";
import { withModel } from "./endpoint-fields.ts";
import type { EndpointModel } from "./endpoint-requests.ts";

interface Props {
  /** What names of parts begin with. */
  id: string;
  listed: readonly EndpointModel[];
  chosen: readonly EndpointModel[];
  /** Another endpoint that offers a model of that name; null: none. */
  takenBy(model: string): string | null;
  wrong: boolean;
  about: ReactNode;
  choose(models: readonly EndpointModel[]): void;
  /** A name that is being written; saving takes it too. */
  more: string;
  setMore(name: string): void;
}

/** More than these are searched. */
const MANY = 8;

/** Which models of an endpoint are offered: of those that it lists, and others by their names. */
export function ModelPicker({ id, listed, chosen, takenBy, wrong, about, choose, more, setMore }: Props) {
  const { t } = useTranslation();
  const [part, setPart] = useState("");
  const all = [...listed, ...chosen.filter(({ id: name }) => !listed.some((model) => model.id === name))];
  const shown = all.filter(({ id: name }) => name.toLowerCase().includes(part.trim().toLowerCase()));
  const toggle = (model: EndpointModel, on: boolean) =>
    choose(on ? [...chosen, model] : chosen.filter(({ id: name }) => name !== model.id));
  const add = () => {
    const name = more.trim();
    if (name === "" || takenBy(name) !== null) return;
    setMore("");
    choose(withModel(chosen, name, listed));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    // It adds a name, and does not save what is not finished.
    event.preventDefault();
    add();
  };
  return (
    <fieldset className="form-row" aria-describedby={`${id}-models-about`}>
      <legend>{t("endpoint.models")}</legend>
      <div>
        {all.length > MANY && (
          <input
            className="field"
            type="search"
            aria-label={t("endpoint.find")}
            placeholder={t("endpoint.find")}
            value={part}
            onChange={({ target: { value } }) => setPart(value)}
          />
        )}
        {all.length > 0 && (
          <div className="model-list">
            {shown.map((model) => {
              const other = takenBy(model.id);
              const detail = other === null ? contextOf(model) : t("endpoint.taken_by", { name: other });
              return (
                <label key={model.id} className="check">
                  <input
                    type="checkbox"
                    checked={chosen.some(({ id: name }) => name === model.id)}
                    disabled={other !== null}
                    onChange={({ target: { checked } }) => toggle(model, checked)}
                  />
                  <code>{model.id}</code>
                  {detail !== null && <small>{detail}</small>}
                </label>
              );
            })}
            {shown.length === 0 && <p className="help">{t("endpoint.none_fits")}</p>}
          </div>
        )}
        <div className="model-more">
          <input
            className="field"
            data-field="models"
            data-testid="endpoint-model"
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
            aria-label={t("endpoint.more")}
            aria-invalid={wrong}
            aria-describedby={`${id}-models-about`}
            placeholder={t("endpoint.more")}
            value={more}
            onChange={({ target: { value } }) => setMore(value)}
            onKeyDown={onKeyDown}
          />
          <button type="button" className="btn" onClick={add}>
            {t("endpoint.add_model")}
          </button>
        </div>
        {about}
      </div>
    </fieldset>
  );

  function contextOf({ context }: EndpointModel): string | null {
    return context === undefined ? null : t("composer.context", { n: tokens(context) });
  }
}
