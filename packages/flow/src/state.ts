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
