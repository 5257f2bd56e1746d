import type { Agents } from "../models/agents.ts";
import type { Settings } from "../settings.ts";

/** An endpoint and the models that are offered from it. */
interface Provider {
  readonly name: string;
  /** Of its address; absent for what runs on this machine by itself, and for strangers to the machine. */
  readonly host?: string;
  readonly models: readonly string[];
}

/** What the interface says of the gateway itself. Never a key; where people sign in, no address and no path either. */
export interface About {
  /** Whoever reaches the address is the owner: nobody signs in or out. */
  readonly local: boolean;
  /** The configuration file's path; null where there is none. */
  readonly config_file: string | null;
  readonly providers: readonly Provider[];
}

type Known = Pick<Settings, "auth" | "config" | "config_file" | "model">;

/** @param added what was added on the page @returns what tells it, anew for each request */
export function aboutGateway(
  settings: Known,
  { models }: Pick<Agents, "models">,
  added: () => readonly { readonly name: string; readonly base_url: string }[] = () => [],
): () => About {
  const local = (settings.auth ?? null) === null;
  const configured = Object.entries(settings.config?.providers ?? {}).map(([name, { base_url }]) => ({
    name,
    base_url,
  }));
  if (settings.model !== null) configured.push({ name: "env", base_url: settings.model.base_url });
  const addressOf = (wanted: string): string | undefined =>
    [...added(), ...configured].findLast(({ name }) => name === wanted)?.base_url;
  return () => ({
    local,
    config_file: local ? (settings.config_file ?? null) : null,
    providers: [...new Set(models.list.map(({ provider }) => provider))].map((name) => {
      const address = addressOf(name);
      return {
        name,
        ...(local && address !== undefined ? { host: new URL(address).host } : {}),
        models: models.list.filter(({ provider }) => provider === name).map(({ id }) => id),
      };
    }),
  });
}
