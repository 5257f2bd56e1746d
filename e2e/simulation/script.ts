import { seeded } from "../kit/random.ts";

/** What the model does in one step of its answer to a message. */
export interface Step {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly { readonly name: string; readonly arguments: string }[];
}

const HEAD = /⟦(m\d+)\/(\d+)\/\d{6}⟧/;

/** The message that a conversation's last words came with, as people wrote it. */
export const messageText = (tag: string): string => `Please: (${tag})`;

/** The tag in what people wrote; null where there is none. */
export const tagIn = (content: string): string | null => /\((m\d+)\)/.exec(content)?.[1] ?? null;

/** Numbered pieces that say which message and step they answer, with all that is ever counted wrongly. */
function numbered(tag: string, step: number, pieces: number): string {
  const words = ["tide ", "😀 ", "é你 ", "👩‍👩‍👧 ", "ebb\n"];
  return Array.from(
    { length: pieces },
    (_, index) => `⟦${tag}/${step}/${String(index + 1).padStart(6, "0")}⟧${words[index % words.length]}`,
  ).join("");
}

/** The whole script of a message: the same for the same tag, whoever asks. The last step has no calls. */
export function scriptOf(tag: string): readonly Step[] {
  const random = seeded(Number(tag.slice(1)) * 7_919);
  const steps = 1 + Math.floor(random() * 3);
  return Array.from({ length: steps }, (_, index) => {
    const last = index === steps - 1;
    const speaks = last || random() < 0.6;
    const text = speaks ? numbered(tag, index, 2 + Math.floor(random() * 14)) : "";
    const thinking = random() < 0.3 ? `Let me see 🕰️ ${tag}, ${"hm ".repeat(1 + Math.floor(random() * 6))}` : "";
    const calls = last
      ? []
      : Array.from({ length: 1 + Math.floor(random() * 2) }, () => {
          const name = random() < 0.6 ? "print" : random() < 0.5 ? "ask" : "write";
          return { name, arguments: JSON.stringify({ lines: 1 + Math.floor(random() * 5), note: `${tag} 🌊` }) };
        });
    return { text, thinking, calls };
  });
}

/** The whole text that begins like this; null where no script says it. */
export function expectedText(said: string): string | null {
  const found = HEAD.exec(said);
  const [, tag, step] = found ?? [];
  if (tag === undefined || step === undefined || found?.index !== 0) {
    // Less than the first number: any script could go on like this.
    return found === null && "⟦m".startsWith(said.slice(0, 2)) && said.length < 24 ? said : null;
  }
  return scriptOf(tag)[Number(step)]?.text ?? null;
}
