import { useTranslation } from "react-i18next";
import { useScreen } from "../shell/app-context.ts";

/** What a model is called on the screen. */
export function useModelLabel(): (id: string) => string {
  const { t } = useTranslation();
  const models = useScreen((state) => state.models);
  return (id) => {
    const model = models?.models.find((other) => other.id === id);
    return model?.demo === true ? t("composer.demo_model") : (model?.name ?? id);
  };
}
