import { type FileList, readFileList } from "./results.ts";
import { cell, toolFailed, withoutTool } from "./tool-words.ts";
import { type Answer, exchangesWith, inLanguage, type Topic, type Turn } from "./turn.ts";

const KINDS: readonly (readonly [RegExp, string, string])[] = [
  [/python|\.py\b/iu, "Python", "py"],
  [/typescript|\.ts\b/iu, "TypeScript", "ts"],
  [/javascript|\.js\b/iu, "JavaScript", "js"],
  [/markdown|\.md\b/iu, "Markdown", "md"],
  [/\bjson\b/iu, "JSON", "json"],
  [/\brust\b|\.rs\b/iu, "Rust", "rs"],
  [/\bjava\b/iu, "Java", "java"],
];

const ASKS =
  /\b(how many|count|list|find|show|which|what)\b.*\bfiles?\b|(多少|几个|数一数|统计|列出|有哪些|哪些|查找|找出).*文件|文件.*(多少|几个|列表)/iu;
const FOLDER =
  /\bin\s+(?:the\s+)?[`"']?([\w.-]+(?:\/[\w.-]+)*)[`"']?\s+(?:folder|directory)\b|\bin\s+[`"']?((?:[\w.-]+\/)+[\w.-]*)|([\w./-]+)\s*(?:目录|文件夹)/iu;

const SHOWN = 12;

interface Wanted {
  readonly kind: string;
  readonly extension: string | undefined;
  readonly path: string | undefined;
}

/** Counts and lists files: one call, or two when there are none of the kind and it looks at what there is. */
export const files: Topic = (turn) => {
  if (!ASKS.test(turn.text)) {
    return undefined;
  }
  if (!turn.tools.has("list_files")) {
    return withoutTool(turn, "list_files");
  }
  const wanted = wantedIn(turn);
  const [first, second] = exchangesWith(turn, "list_files");
  if (first === undefined) {
    const pattern = wanted.extension === undefined ? "**/*" : `**/*.${wanted.extension}`;
    return {
      think: inLanguage(turn, {
        en: `I cannot see the folder myself. The tool list_files can, with the pattern ${pattern}; then I count what it finds.`,
        zh: `我自己看不到文件夹。工具 list_files 可以,用模式 ${pattern} 查找,然后数一数结果。`,
      }),
      say: "",
      calls: [{ tool: "list_files", args: { ...pathArgument(wanted), pattern } }],
    };
  }
  const reading = readFileList(first.result);
  if ("failure" in reading) {
    return toolFailed(turn, "list_files", reading.failure);
  }
  const found = ofKind(reading.value, wanted.extension);
  if (found.total > 0 || wanted.extension === undefined) {
    return counted(turn, wanted, found);
  }
  return second === undefined ? lookAround(turn, wanted) : nothingButOthers(turn, wanted, second.result);
};

function wantedIn(turn: Turn): Wanted {
  const [, kind, extension] = KINDS.find(([pattern]) => pattern.test(turn.text)) ?? [];
  const folder = FOLDER.exec(turn.text);
  const path = folder?.[1] ?? folder?.[2] ?? folder?.[3];
  const here = path === undefined || /^(this|the|my|current|same|that)$/iu.test(path);
  return { kind: kind ?? "", extension, path: here ? undefined : path.replace(/\/$/u, "") };
}

function pathArgument(wanted: Wanted): { readonly path?: string } {
  return wanted.path === undefined ? {} : { path: wanted.path };
}

/** Drops what the tool listed beyond the pattern; a total is then only what is left. */
function ofKind(list: FileList, extension: string | undefined): FileList {
  const matching = list.files.filter((file) => extension === undefined || file.toLowerCase().endsWith(`.${extension}`));
  return matching.length === list.files.length ? list : { ...list, files: matching, total: matching.length };
}

function counted(turn: Turn, wanted: Wanted, found: FileList): Answer {
  const shown = found.files.slice(0, SHOWN);
  const more = found.total - shown.length;
  const rows = shown.map((file, at) => `| ${at + 1} | \`${cell(file)}\` |`).join("\n");
  const where =
    wanted.path === undefined ? "" : inLanguage(turn, { en: ` in \`${wanted.path}\``, zh: `\`${wanted.path}\` ` });
  const count = `**${found.total}${found.truncated && found.total === found.files.length ? "+" : ""}**`;
  const verb = found.total === 1 ? "is" : "are";
  const noun = found.total === 1 ? "file" : "files";
  const kind = wanted.kind === "" ? "" : `${wanted.kind} `;
  const headline = inLanguage(turn, {
    en: `There ${verb} ${count} ${kind}${noun}${where || " here"}.`,
    zh: `${where || "这里"}共有 ${count} 个 ${kind}文件。`,
  });
  const heading = inLanguage(turn, { en: "| # | File |", zh: "| # | 文件 |" });
  const rest = inLanguage(turn, { en: `\n\n… and ${more} more.`, zh: `\n\n……另外还有 ${more} 个。` });
  const table = shown.length === 0 ? "" : `\n\n${heading}\n| ---: | --- |\n${rows}`;
  return {
    think: inLanguage(turn, {
      en: `The tool found ${found.total}. I will give the number first and then the files in a table.`,
      zh: `工具找到了 ${found.total} 个。先给出数量,再用表格列出文件。`,
    }),
    say: `${headline}${table}${more > 0 ? rest : ""}`,
  };
}

function lookAround(turn: Turn, wanted: Wanted): Answer {
  return {
    think: inLanguage(turn, {
      en: `No ${wanted.kind} files at all. Before I say "none", a second look: what is in this folder instead?`,
      zh: `一个 ${wanted.kind} 文件也没有。在说“没有”之前再看一眼:这个文件夹里有什么?`,
    }),
    say: "",
    calls: [{ tool: "list_files", args: { ...pathArgument(wanted), pattern: "*" } }],
  };
}

function nothingButOthers(turn: Turn, wanted: Wanted, result: string): Answer {
  const reading = readFileList(result);
  const others = "value" in reading ? reading.value.files.slice(0, SHOWN) : [];
  const none = inLanguage(turn, {
    en: `There are **0** ${wanted.kind} files here.`,
    zh: `这里共有 **0** 个 ${wanted.kind} 文件。`,
  });
  const instead = inLanguage(turn, { en: " What I found instead:", zh: "不过这里有:" });
  const heading = inLanguage(turn, { en: "| # | File |", zh: "| # | 文件 |" });
  const rows = others.map((file, at) => `| ${at + 1} | \`${cell(file)}\` |`).join("\n");
  return {
    think: inLanguage(turn, {
      en: "Now I know both: the count is zero, and what the folder holds.",
      zh: "现在两件事都清楚了:数量是零,以及文件夹里有什么。",
    }),
    say: others.length === 0 ? none : `${none}${instead}\n\n${heading}\n| ---: | --- |\n${rows}`,
  };
}
