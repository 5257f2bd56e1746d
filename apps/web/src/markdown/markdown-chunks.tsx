import { deferred } from "../shell/deferred.tsx";
import type { DiagramProps } from "./diagram/diagram.tsx";
import type { FormulaProps } from "./formula.tsx";
import type { LeaveProps } from "./leave.tsx";
import { RawFormula } from "./raw-formula.tsx";

/** What most texts can do without, in chunks of its own. */

export const Formula = deferred<FormulaProps>(() => import("./formula.tsx"), RawFormula);

export const Diagram = deferred<DiagramProps>(
  () => import("./diagram/diagram.tsx"),
  () => null,
);

export const Leave = deferred<LeaveProps>(
  () => import("./leave.tsx"),
  () => null,
);
