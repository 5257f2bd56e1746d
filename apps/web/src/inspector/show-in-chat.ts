/** Brings what a timeline row stands for into view in the conversation. */
export function showInChat(selector: { tool_call_id: string } | { block_id: string }): void {
  const [name, value] = Object.entries(selector)[0]!;
  const element = document.querySelector(`.scroll [data-${name.replaceAll("_", "-")}="${CSS.escape(value)}"]`);
  element?.scrollIntoView({ block: "center" });
}
