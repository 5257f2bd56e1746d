/** Whether a parsed JSON value has more levels of arrays and objects than `limit`. Safe for any depth. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  let level = [value].filter(isNested);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    const next: object[] = [];
    for (const held of level) for (const child of Object.values(held)) if (isNested(child)) next.push(child);
    level = next;
  }
  return false;
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
