import { registerHooks } from "node:module";
import type { Patch } from "./mutations.ts";

/**
 * Changes product modules as they are loaded from here on; those that are loaded already stay as they are.
 *
 * @returns what has not been changed, because its module was not loaded
 */
export function loadPatched(patches: readonly Patch[]): () => readonly Patch[] {
  const left = new Set(patches);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const own = patches.filter(({ module }) => url.endsWith(module));
      if (own.length === 0) return loaded;
      let source = String(loaded.source);
      for (const patch of own) {
        if (source.split(patch.find).length !== 2) {
          throw new Error(`${patch.module} does not hold exactly once: ${patch.find}`);
        }
        source = source.replace(patch.find, () => patch.replace);
        left.delete(patch);
      }
      return { ...loaded, source };
    },
  });
  return () => [...left];
}
