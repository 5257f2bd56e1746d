import { useState } from "react";
import { DiagramFrame } from "./diagram-frame.tsx";
import type { Failure } from "./frame-message.ts";
import { useDark } from "./use-dark.ts";

export interface DiagramProps {
  code: string;
  /** There will be no drawing. Must stay the same function. */
  failed: (failure: Failure) => void;
}

/** Pixels, before the frame has told its height. */
const FIRST = 160;

/** A diagram in the page's colours: other code or other colours are another drawing. */
export default function Diagram({ code, failed }: DiagramProps) {
  const dark = useDark();
  const [height, setHeight] = useState(FIRST);
  return (
    <DiagramFrame key={`${dark} ${code}`} code={code} dark={dark} height={height} drawn={setHeight} failed={failed} />
  );
}
