import type { Config } from "../config/schema.ts";
import { SettingsError } from "../settings-error.ts";
import type { Models } from "./models.ts";

/** Every model that the configuration names must be there. @throws SettingsError */
export function checkReferences({ agents }: Pick<Config, "agents">, models: Pick<Models, "default" | "get">): void {
  if (models.get(models.default) === null) throw new SettingsError("default_model: there is no model of that name.");
  for (const [name, { model }] of Object.entries(agents)) {
    if (model !== undefined && models.get(model) === null)
      throw new SettingsError(`agents.${name}.model: there is no model of that name.`);
  }
}
