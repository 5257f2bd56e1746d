/** A text without what people would not see: controls, turned directions, the tag characters of Unicode. */
export function visibleText(text: string): string {
  return text.toWellFormed().replace(/[^\P{Cc}\t\n\r]|[\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/gu, "");
}
