import { REMARKS } from "./reference-words.ts";
import {
  type Code,
  closeCodes,
  commands,
  controls,
  envelope,
  events,
  type Field,
  type Frame,
  limits,
  rejectCodes,
} from "./wire.ts";

interface Words {
  readonly title: string;
  readonly head: string;
  readonly events: string;
  readonly everyEvent: string;
  readonly commands: string;
  readonly controls: string;
  readonly rejects: string;
  readonly closes: string;
  readonly limits: string;
  readonly field: string;
  readonly type: string;
  readonly code: string;
  readonly value: string;
  readonly noFields: string;
  /** What the source says in English, in the page's language. @throws where there is no such sentence */
  readonly said: (remark: string) => string;
}

const MADE =
  "<!-- Made of the schemas by `npm run reference -w @millrace/docs`: change packages/protocol/src instead. -->";

const WORDS: Readonly<Record<"en" | "zh", Words>> = {
  en: {
    title: "Reference of the wire",
    head: "Every field of every frame, as the schemas have it. What they mean together is on [Wire protocol](protocol.md). A `?` behind a name: the field may be absent. Readers ignore fields and types that they do not know.",
    events: "Events",
    everyEvent: "Every event has, beside its own fields:",
    commands: "Commands",
    controls: "Control frames",
    rejects: "Reject codes",
    closes: "Close codes",
    limits: "Limits",
    field: "field",
    type: "type",
    code: "code",
    value: "default",
    noFields: "No fields of its own.",
    said: (remark) => remark,
  },
  zh: {
    title: "协议参考",
    head: "每种帧的全部字段,直接取自 schema;它们合起来的含义见[线路协议](protocol.md)。名字后面的 `?` 表示该字段可以没有。读取方忽略自己不认识的字段和类型。",
    events: "事件",
    everyEvent: "除自己的字段外,每个事件都有:",
    commands: "命令",
    controls: "控制帧",
    rejects: "拒绝码",
    closes: "关闭码",
    limits: "限额",
    field: "字段",
    type: "类型",
    code: "代码",
    value: "默认值",
    noFields: "没有自己的字段。",
    said: chinese,
  },
};

/** The page of all frames and codes, in Markdown. */
export function referencePage(language: "en" | "zh"): string {
  const words = WORDS[language];
  const frame = (one: Frame): string => frameSection(one, words);
  return `${[
    `# ${words.title}`,
    MADE,
    words.head,
    `## ${words.events}`,
    words.everyEvent,
    table(envelope, words),
    ...events.map(frame),
    `## ${words.commands}`,
    ...commands.map(frame),
    `## ${words.controls}`,
    ...controls.map(frame),
    `## ${words.rejects}`,
    codes(rejectCodes, [words.code, "HTTP"], words),
    `## ${words.closes}`,
    codes(closeCodes, [words.code, "WebSocket"], words),
    `## ${words.limits}`,
    codes(limits, [words.code, words.value], words),
  ].join("\n\n")}\n`;
}

function frameSection({ type, remark, fields }: Frame, words: Words): string {
  const said = remark === "" ? [] : [words.said(remark)];
  return [`### \`${type}\``, ...said, fields.length === 0 ? words.noFields : table(fields, words)].join("\n\n");
}

function table(fields: readonly Field[], { field, type, said }: Words): string {
  const rows = fields.map(
    (one) => `| \`${one.name}${one.required ? "" : "?"}\` | ${cell(`\`${one.type}\``)} | ${cell(said(one.remark))} |`,
  );
  return [`| ${field} | ${type} | |`, "| --- | --- | --- |", ...rows].join("\n");
}

function codes(all: readonly Code[], [name, number]: readonly [string, string], { said }: Words): string {
  const rows = all.map((one) => `| \`${one.name}\` | ${one.number} | ${cell(said(one.remark))} |`);
  return [`| ${name} | ${number} | |`, "| --- | --- | --- |", ...rows].join("\n");
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

function chinese(remark: string): string {
  const said = remark === "" ? "" : REMARKS[remark];
  if (said === undefined) throw new Error(`reference-words.ts has no Chinese for: ${remark}`);
  return said;
}
