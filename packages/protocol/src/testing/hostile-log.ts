import fc from "fast-check";
import { Event } from "../events/events.ts";
import { sessionLog } from "./session-log.ts";

const TYPES: string[] = Event.options.map((option) => option.shape.type.value);
const FIELDS: string[] = [...new Set(Event.options.flatMap((option) => Object.keys(option.shape)))];

const json = fc.jsonValue({ maxDepth: 3 });
const key = fc.constantFrom("__proto__", "constructor", "length", "then", ...FIELDS);
const value = fc.oneof(
  json,
  fc.constantFrom<fc.JsonValue>("s1", "run_1", "call_1", "1.0", "", -1, 0, 1, 2 ** 53, 0.5, null, [], {}, ["m"]),
);

/** An object with an event's fields and anything in them; its `seq` often fits. */
const shaped = fc
  .tuple(
    fc.oneof(fc.constantFrom(...TYPES), fc.constantFrom("__proto__", "toString", "")),
    fc.array(fc.tuple(key, value), { maxLength: 12, size: "max" }),
    fc.boolean(),
  )
  .map(([type, fields, fits]) => (seq: number): fc.JsonValue => {
    const placed = { v: 1, session_id: "s1", run_id: "run_1", type };
    // Through JSON text, as on the wire: only that makes `__proto__` a key of its own.
    const text = fields.map(([name, held]) => `${JSON.stringify(name)}:${JSON.stringify(held)}`);
    return JSON.parse(
      `{${[JSON.stringify(placed).slice(1, -1), ...text, ...(fits ? [`"seq":${seq}`] : [])].join(",")}}`,
    );
  });

type Damage = readonly [
  index: number,
  kind: "field" | "drop" | "repeat" | "replace" | "insert",
  key: string,
  value: fc.JsonValue,
];

const damage: fc.Arbitrary<Damage> = fc.tuple(
  fc.nat(200),
  fc.constantFrom("field", "field", "field", "drop", "repeat", "replace", "insert"),
  key,
  value,
);

/** Anything that can come out of `JSON.parse` where a list of events is expected: made up, or a real log damaged. */
export function hostileLog(): fc.Arbitrary<unknown[]> {
  const madeUp = fc
    .array(
      fc.oneof(
        { weight: 9, arbitrary: shaped },
        json.map((held) => (_seq: number) => held),
      ),
      {
        maxLength: 40,
        size: "max",
      },
    )
    .map((makers) => makers.map((make, index): unknown => make(index + 1)));
  const damaged = fc
    .tuple(sessionLog({ moves: 40 }), fc.array(damage, { minLength: 1, maxLength: 12, size: "max" }))
    .map(([log, damages]) => damages.reduce(hurt, JSON.parse(JSON.stringify(log)) as unknown[]));
  return fc.oneof(madeUp, damaged);
}

function hurt(log: unknown[], [at, kind, name, held]: Damage): unknown[] {
  const index = at % Math.max(1, log.length);
  const event = log[index];
  switch (kind) {
    case "field":
      if (typeof event !== "object" || event === null) return log;
      return log.with(index, { ...event, [name]: held });
    case "drop":
      return log.toSpliced(index, 1);
    case "repeat":
      return log.toSpliced(at % (log.length + 1), 0, event);
    case "replace":
      return log.length === 0 ? log : log.with(index, held);
    case "insert":
      return log.toSpliced(index, 0, held);
  }
}
