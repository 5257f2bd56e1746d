import { createElement, type ReactNode } from "react";
import temml from "temml";

/** A part of the tree that the TeX parser builds: an element, a list of parts, or a text. */
interface Part {
  readonly type?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly style?: Readonly<Record<string, string>>;
  readonly classes?: readonly string[];
  readonly children?: readonly Part[];
}

const ELEMENTS = new Set(
  (
    "math mrow mi mn mo ms mtext mspace msup msub msubsup munder mover munderover mfrac msqrt mroot mtable mtr mtd " +
    "mstyle mpadded mphantom menclose mmultiscripts mprescripts"
  ).split(" "),
);
const ATTRIBUTES = new Set(
  (
    "display mathvariant stretchy fence separator form lspace rspace largeop movablelimits accent accentunder " +
    "linethickness scriptlevel displaystyle width height depth voffset rowspacing columnspacing columnalign rowspan " +
    "columnspan columnlines rowlines minsize maxsize symmetric dir notation mathcolor mathbackground mathsize"
  ).split(" "),
);
const STYLES = new Set(
  (
    "color backgroundColor fontSize fontWeight fontStyle fontFamily textAlign verticalAlign width height padding " +
    "paddingLeft paddingRight paddingTop paddingBottom margin marginLeft marginRight border borderBottom borderTop " +
    "borderLeft borderRight borderCollapse mathDepth mathStyle mathShift whiteSpace"
  ).split(" "),
);
/** No addresses, no variables, no other functions than those of colours. */
const VALUE = /^(?:[#\w\s.,%+-]|rgba?\(|\))*$/;

const OPTIONS = {
  throwOnError: true,
  trust: false,
  strict: false,
  annotate: false,
  maxExpand: 500,
  maxSize: [40, 40] satisfies [number, number],
};

/** Depth of what is drawn, at most. */
const DEEPEST = 100;

/** A formula as MathML elements from a list of known ones, or null where it is not TeX that can be drawn. */
export function mathTree(tex: string, display: boolean): ReactNode {
  try {
    return draw(temml.__renderToMathMLTree(tex, { ...OPTIONS, displayMode: display }) as Part, 0);
  } catch {
    return null;
  }
}

function draw(part: Part, depth: number): ReactNode {
  if (depth > DEEPEST) throw new Error("too deep");
  if (part.text !== undefined) return part.text;
  const children = (part.children ?? []).map((child) => draw(child, depth + 1));
  if (part.type === undefined || !ELEMENTS.has(part.type)) return createElement("mrow", null, ...children);
  return createElement(part.type, propsOf(part), ...children);
}

function propsOf({ attributes = {}, style = {}, classes = [] }: Part): Record<string, unknown> {
  const props: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (ATTRIBUTES.has(name) && VALUE.test(String(value))) props[name] = String(value);
  }
  const styles = Object.entries(style).filter(([name, value]) => STYLES.has(name) && VALUE.test(String(value)));
  if (styles.length > 0) props.style = Object.fromEntries(styles);
  const known = classes.filter((name) => name.startsWith("tml-"));
  if (known.length > 0) props.className = known.join(" ");
  return props;
}
