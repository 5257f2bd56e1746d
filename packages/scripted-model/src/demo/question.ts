import { failureIn, shorten } from "./results.ts";
import { toolFailed, withoutTool } from "./tool-words.ts";
import { exchangesWith, inLanguage, type Topic } from "./turn.ts";

const ASKS = /\bask me\b|问我(一个|个|点)?|(提|问)一个问题/iu;

/** Asks the user through `ask_user` and answers from what they chose. */
export const question: Topic = (turn) => {
  if (!ASKS.test(turn.text)) {
    return undefined;
  }
  if (!turn.tools.has("ask_user")) {
    return withoutTool(turn, "ask_user");
  }
  const exchange = exchangesWith(turn, "ask_user").at(-1);
  if (exchange === undefined) {
    return {
      think: inLanguage(turn, {
        en: "I am to ask something. The tool ask_user shows the question and waits, even over a restart.",
        zh: "要我提一个问题。工具 ask_user 会显示问题并等待回答,重启之后也还在。",
      }),
      say: "",
      calls: [
        {
          tool: "ask_user",
          args:
            turn.language === "zh"
              ? { question: "流式输出里你最看重什么?", options: ["速度", "可靠", "可以随时停止"] }
              : {
                  question: "What matters most to you in streaming?",
                  options: ["Speed", "Reliability", "Being able to stop"],
                },
        },
      ],
    };
  }
  const failure = failureIn(exchange.result);
  if (failure !== undefined) {
    return toolFailed(turn, "ask_user", failure);
  }
  const answer = shorten(answerIn(exchange.result));
  return {
    think: inLanguage(turn, {
      en: `The answer is here: ${answer}. I will repeat it, so that it is clear that it arrived.`,
      zh: `回答到了:${answer}。我复述一遍,表明确实收到了。`,
    }),
    say: inLanguage(turn, {
      en: `You answered: **${answer}**. Your answer is in the session's log, so every other tab shows it too.`,
      zh: `你的回答是:**${answer}**。它已写入会话日志,其他标签页也能看到。`,
    }),
  };
};

function answerIn(result: string): string {
  try {
    const value: unknown = JSON.parse(result);
    if (typeof value === "object" && value !== null && "answer" in value) {
      return typeof value.answer === "string" ? value.answer : JSON.stringify(value.answer);
    }
    return typeof value === "string" ? value : result;
  } catch {
    return result;
  }
}
