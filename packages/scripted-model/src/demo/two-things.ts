import { weekdayName } from "./clock-tool.ts";
import { readFileList, readFileText, readMoment, shorten } from "./results.ts";
import { cell, withoutTool } from "./tool-words.ts";
import { type Answer, type Call, type Exchange, inLanguage, type Topic, type Turn } from "./turn.ts";

const ASKS =
  /\b(two|2|both|several) (things|tools|calls)\b|\bat (once|the same time)\b|\bin parallel\b|\bsimultaneously\b|\bcompare\b.*(readme|package\.json|\.\w{1,5}\b)|同时|并行|并发|两件事|(比较|对比).*(readme|package\.json|文件)/iu;
const READS =
  /\b(read|open|show|cat)\b.*(readme|[\w/-]+\.\w{1,5}\b)|(读|打开|看)(一下|取)?.*(readme|[\w/-]+\.\w{1,5})/iu;
const FILE = /[\w./-]*[\w-]\.(?:md|json|ts|tsx|js|py|txt|ya?ml|toml|html|css|sh)\b/giu;

/** Several calls in one message, then one answer about all of them; also the reading of a single file. */
export const twoThings: Topic = (turn) => {
  const many = ASKS.test(turn.text);
  if (!many && !READS.test(turn.text)) {
    return undefined;
  }
  if (turn.exchanges.length > 0) {
    return compared(turn);
  }
  const wanted = many ? several(turn) : named(turn);
  const calls = wanted.filter(({ tool }) => turn.tools.has(tool));
  const missing = wanted.find(({ tool }) => !turn.tools.has(tool));
  if (calls.length === 0) {
    return withoutTool(turn, missing?.tool ?? "read_file");
  }
  const names = calls.map(({ tool, args }) => [tool, ...Object.values(args)].join(" "));
  const list = names.join(inLanguage(turn, { en: " and ", zh: " 和 " }));
  return {
    think: inLanguage(turn, {
      en:
        calls.length > 1
          ? `This takes ${calls.length} calls: ${list}. None needs another's result, so they can all go out in one message.`
          : `This takes one call: ${list}.`,
      zh:
        calls.length > 1
          ? `这需要 ${calls.length} 个调用:${list}。它们互不依赖,可以放在同一条消息里发出。`
          : `这需要一个调用:${list}。`,
    }),
    say: inLanguage(turn, {
      en: calls.length > 1 ? "I will do these at once." : "One moment.",
      zh: calls.length > 1 ? "我同时做这些事。" : "稍等。",
    }),
    calls,
  };
};

function named(turn: Turn): Call[] {
  const text = turn.text.replace(/\breadme(?:\.md)?\b/giu, "README.md");
  const paths = new Set(text.match(FILE) ?? []);
  return [...paths].map((path) => ({ tool: "read_file", args: { path } }));
}

/** What the message names, filled up to two calls. */
function several(turn: Turn): Call[] {
  const reads = named(turn);
  const time: Call = { tool: "current_time", args: {} };
  const python: Call = { tool: "list_files", args: { pattern: "**/*.py" } };
  const asked = [
    ...reads,
    ...(/python/iu.test(turn.text) ? [python] : []),
    ...(/\b(time|clock|date|weekday)\b|时间|日期|几点|星期/iu.test(withoutIdioms(turn.text)) ? [time] : []),
  ];
  const readme: Call = { tool: "read_file", args: { path: "README.md" } };
  const fillers = [readme, time, python].filter(
    (call) => turn.tools.has(call.tool) && !asked.some((other) => other.tool === call.tool),
  );
  return [...asked, ...fillers].slice(0, Math.max(2, asked.length));
}

function withoutIdioms(text: string): string {
  return text.replace(/\bat the same time\b/giu, "");
}

