import { type ComponentType, createElement, useSyncExternalStore } from "react";
import { part } from "./part.ts";

export interface Deferred<Props> {
  (props: Props): React.ReactNode;
  /** Begins to load; what is already loaded stays. */
  load(): void;
}

/**
 * A component in a chunk of its own. Until it is there `fallback` stands in; once it is, it is drawn at once, with
 * no pause of the kind that Suspense makes.
 */
export function deferred<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
  fallback: ComponentType<Props>,
): Deferred<Props> {
  const { want, get, load: begin } = part(load);
  const current = () => get()?.default ?? fallback;
  const view = (props: Props) => createElement(useSyncExternalStore(want, current, current), props);
  return Object.assign(view, { load: begin });
}
