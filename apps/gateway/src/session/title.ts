const LONGEST = 60;
/** Shorter ones are rather abbreviations than sentences. Characters. */
const SHORTEST_SENTENCE = 8;
/** Characters of a text that are looked at. */
const READ = 2_000;

/** The beginning of a session's first message as its title; empty for a mere greeting, which says nothing of the rest. */
export function titleFrom(content: string): string {
  const words = plain(content);
  return GREETING.test(words) ? "" : cut(firstSentence(words));
}

/** The title of a session that began with a greeting: the answer's heading, else its first sentence. */
export function titleFromAnswer(content: string): string {
  const heading = /^ {0,3}#{1,6}[ \t]+(.+)$/mu.exec(content.slice(0, READ))?.[1];
  return cut(firstSentence(plain(heading ?? content)));
}

const GREETING =
  /^(?:hi|hello|hey|hiya|yo|good (?:morning|afternoon|evening|day)|greetings|thanks|thank you|test|ping|你好|您好|嗨|哈喽|在吗|早|早上好|下午好|晚上好|谢谢|测试)(?:[ ,，]*(?:there|all|again|everyone|大家))?[\s!！.。,，~～?？:)]*$/iu;

/** The words of a Markdown text on one line. A code block counts only where there is nothing else. */
function plain(whole: string): string {
  const markdown = whole.trimStart().slice(0, READ);
  const outside = markdown.replace(/^ {0,3}(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^ {0,3}\1[`~]*[ \t]*$|$(?![\s\S]))/gmu, " ");
  const text = outside.trim() === "" ? markdown.replace(/^ {0,3}(?:`{3,}|~{3,}).*$/gmu, " ") : outside;
  return text
    .replace(/^\s*(?:#{1,6}\s+|>\s?|[-*+]\s+(?:\[[ xX]\]\s+)?|\d{1,9}[.)]\s+)/gmu, "")
    .replace(/!?\[([^\]\n]*)\]\([^)\s]*(?:\s+"[^"\n]*")?\)/gu, "$1")
    .replace(/\*\*|__(?=\S)|(?<=\S)__|~~|`/gu, "")
    .replace(/(?<![\p{L}\p{N}*])\*(?=\S)([^*\n]+)(?<=\S)\*/gu, "$1")
    .replace(/\s+/gu, " ")
    .trim();
}

/** Without its full stop; questions and calls keep their mark. */
function firstSentence(line: string): string {
  for (const { index, 0: mark } of line.matchAll(/(?<![.\s(]\p{L})[.!?](?=\s|$)|[。！？](?=.|$)/gu)) {
    if (index < SHORTEST_SENTENCE && !/[。！？]/u.test(mark)) continue;
    return line.slice(0, /[.。]/u.test(mark) ? index : index + 1);
  }
  return line;
}

function cut(line: string): string {
  const letters = [...line];
  return letters.length <= LONGEST
    ? line
    : `${letters
        .slice(0, LONGEST - 1)
        .join("")
        .trimEnd()}…`;
}
