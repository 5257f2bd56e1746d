import { readFileSync, renameSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { Model, Name, Url } from "../config/model-schema.ts";
import { SettingsError } from "../settings-error.ts";

/** Endpoints that can be kept, and models of one. */
export const MOST_ENDPOINTS = 100;
export const MOST_MODELS = 1_000;

export const EndpointName = Name;

/** A path may be told to everybody who may see the endpoint: a parameter often is a key. */
export const EndpointUrl = Url.refine((text) => URL.parse(text)?.search === "" && URL.parse(text)?.hash === "", {
  error: "must have nothing behind its path",
  when: ({ issues }) => issues.length === 0,
}).max(2_000);

/** As it stands in a header. */
export const EndpointKey = z
  .string()
  .trim()
  .min(1)
  .max(4_000)
  .regex(/^[\x21-\x7e]+$/, "must be letters, digits and signs without spaces");

export const EndpointModels = z
  .array(Model.pick({ id: true, context: true }))
  .min(1)
  .max(MOST_MODELS)
  .refine((models) => new Set(models.map(({ id }) => id)).size === models.length, "must not name one twice");

const KeptEndpoint = z.strictObject({
  name: EndpointName,
  base_url: EndpointUrl,
  api_key: EndpointKey.nullable(),
  models: EndpointModels,
});
/** An endpoint that was added on the page. */
export type KeptEndpoint = z.infer<typeof KeptEndpoint>;

const Content = z.object({ version: z.literal(1), endpoints: z.array(KeptEndpoint).max(MOST_ENDPOINTS) });

/** `endpoints.json` in the data folder, readable by its owner only: keys stand in it. */
export class EndpointFile {
  readonly #path: string;
  readonly #damaged: (aside: string) => void;
  readonly #now: () => number;

  /** @param damaged hears where a file was put that could not be read; nothing of its content, which has keys in it */
  constructor(data_dir: string, damaged: (aside: string) => void, now: () => number = Date.now) {
    this.#path = join(data_dir, "endpoints.json");
    this.#damaged = damaged;
    this.#now = now;
  }

  /** @throws SettingsError where it is there and cannot be read, or not be put aside: it would be overwritten */
  read(): readonly KeptEndpoint[] {
    const text = this.#text();
    if (text === null) return [];
    try {
      return Content.parse(JSON.parse(text)).endpoints;
    } catch {
      const aside = `${this.#path}.damaged-${this.#now()}`;
      try {
        renameSync(this.#path, aside);
      } catch {
        throw new SettingsError("endpoints.json is damaged and cannot be put aside.");
      }
      this.#damaged(aside);
      return [];
    }
  }

  /** Durable when it resolves. One at a time. */
  async write(endpoints: readonly KeptEndpoint[]): Promise<void> {
    const fresh = `${this.#path}.new`;
    await mkdir(dirname(this.#path), { recursive: true });
    const file = await open(fresh, "w", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(`${JSON.stringify({ version: 1, endpoints }, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, this.#path);
  }

  #text(): string | null {
    try {
      return readFileSync(this.#path, "utf8");
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : "unknown";
      if (code === "ENOENT") return null;
      throw new SettingsError(`endpoints.json in the data folder cannot be read (${code}).`);
    }
  }
}
