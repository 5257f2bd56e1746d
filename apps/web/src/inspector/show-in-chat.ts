type Selector = { readonly tool_call_id: string } | { readonly block_id: string };

/** Frames within which what is drawn or unfolded on the way must be there. */
const PATIENCE = 60;

/** Brings what a timeline row stands for into view in the conversation, out of a run's folded work where it is there. */
export function showInChat(run_id: string, selector: Selector, patience: number = PATIENCE): void {
  const element = find(run_id, selector);
  if (element !== null) return bring(element);
  reveal(run_id);
  if (patience > 0) requestAnimationFrame(() => showInChat(run_id, selector, patience - 1));
}

/** Unfolds a call in the conversation. */
export function openInChat(tool_call_id: string | null): void {
  if (tool_call_id === null) return;
  const head = document.getElementById(`call-${tool_call_id}`)?.querySelector<HTMLElement>(".call-head");
  if (head?.getAttribute("aria-expanded") === "false") head.click();
}

/** A run that is not drawn is, when its place comes into view. */
function reveal(run_id: string): void {
  const run = runOf(run_id);
  if (run === null) document.querySelector(`.scroll [data-runs~="${CSS.escape(run_id)}"]`)?.scrollIntoView();
  else run.querySelector<HTMLElement>('[data-testid="worked"][aria-expanded="false"]')?.click();
}

/** The beginning of what is higher than the page, else all of it. */
function bring(element: Element): void {
  const room = element.closest(".scroll")?.clientHeight ?? 0;
  element.scrollIntoView({ block: element.clientHeight > room * 0.8 ? "start" : "center" });
}

const runOf = (run_id: string): Element | null =>
  document.querySelector(`.scroll [data-run-id="${CSS.escape(run_id)}"]`);

function find(run_id: string, selector: Selector): Element | null {
  const [name, value] = Object.entries(selector)[0]!;
  return runOf(run_id)?.querySelector(`[data-${name.replaceAll("_", "-")}="${CSS.escape(value)}"]`) ?? null;
}
