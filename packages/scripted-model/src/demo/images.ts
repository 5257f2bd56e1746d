import { inLanguage, type Topic } from "./turn.ts";

/** Says how many images came and how large they are: that is all the demo can see of them. */
export const images: Topic = (turn) => {
  if (turn.images.length === 0) {
    return undefined;
  }
  const seen = turn.images.map(({ media_type, size }) => {
    const kb = size === null ? null : Math.max(1, Math.round(size / 1024));
    return inLanguage(turn, {
      en: kb === null ? "an image behind an address" : `an image of ${kb} KB (${media_type})`,
      zh: kb === null ? "一张只有地址的图片" : `一张 ${kb} KB 的图片(${media_type})`,
    });
  });
  return {
    think: inLanguage(turn, {
      en: "An image came with the message. I can count its bytes, but I cannot look at it, and I should say so.",
      zh: "这条消息带了图片。我能数它的字节,却看不懂内容,应当直说。",
    }),
    say: inLanguage(turn, {
      en: `I see ${listed(seen, "and")}. I am the built-in demo, not a language model: the bytes arrived, what they show I cannot tell.`,
      zh: `我看到${listed(seen, "和")}。我是内置的演示程序,不是语言模型:字节收到了,但我看不出图里有什么。`,
    }),
  };
};

function listed(things: readonly string[], and: string): string {
  const space = and === "and" ? " " : "";
  return things.length < 2
    ? things.join("")
    : `${things.slice(0, -1).join(and === "and" ? ", " : "、")}${space}${and}${space}${things.at(-1)}`;
}
