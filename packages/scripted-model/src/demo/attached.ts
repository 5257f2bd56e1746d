import { shorten } from "./results.ts";
import { inLanguage, type Topic } from "./turn.ts";

/** A file's text under its name, in a fence, as the gateway puts it behind a message. */
const QUOTED = /^([^\n`]{1,200}):\n(`{3,})[a-z0-9]*\n([\s\S]*?)\n?\2$/gmu;

/** Says which text files came, how long they are and how each begins: the demo reads them, but understands nothing. */
export const attached: Topic = (turn) => {
  const files = [...turn.text.matchAll(QUOTED)].map(([, name = "", , text = ""]) => ({ name, text }));
  if (files.length === 0) {
    return undefined;
  }
  const listed = files.map(({ name, text }) => {
    const lines = text === "" ? 0 : text.split("\n").length;
    const first = shorten(text.split("\n").find((line) => line.trim() !== "") ?? "", 80);
    const begins = first === "" ? "" : inLanguage(turn, { en: `, begins with “${first}”`, zh: `,开头是“${first}”` });
    return `- **${name}**${inLanguage(turn, {
      en: `: ${lines} ${lines === 1 ? "line" : "lines"}${begins}`,
      zh: `:${lines} 行${begins}`,
    })}`;
  });
  return {
    think: inLanguage(turn, {
      en: "A file came with the message, quoted behind it. I can count its lines, but I understand nothing of it, and I should say so.",
      zh: "这条消息带了文件,内容引用在后面。我能数行数,却看不懂内容,应当直说。",
    }),
    say: inLanguage(turn, {
      en: `This came with your message:\n\n${listed.join("\n")}\n\nI am the built-in demo, not a language model: the text arrived, what it means I cannot tell.`,
      zh: `随消息收到:\n\n${listed.join("\n")}\n\n我是内置的演示程序,不是语言模型:文字收到了,但我读不懂。`,
    }),
  };
};
