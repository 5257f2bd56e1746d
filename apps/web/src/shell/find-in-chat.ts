/** How long a conversation may take to appear. Milliseconds. */
const PATIENCE_MS = 5_000;
const SHOWN_MS = 4_000;

/** Brings a text of the conversation into view as soon as it is there, and marks it for a moment. */
export function findInChat(text: string): void {
  const until = performance.now() + PATIENCE_MS;
  const wanted = text.toLowerCase();
  const look = () => {
    const range = rangeOf(wanted);
    if (range === null) {
      if (performance.now() < until) setTimeout(look, 100);
      return;
    }
    range.startContainer.parentElement?.scrollIntoView({ block: "center" });
    if (!("highlights" in CSS)) return;
    const mark = new Highlight(range);
    CSS.highlights.set("found", mark);
    setTimeout(() => {
      if (CSS.highlights.get("found") === mark) CSS.highlights.delete("found");
    }, SHOWN_MS);
  };
  look();
}

function rangeOf(wanted: string): Range | null {
  const parts = document.querySelectorAll('.scroll [data-testid="user-message"], .scroll [data-testid="text-block"]');
  for (const part of parts) {
    const nodes = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    for (let node = nodes.nextNode(); node !== null; node = nodes.nextNode()) {
      const at = (node.nodeValue ?? "").toLowerCase().indexOf(wanted);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      return range;
    }
  }
  return null;
}
