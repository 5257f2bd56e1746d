import type { Logger } from "pino";
import type { KnownSecrets } from "../config/known-secrets.ts";
import type { Config } from "../config/schema.ts";
import { secretTexts } from "../config/secrets.ts";
import { SettingsError } from "../settings-error.ts";
import { EndpointFile, type KeptEndpoint, MOST_ENDPOINTS } from "./endpoint-file.ts";
import { type TestOptions, type TestResult, testEndpoint } from "./endpoint-test.ts";
import { type Models, type MoreEndpoints, OfferedModels, OLLAMA_URL } from "./models.ts";
import { OLLAMA } from "./ollama.ts";
import { checkReferences } from "./references.ts";

/** Why an endpoint cannot be what it was to become. */
export type EndpointProblem =
  | "missing"
  | "name_taken"
  | "model_taken"
  | "in_use"
  | "key_again"
  | "too_many"
  | "unwritten";

export class EndpointError extends Error {
  override readonly name = "EndpointError";
  readonly code: EndpointProblem;

  constructor(code: EndpointProblem, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}

/** An endpoint as everybody may see it who may change it. */
export interface EndpointInfo {
  readonly name: string;
  /** Who says that it is there; only the page's can be changed. */
  readonly source: "environment" | "config" | "page" | "found" | "demo";
  /** Null for the demo, which is no address of anybody's. Without parameters: one may be a key. */
  readonly base_url: string | null;
  /** Null: none. `last`: its last four characters, where it is long enough to lose them. */
  readonly key: { readonly last: string } | null;
  /** What it offers. `context`: tokens. */
  readonly models: readonly { readonly id: string; readonly context: number }[];
}

/** `undefined`: as it was. */
export type EndpointChange = { readonly [F in "base_url" | "api_key" | "models"]?: KeptEndpoint[F] | undefined };

export interface EndpointsParts {
  /** With the environment's endpoint, if there is one, as the provider `env`. */
  readonly config: Config;
  readonly data_dir: string;
  readonly secrets: KnownSecrets;
  readonly log: Pick<Logger, "warn" | "error">;
  readonly ollama_url?: string;
  readonly test?: TestOptions;
}

/** The endpoints that models come from: the configuration's, and those that were added on the page. */
export class Endpoints {
  readonly models: Models;
  readonly #parts: EndpointsParts;
  readonly #file: EndpointFile;
  readonly #offered: OfferedModels;
  #kept: readonly KeptEndpoint[];
  /** Changes follow one another. */
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(
    parts: EndpointsParts,
    made: { file: EndpointFile; offered: OfferedModels; kept: readonly KeptEndpoint[] },
  ) {
    this.#parts = parts;
    this.#file = made.file;
    this.#offered = made.offered;
    this.models = made.offered;
    this.#kept = made.kept;
  }

  /** @throws SettingsError */
  static async open(parts: EndpointsParts): Promise<Endpoints> {
    const { config, data_dir, secrets, log, ollama_url = OLLAMA_URL } = parts;
    const file = new EndpointFile(data_dir, (aside) =>
      log.error(
        { aside },
        "endpoints.json is damaged and was put aside: the endpoints added on the page are not there",
      ),
    );
    const kept = file.read();
    secrets.add(keysOf(kept));
    for (const { name } of kept) {
      if (isTaken(config, name)) log.warn({ name }, "an endpoint added on the page has the name of a configured one");
    }
    const offered = await OfferedModels.open(config, asConfig(kept, config), ollama_url);
    return new Endpoints(parts, { file, offered, kept });
  }

  /** Those that were added on the page. */
  get kept(): readonly Pick<KeptEndpoint, "name" | "base_url">[] {
    return this.#kept;
  }

  /** All that offer something, and the page's in any case. */
  list(): readonly EndpointInfo[] {
    const { config } = this.#parts;
    const page = this.#kept.map(({ name, base_url, api_key, models }) =>
      info(name, "page", { base_url, api_key }, models),
    );
    const names = new Set(this.models.list.map(({ provider }) => provider));
    const others = [...names].flatMap((name) => {
      const provider = Object.hasOwn(config.providers, name) ? config.providers[name] : undefined;
      if (provider === undefined && this.#find(name) !== null) return [];
      const models = this.models.list.filter((model) => model.provider === name);
      const known = provider ?? (name === OLLAMA ? { base_url: `${this.#parts.ollama_url ?? OLLAMA_URL}/v1` } : null);
      return [info(name, provider === undefined ? (known === null ? "demo" : "found") : source(name), known, models)];
    });
    return [...others, ...page];
  }

  /** Offered from here on, also after a restart. @throws EndpointError */
  add(endpoint: KeptEndpoint): Promise<EndpointInfo> {
    return this.#change(async () => {
      if (this.#kept.length >= MOST_ENDPOINTS) throw new EndpointError("too_many", "There are too many endpoints.");
      if (this.#find(endpoint.name) !== null || isTaken(this.#parts.config, endpoint.name))
        throw new EndpointError("name_taken", "There is an endpoint of that name.");
      return this.#keep([...this.#kept, endpoint], endpoint);
    });
  }

