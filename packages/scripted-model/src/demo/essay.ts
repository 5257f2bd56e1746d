import { ESSAY_EN } from "./essay-en.ts";
import { ESSAY_ZH } from "./essay-zh.ts";
import { inLanguage, type Topic } from "./turn.ts";

const ASKS =
  /\bessay\b|\b(write|give)\b.*\blong\b|\blong (article|text|answer|story|post)\b|长文|(写|来|讲).*(文章|作文|长篇|长一点|很长)|长(回答|文章)/iu;
const ITS_SUBJECT = /stream|\blogs?\b|reliab|流式|日志|可靠|流/iu;

/** One essay known by heart, about 25 seconds long at the natural pace: long enough to be stopped. */
export const essay: Topic = (turn) => {
  if (!ASKS.test(turn.text)) {
    return undefined;
  }
  const about = ITS_SUBJECT.test(turn.text);
  const confession = inLanguage(turn, {
    en: "I am the built-in demo and know exactly one essay by heart, so here it is.\n\n",
    zh: "我是内置的演示程序,只会背一篇文章,就是下面这篇。\n\n",
  });
  return {
    think: inLanguage(turn, {
      en: "A long text is wanted, one that can be stopped half way. I know one about logs and streaming. It should have headings, a table, some code, a list of tasks and a quotation, so that all of it can be seen growing.",
      zh: "对方想要一篇长文,而且可以中途停止。我会的那篇讲的是日志和流式输出。里面要有标题、表格、代码、任务列表和引用,这样就能看到它们一点点长出来。",
    }),
    say: `${about ? "" : confession}${inLanguage(turn, { en: ESSAY_EN, zh: ESSAY_ZH })}`,
  };
};
