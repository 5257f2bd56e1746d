import { LIMITS } from "@millrace/protocol";
import type { ProviderData } from "../model-port.ts";
import { fieldsOf } from "./delta.ts";

/**
 * What an endpoint gave to have it back, under the name of who gave it; undefined where it is too large to be kept.
 *
 * @param from provider and model by their configured names, never a key or an address
 */
export function providerData(from: string, fields: ProviderData): ProviderData | undefined {
  const data = { from, ...fields };
  return fits(JSON.stringify(data)) ? data : undefined;
}

/** The field as it came, for the endpoint that gave it; undefined for every other one. */
export function givenBack(
  data: ProviderData | undefined,
  from: string,
  field: "extra_content" | "reasoning_details",
): unknown {
  if (data === undefined || data.from !== from) return undefined;
  return data[field];
}

/** Bytes of UTF-8. */
const fits = (text: string): boolean =>
  text.length <= LIMITS.provider_data_bytes && new TextEncoder().encode(text).length <= LIMITS.provider_data_bytes;

/** Pieces of these are joined; of every other field the last that says something counts. */
const JOINED: ReadonlySet<string> = new Set(["text", "summary", "data"]);

/**
 * Puts together the `reasoning_details` of one answer as they stream: pieces of one type and `index` are one entry, and
 * entries keep the order in which they began. Takes no more than can be kept.
 */
export class ReasoningDetails {
  readonly #entries: Record<string, unknown>[] = [];
  /** Code units taken so far. */
  #length = 0;

  add(value: unknown): void {
    if (!Array.isArray(value) || this.#length > LIMITS.provider_data_bytes) return;
    for (const piece of value) {
      const fields = fieldsOf(piece);
      if (fields === null) continue;
      const entry = this.#entryOf(fields);
      if (entry === undefined) this.#begin(fields);
      else this.#join(entry, fields);
      if (this.#length > LIMITS.provider_data_bytes) return;
    }
  }

  /** Null where there are none, or more than can be kept. */
  get whole(): readonly ProviderData[] | null {
    return this.#entries.length === 0 || this.#length > LIMITS.provider_data_bytes ? null : this.#entries;
  }

  /** The entry that the piece goes on with. Without an `index` it is whole, or goes on with what came just before. */
  #entryOf({ type, index, id }: ProviderData): Record<string, unknown> | undefined {
    const last = this.#entries.at(-1);
    const found =
      index === undefined || index === null
        ? [last].find((entry) => entry?.type === type && entry?.index === index && type !== "reasoning.encrypted")
        : this.#entries.findLast((entry) => entry.index === index && entry.type === type);
    return found === undefined || isOther(found.id, id) ? undefined : found;
  }

  #begin(fields: ProviderData): void {
    this.#entries.push({ ...fields });
    this.#length += JSON.stringify(fields).length;
  }

  #join(entry: Record<string, unknown>, fields: ProviderData): void {
    for (const [name, value] of Object.entries(fields)) {
      const held = entry[name];
      if (JOINED.has(name) && typeof held === "string" && typeof value === "string") {
        entry[name] = held + value;
        this.#length += value.length;
      } else if (value !== null && value !== "" && value !== held) {
        entry[name] = value;
        this.#length += JSON.stringify(value).length;
      }
    }
  }
}

/** Some name only the first piece. */
const isOther = (held: unknown, id: unknown): boolean =>
  typeof held === "string" && typeof id === "string" && held !== id;
