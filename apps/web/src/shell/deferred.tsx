import { type ComponentType, createElement, useSyncExternalStore } from "react";

export interface Deferred<Props> {
  (props: Props): React.ReactNode;
  /** Begins to load; what is already loaded stays. */
  load(): void;
}

/**
 * A component in a chunk of its own. Until it is there `fallback` stands in; once it is, it is drawn at once, with
 * no pause of the kind that Suspense makes. A load that failed is tried again with the next use.
 */
export function deferred<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
  fallback: ComponentType<Props>,
): Deferred<Props> {
  const listeners = new Set<() => void>();
  let loaded: ComponentType<Props> | null = null;
  let loading = false;

  const begin = () => {
    if (loading || loaded !== null) return;
    loading = true;
    load().then(
      (module) => {
        loaded = module.default;
        for (const listener of [...listeners]) listener();
      },
      () => {
        loading = false;
      },
    );
  };
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    begin();
    return () => listeners.delete(listener);
  };
  const current = () => loaded;
  const view = (props: Props) => {
    const Component = useSyncExternalStore(subscribe, current, current) ?? fallback;
    return createElement(Component, props);
  };
  return Object.assign(view, { load: begin });
}
