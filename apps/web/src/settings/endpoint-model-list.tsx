import { useTranslation } from "react-i18next";
import { useScreen } from "../shell/app-context.ts";
import { tokens } from "../time/format.ts";

/** Models of an endpoint, with what is known of each. */
export function EndpointModelList({ ids }: { ids: readonly string[] }) {
  const { t } = useTranslation();
  const offered = useScreen((state) => state.models);
  const words = (id: string) => {
    const model = offered?.models.find((other) => other.id === id);
    return [
      ...(offered?.default === id ? [t("endpoints.default")] : []),
      ...(model?.context === undefined ? [] : [t("composer.context", { n: tokens(model.context) })]),
      ...(model?.thinking === true ? [t("endpoints.thinks")] : []),
      ...(model?.images === true ? [t("endpoints.images")] : []),
    ].join(" · ");
  };
  return (
    <ul>
      {ids.map((id) => (
        <li key={id}>
          <code>{id}</code>
          <small>{words(id)}</small>
        </li>
      ))}
    </ul>
  );
}
