/** A JSON object that is replaced, never changed: whoever holds a `record` holds the state of that moment. */
export class State {
  #record: Readonly<Record<string, unknown>>;

  constructor(initial: object) {
    this.#record = frozen(JSON.stringify(initial)) as Record<string, unknown>;
  }

  get record(): Readonly<Record<string, unknown>> {
    return this.#record;
  }

  readonly get = (key: string): unknown => (Object.hasOwn(this.#record, key) ? this.#record[key] : undefined);

  readonly set = (key: string, value: unknown): void => {
    const json: string | undefined = JSON.stringify(value);
    const { [key]: _, ...others } = this.#record;
    this.#record = json === undefined ? others : { ...others, [key]: frozen(json) };
  };
}

function frozen(json: string): unknown {
  return JSON.parse(json, (_key, value: unknown) => Object.freeze(value));
}

/** Deeper values count as no JSON. */
const DEEPEST = 1_000;

/** Whether JSON keeps all of a value; `undefined` only where it is left out. @param above what holds the value */
export function isJson(value: unknown, above: readonly unknown[] = []): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (value === undefined) return !Array.isArray(above.at(-1));
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== "object" || above.includes(value) || above.length > DEEPEST) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return false;
  const held: unknown[] = Array.isArray(value) ? [...value] : Object.values(value);
  return held.every((each) => isJson(each, [...above, value]));
}