  /** Runs that go on keep what they have. @throws EndpointError */
  change(name: string, change: EndpointChange): Promise<EndpointInfo> {
    return this.#change(async () => {
      const before = this.#existing(name);
      const { base_url = before.base_url, models = before.models } = change;
      const after = { name, base_url, api_key: keyFor(before, base_url, change.api_key), models };
      return this.#keep(
        this.#kept.map((one) => (one === before ? after : one)),
        after,
      );
    });
  }

  /** @throws EndpointError */
  remove(name: string): Promise<void> {
    return this.#change(async () => {
      const before = this.#existing(name);
      await this.#keep(
        this.#kept.filter((one) => one !== before),
        null,
      );
    });
  }

  /** Asks it for its models, with the key that is kept under `name` where none is given. @throws EndpointError */
  test(asked: {
    name?: string | undefined;
    base_url: string;
    api_key?: string | null | undefined;
  }): Promise<TestResult> {
    const { name, base_url, api_key } = asked;
    const before = name === undefined ? null : this.#find(name);
    const key = before === null ? (api_key ?? null) : keyFor(before, base_url, api_key);
    if (key !== null) this.#parts.secrets.add(secretTexts([key]));
    return testEndpoint({ base_url, api_key: key }, this.#parts.test);
  }

  close(): Promise<void> {
    return this.#offered.close();
  }

  #find(name: string): KeptEndpoint | null {
    return this.#kept.find((one) => one.name === name) ?? null;
  }

  #existing(name: string): KeptEndpoint {
    const found = this.#find(name);
    if (found === null) throw new EndpointError("missing", "No such endpoint was added here.");
    return found;
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changing.catch(() => {}).then(work);
    this.#changing = done;
    return done;
  }

  /** Stored first: what holds now must hold after a restart. @param changed what must offer all its models */
  async #keep(kept: readonly KeptEndpoint[], changed: KeptEndpoint | null): Promise<EndpointInfo> {
    this.#parts.secrets.add(keysOf(kept));
    const { models, apply } = await this.#offered.prepare(asConfig(kept, this.#parts.config));
    if (changed?.models.some(({ id }) => models.get(id)?.provider !== changed.name) === true)
      throw new EndpointError("model_taken", "Another endpoint offers a model of that name.");
    try {
      checkReferences(this.#parts.config, models);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      throw new EndpointError("in_use", "The configuration names a model of this endpoint.", { cause: error });
    }
    try {
      await this.#file.write(kept);
    } catch (cause) {
      throw new EndpointError("unwritten", "It could not be stored, and nothing has changed.", { cause });
    }
    this.#kept = kept;
    apply();
    return info(changed?.name ?? "", "page", changed, changed?.models ?? []);
  }
}

const source = (name: string): EndpointInfo["source"] => (name === ENVIRONMENT ? "environment" : "config");

/** What the environment's endpoint is called. */
export const ENVIRONMENT = "env";

/** Names that mean something else already. */
const RESERVED: ReadonlySet<string> = new Set([ENVIRONMENT, "demo", OLLAMA, "__proto__"]);

function isTaken({ providers }: Config, name: string): boolean {
  return RESERVED.has(name) || Object.hasOwn(providers, name);
}

const keysOf = (kept: readonly KeptEndpoint[]): string[] =>
  secretTexts(kept.flatMap(({ api_key }) => (api_key === null ? [] : [api_key])));

/** A kept key goes to the address that it was given for, and nowhere else. @throws EndpointError */
function keyFor(before: KeptEndpoint, base_url: string, given: string | null | undefined): string | null {
  if (given !== undefined || before.api_key === null) return given ?? null;
  if (new URL(base_url).origin !== new URL(before.base_url).origin)
    throw new EndpointError("key_again", "The address is another one: give the key again, or say that there is none.");
  return before.api_key;
}

/** As the configuration would have them, but for those whose names it has taken since. */
function asConfig(kept: readonly KeptEndpoint[], config: Config): MoreEndpoints {
  const own = kept.filter(({ name }) => !isTaken(config, name));
  return {
    providers: Object.fromEntries(
      own.map(({ name, base_url, api_key }) => [name, { base_url, ...(api_key === null ? {} : { api_key }) }]),
    ),
    models: own.flatMap(({ name, models }) =>
      models.map(({ id, context }) => ({ id, provider: name, context, tool_mode: "auto" as const })),
    ),
  };
}

function info(
  name: string,
  from: EndpointInfo["source"],
  known: { readonly base_url: string; readonly api_key?: string | null | undefined } | null,
  models: EndpointInfo["models"],
): EndpointInfo {
  const { base_url = null, api_key = null } = known ?? {};
  return {
    name,
    source: from,
    base_url: base_url === null ? null : withoutParameters(base_url),
    key: api_key === null ? null : { last: api_key.length < 16 ? "" : api_key.slice(-4) },
    models: models.map(({ id, context }) => ({ id, context })),
  };
}

function withoutParameters(address: string): string {
  const url = new URL(address);
  return `${url.origin}${url.pathname}`;
}
