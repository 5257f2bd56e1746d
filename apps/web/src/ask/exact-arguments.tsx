import { Fragment, useMemo } from "react";
import { dangersIn } from "./danger.ts";
import { argumentText, exactText } from "./exact-text.ts";

/** The arguments of a call, whole: a lone command as it is, others by name. Hidden characters show as numbers. */
export function ExactArguments({ args }: { args: Readonly<Record<string, unknown>> }) {
  const { command, ...others } = args;
  const isCommand = typeof command === "string";
  const named = Object.entries(isCommand ? others : args);
  return (
    <>
      {isCommand && (
        <code className="exact">
          <Command text={command} />
        </code>
      )}
      {named.length > 0 && (
        <dl>
          {named.map(([name, value]) => (
            <Named key={name} name={name} value={value} />
          ))}
        </dl>
      )}
    </>
  );
}

/** A command; what of it is known to destroy is marked. */
function Command({ text }: { text: string }) {
  const dangers = useMemo(() => dangersIn(text), [text]);
  const end = dangers.at(-1)?.to ?? 0;
  return (
    <>
      {dangers.map(({ from, to }, index) => (
        <Fragment key={from}>
          <Exact text={text.slice(dangers[index - 1]?.to ?? 0, from)} />
          <mark className="danger">
            <Exact text={text.slice(from, to)} />
          </mark>
        </Fragment>
      ))}
      <Exact text={text.slice(end)} />
    </>
  );
}

function Named({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>
        <Exact text={name} />
      </dt>
      <dd className="exact">
        <Exact text={argumentText(value)} />
      </dd>
    </>
  );
}

/** Pieces of a text never move: their place is their key. */
function Exact({ text }: { text: string }) {
  const pieces = useMemo(() => exactText(text), [text]);
  return pieces.map((piece, place) =>
    "code" in piece ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name
      <span key={place} className="ctl">
        {piece.code}
      </span>
    ) : (
      piece.text
    ),
  );
}
