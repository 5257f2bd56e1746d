import { HEAD, SENTENCES, TYPES } from "./configuration-words.ts";

/** The settings' page in Chinese, made of the English one, which the gateway makes of its schema. */
export function chineseConfiguration(english: string): string {
  const at = english.indexOf("\n## ");
  const [code = ""] = /^```[\s\S]*?^```$/mu.exec(english) ?? [];
  const rest = english.slice(at + 1).split("\n");
  return `${HEAD.before}\n\n${code}\n\n${HEAD.after}\n\n${rest.map(translated).join("\n")}`;
}

function translated(line: string): string {
  if (line === "| setting | type | |") return "| 设置 | 类型 | |";
  const [, setting, type = "", text = ""] =
    /^\| (`[^`]+`) \| ((?:[^|\\]|\\.)*) \| ((?:[^|\\]|\\.)*) \|$/u.exec(line) ?? [];
  if (setting !== undefined) return `| ${setting} | ${typed(type)} | ${sentence(text)} |`;
  const [, own, value] = /^Type: (.*?)\.(?: Default: (`.*`)\.)?$/u.exec(line) ?? [];
  if (own !== undefined) return `类型：${typed(own)}。${value === undefined ? "" : `默认：${value}。`}`;
  return sentence(line);
}

/** A description with what the schema adds to it. */
function sentence(text: string): string {
  const [, said = "", required, value] = /^(.*?) ?(Required\.)?(?: ?Default: (`[^`]*`)\.)?$/u.exec(text) ?? [];
  const parts = [SENTENCES[said] ?? said];
  if (required !== undefined) parts.push("必填。");
  if (value !== undefined) parts.push(`默认：${value}。`);
  return parts.join("");
}

function typed(type: string): string {
  return type
    .split(/(`[^`]*`)/u)
    .map((part) =>
      part.startsWith("`") ? part : TYPES.reduce((text, [words, own]) => text.replaceAll(words, own), part),
    )
    .join("");
}