function compared(turn: Turn): Answer {
  const rows = turn.exchanges.map((exchange) => {
    const { path, pattern } = exchange.args;
    const what = [path, pattern].find((value) => typeof value === "string") ?? "";
    return `| \`${exchange.tool}\` | ${what === "" ? "–" : `\`${cell(String(what))}\``} | ${cell(described(turn, exchange))} |`;
  });
  const several = rows.length > 1;
  const headline = inLanguage(turn, {
    en: several
      ? `${rows.length === 2 ? "Both" : `All ${rows.length}`} results are back; the calls ran side by side in one step:`
      : "Here is what came back:",
    zh: several ? `${rows.length} 个结果都到了,这些调用在同一步里并行执行:` : "结果如下:",
  });
  const heading = inLanguage(turn, { en: "| Tool | About | Result |", zh: "| 工具 | 对象 | 结果 |" });
  const failed = turn.exchanges.filter((exchange) => failureOf(exchange) !== undefined).length;
  const remark = inLanguage(turn, {
    en: `\n\n${failed} of ${rows.length} did not succeed; the rest is as the tools returned it.`,
    zh: `\n\n${rows.length} 个里有 ${failed} 个没有成功,其余内容与工具返回的一致。`,
  });
  return {
    think: inLanguage(turn, {
      en: `The results are here, ${failed === 0 ? "none" : failed} of them a failure. A table puts them next to each other.`,
      zh: `结果都到了,${failed === 0 ? "没有失败的" : `其中 ${failed} 个失败`}。用表格放在一起看。`,
    }),
    say: `${headline}\n\n${heading}\n| --- | --- | --- |\n${rows.join("\n")}${failed > 0 ? remark : closing(turn)}`,
  };
}

/** The comparison itself, where a file and a time, or two files, are there. */
function closing(turn: Turn): string {
  const texts = turn.exchanges
    .filter(({ tool }) => tool === "read_file")
    .map(({ result, args }) => ({ path: String(args.path ?? ""), reading: readFileText(result) }))
    .flatMap(({ path, reading }) => ("value" in reading ? [{ path, length: reading.value.length }] : []));
  const [one, two] = texts;
  if (one === undefined) {
    return "";
  }
  if (two !== undefined) {
    const [longer, shorter] = one.length >= two.length ? [one, two] : [two, one];
    return inLanguage(turn, {
      en: `\n\n\`${longer.path}\` is the longer one, by ${longer.length - shorter.length} characters.`,
      zh: `\n\n较长的是 \`${longer.path}\`,多 ${longer.length - shorter.length} 个字符。`,
    });
  }
  const minutes = Math.max(1, Math.round(one.length / 1000));
  return inLanguage(turn, {
    en: `\n\nCompared with the clock: you would be through \`${one.path}\` in about ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`,
    zh: `\n\n和时间比一比:从现在开始,读完 \`${one.path}\` 大约需要 ${minutes} 分钟。`,
  });
}

function failureOf({ tool, result }: Exchange): string | undefined {
  const readers: Record<string, (text: string) => object> = {
    current_time: readMoment,
    list_files: readFileList,
    read_file: readFileText,
  };
  const reading = readers[tool]?.(result) ?? {};
  return "failure" in reading ? String(reading.failure) : undefined;
}

function described(turn: Turn, exchange: Exchange): string {
  const failure = failureOf(exchange);
  if (failure !== undefined) {
    return inLanguage(turn, { en: `failed: ${failure}`, zh: `失败:${failure}` });
  }
  if (exchange.tool === "current_time") {
    const reading = readMoment(exchange.result);
    return "value" in reading
      ? [weekdayName(turn, reading.value), reading.value.date, reading.value.time].filter(Boolean).join(" ")
      : "";
  }
  if (exchange.tool === "list_files") {
    const reading = readFileList(exchange.result);
    const total = "value" in reading ? reading.value.total : 0;
    return inLanguage(turn, { en: `${total} files`, zh: `${total} 个文件` });
  }
  const reading = readFileText(exchange.result);
  const text = "value" in reading ? reading.value : "";
  const lines = text === "" ? 0 : text.split("\n").length;
  const opening = shorten((/\S.*/u.exec(text)?.[0] ?? "").replace(/^(\d+\s*[:|→\t]\s*)?#*\s*/u, ""), 60);
  return inLanguage(turn, {
    en: `${lines} ${lines === 1 ? "line" : "lines"}, begins “${opening}”`,
    zh: `${lines} 行,开头是“${opening}”`,
  });
}
