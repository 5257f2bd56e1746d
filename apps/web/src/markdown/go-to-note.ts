/** Follows a note's mark to the note, or a note's way back to its first mark, within the text `prose`. */
export function goToNote(prose: Element, pressed: Element): void {
  const button = pressed.closest<HTMLElement>("[data-note], [data-note-back]");
  const { note, noteBack } = button?.dataset ?? {};
  const label = CSS.escape(note ?? noteBack ?? "");
  if (label === "") return;
  const target = prose.querySelector<HTMLElement>(
    note === undefined ? `[data-note="${label}"]` : `[data-note-back="${label}"]`,
  );
  target?.scrollIntoView({ block: "center" });
  target?.focus({ preventScroll: true });
}
