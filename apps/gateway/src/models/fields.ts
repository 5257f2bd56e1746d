export type Fields = Readonly<Record<string, unknown>>;

/** What an object that a model's server sent holds; nothing where it is no object. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}
