import type { ModelTool } from "../model-port.ts";

export type Tools = ReadonlyMap<string, ModelTool>;

/** What stands on an action's line. */
export interface ActionLine {
  /** The tool's name as it was offered; else the first word of the line. */
  readonly name: string;
  /** The line without marks. */
  readonly said: string;
  /** Undefined where no such tool was offered. */
  readonly tool: ModelTool | undefined;
  /** The line holds the tool's name and no other words. */
  readonly alone: boolean;
  /** The line says in words that there is no action. */
  readonly none: boolean;
  /** What stands between parentheses behind the name. */
  readonly inline: string;
}

const NONE =
  /^\W*(?:(?:none|null|nil|n\/a|nothing|not (?:needed|necessary|required|applicable)|no (?:action|tool|need)\w*)\b|无|無|没有|沒有|不需要|不用)/i;

/** Longer names are cut. */
const LONGEST = 64;

/** Reads the line behind `Action:`: a name, in whatever form and with whatever marks around it. */
export function readActionLine(line: string, tools: Tools): ActionLine {
  const said = line.replace(/^[\s*_`"'“‘「<[]+/, "").trimEnd();
  const word = bare(/^[^\s(（{:：,，]*/.exec(said)![0]);
  const whole = find(bare(said), tools);
  const tool = whole ?? find(word, tools) ?? find(word.replace(/^\w+[./]/, ""), tools);
  const inline = /^[^(（]*[(（](.*?)[)）]?[\s*_`.]*$/.exec(said)?.[1] ?? "";
  return {
    name: tool?.name ?? word.slice(0, LONGEST),
    said: bare(said),
    tool,
    alone: whole !== undefined || (tool !== undefined && /^[^\s(（]+[(（]/.test(said)),
    none: tool === undefined && NONE.test(said),
    inline: tool === undefined ? "" : inline.trim(),
  };
}

const bare = (text: string): string => text.replace(/[\s*_`"'”’」>\].,;。，；!！]+$/, "");

function find(name: string, tools: Tools): ModelTool | undefined {
  const exact = tools.get(name);
  if (exact !== undefined || name === "") return exact;
  const wanted = plain(name);
  return [...tools.values()].find((tool) => plain(tool.name) === wanted);
}

const plain = (name: string): string => name.toLowerCase().replace(/[\s-]+/g, "_");
