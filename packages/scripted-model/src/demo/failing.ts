import { inLanguage, type Topic } from "./turn.ts";

const MIDWAY =
  /\bfail(s|ing)?\b.*\b(midway|half ?way|mid-?stream|in the middle)\b|(中途|半路|一半).{0,4}(失败|出错|报错)/iu;
const ONCE = /^\W*(please )?(fail|crash|break) (just )?once\b|^\W*(请)?(失败|出错|报错)一次/iu;
const ALWAYS =
  /^\W*(please )?(fail|crash|break)( (now|please|always|for me|on purpose))*\W*$|^\W*(请|现在|故意)*(失败|出错|报错)(吧|一下)?\W*$/iu;

/** Fails when told to: in the middle of the answer, on every other attempt, or always. */
export const failing: Topic = (turn) => {
  if (MIDWAY.test(turn.text)) {
    return {
      think: inLanguage(turn, {
        en: "I am to fail in the middle of an answer. I will begin as usual and then send an error instead of the rest.",
        zh: "要求是回答到一半时失败。我先照常开始,然后用一个错误代替剩下的内容。",
      }),
      say: inLanguage(turn, {
        en: "This answer begins like any other. In a moment the stream will carry an error instead of the next word, and",
        zh: "这个回答和平常一样开始。过一会儿,流里到来的不是下一个词,而是一个错误,",
      }),
      breaks: inLanguage(turn, {
        en: "The demo model failed midway, as it was asked to.",
        zh: "演示模型按要求在中途失败了。",
      }),
    };
  }
  if (ONCE.test(turn.text)) {
    return turn.attempt % 2 === 1
      ? { refuse: inLanguage(turn, { en: "The demo model failed once, as asked.", zh: "演示模型按要求失败了一次。" }) }
      : {
          think: inLanguage(turn, {
            en: "The first attempt failed on purpose; this is the second one, so I may answer.",
            zh: "第一次是故意失败的,这是第二次,可以回答了。",
          }),
          say: inLanguage(turn, {
            en: "The first attempt was answered with HTTP 500, and you are reading the second. Nothing had to be sent again by hand.",
            zh: "第一次请求得到的是 HTTP 500,你看到的是第二次的回答。不需要手动重发。",
          }),
        };
  }
  return ALWAYS.test(turn.text)
    ? { refuse: inLanguage(turn, { en: "The demo model failed, as asked.", zh: "演示模型按要求失败了。" }) }
    : undefined;
};
