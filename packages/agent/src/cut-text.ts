/** Whether a text ends in the first half of a surrogate pair. */
export function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}

/** The first `length` UTF-16 code units, one less where a surrogate pair would be split. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length);
  return endsInHalf(cut) ? cut.slice(0, -1) : cut;
}

/** The text in pieces of at most `length` code units; none is empty, and no surrogate pair is split. */
export function piecesOf(text: string, length: number): string[] {
  if (text.length <= length) return text === "" ? [] : [text];
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += pieces.at(-1)!.length) {
    const piece = text.slice(at, at + length);
    pieces.push(at + length < text.length && piece.length > 1 && endsInHalf(piece) ? piece.slice(0, -1) : piece);
  }
  return pieces;
}
