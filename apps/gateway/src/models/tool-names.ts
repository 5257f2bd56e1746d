/** Whether a list of tools names one, where `*` stands for any characters. Linear in the name for each `*`. */
export function names(listed: readonly string[], tool_name: string): boolean {
  return listed.some((pattern) => matches(pattern, tool_name));
}

/** The pieces between the stars are found from left to right, the last one at the end. */
function matches(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
