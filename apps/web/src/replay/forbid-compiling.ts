declare global {
  var __zod_globalConfig: { jitless?: boolean } | undefined;
}

/**
 * The schemas' library tries, as it is loaded, whether it may compile code. The page's policy forbids it, and each try
 * would be reported as a violation. To be called before that.
 */
export function forbidCompiling(): void {
  globalThis.__zod_globalConfig = { ...globalThis.__zod_globalConfig, jitless: true };
}
