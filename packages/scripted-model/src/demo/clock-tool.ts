import { type Moment, readMoment } from "./results.ts";
import { toolFailed, withoutTool } from "./tool-words.ts";
import { exchangesWith, inLanguage, type Topic, type Turn } from "./turn.ts";

const ASKS =
  /\b(what|which) (week)?day\b|\bday of the week\b|\bweekday\b|\bwhat('s| is) (the |today's )*(time|date)\b|\bwhat time\b|\btoday's date\b|星期几|周几|礼拜几|几点|几号|什么日子|现在.{0,3}时间|今天.{0,3}日期/iu;

const DAYS = {
  en: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
  zh: ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
};

export function weekdayName(turn: Turn, moment: Moment): string {
  return DAYS[turn.language][moment.weekday] ?? "";
}

/** The weekday, the date and the time, from `current_time`, or from `bash` where only that is offered. */
export const clockTool: Topic = (turn) => {
  if (!ASKS.test(turn.text)) {
    return undefined;
  }
  const tool = ["current_time", "bash"].find((name) => turn.tools.has(name));
  if (tool === undefined) {
    return withoutTool(turn, "current_time");
  }
  const exchange = exchangesWith(turn, tool).at(-1);
  if (exchange === undefined) {
    return {
      think: inLanguage(turn, {
        en: `I have no clock of my own, and a guess would be wrong six times out of seven. The tool ${tool} knows.`,
        zh: `我自己没有时钟,猜的话七次会错六次。工具 ${tool} 知道答案。`,
      }),
      say: "",
      calls: [{ tool, args: tool === "bash" ? { command: "date '+%A %Y-%m-%d %H:%M'" } : {} }],
    };
  }
  const reading = readMoment(exchange.result);
  if ("failure" in reading) {
    return toolFailed(turn, tool, reading.failure);
  }
  const { value } = reading;
  const day = weekdayName(turn, value);
  const details = [value.date, value.time].filter((part) => part !== "").join(" ");
  return {
    think: inLanguage(turn, {
      en: `The tool's result says ${day}. That is all I need.`,
      zh: `工具的结果是${day},这就够了。`,
    }),
    say: inLanguage(turn, {
      en: `Today is **${day}**${details === "" ? "" : `, ${details} by this machine's clock`}.`,
      zh: `今天是**${day}**${details === "" ? "" : `(本机时间 ${details})`}。`,
    }),
  };
};
