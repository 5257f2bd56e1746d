/** What reads a session, without the schemas: this loads no zod. */
export * from "./errors.ts";
export * from "./events/kinds.ts";
export type * from "./index.ts";
export * from "./limits.ts";
export * from "./merge.ts";
export * from "./usage-sum.ts";
export * from "./version.ts";
export { allTurns, branchesAside, firstMessage } from "./view/branches.ts";
export * from "./view/evolve.ts";
export * from "./view/view.ts";
