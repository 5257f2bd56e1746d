type Selector = { readonly tool_call_id: string } | { readonly block_id: string };

/** Brings what a timeline row stands for into view in the conversation, out of a run's folded work where it is there. */
export function showInChat(run_id: string, selector: Selector): void {
  const element = find(selector);
  if (element !== null) return element.scrollIntoView({ block: "center" });
  const run = document.querySelector(`.scroll [data-run-id="${CSS.escape(run_id)}"]`);
  run?.querySelector<HTMLElement>('[data-testid="worked"][aria-expanded="false"]')?.click();
  requestAnimationFrame(() => find(selector)?.scrollIntoView({ block: "center" }));
}

/** Unfolds a call in the conversation. */
export function openInChat(tool_call_id: string | null): void {
  if (tool_call_id === null) return;
  const head = document.getElementById(`call-${tool_call_id}`)?.querySelector<HTMLElement>(".call-head");
  if (head?.getAttribute("aria-expanded") === "false") head.click();
}

function find(selector: Selector): Element | null {
  const [name, value] = Object.entries(selector)[0]!;
  return document.querySelector(`.scroll [data-${name.replaceAll("_", "-")}="${CSS.escape(value)}"]`);
}
