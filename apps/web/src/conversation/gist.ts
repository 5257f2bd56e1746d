/** The last sentence of what is being thought, while it is thought; at most one line's worth. */
export function gist(content: string): string {
  const tail = content.slice(-400).replace(/\s+/g, " ").trim();
  const sentences = tail.split(/(?<=[.!?。！？])\s*/u).filter((sentence) => sentence.trim() !== "");
  return (sentences.at(-1) ?? "").slice(0, 200);
}
