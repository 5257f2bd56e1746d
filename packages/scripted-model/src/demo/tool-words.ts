import { inLanguage, type Turn } from "./turn.ts";

/** For when the request does not offer the tool an answer needs. */
export function withoutTool(turn: Turn, tool: string): { readonly think: string; readonly say: string } {
  return {
    think: inLanguage(turn, {
      en: `This needs the tool ${tool}, and it is not among the ones I was given.`,
      zh: `这需要工具 ${tool},但提供给我的工具里没有它。`,
    }),
    say: inLanguage(turn, {
      en: `I would need the tool \`${tool}\` for that, and it is not switched on for this run. Switch it on and ask again.`,
      zh: `这需要工具 \`${tool}\`,但这次运行没有启用它。启用之后再问一次就可以。`,
    }),
  };
}

/** For when the tool ran and did not succeed, or was not allowed to. */
export function toolFailed(turn: Turn, tool: string, words: string): { readonly think: string; readonly say: string } {
  return {
    think: inLanguage(turn, {
      en: `The tool ${tool} gave no usable result. I should say so and not make one up.`,
      zh: `工具 ${tool} 没有给出可用的结果。我应当照实说,不能编造。`,
    }),
    say: inLanguage(turn, {
      en: `That did not work: \`${tool}\` answered\n\n> ${words || "(nothing)"}\n\nSo I have no answer to give you. You can ask again.`,
      zh: `没有成功:\`${tool}\` 的返回是\n\n> ${words || "(空)"}\n\n所以我没有答案可以给你,可以再问一次。`,
    }),
  };
}

/** A table cell: one line, without what would end the cell. */
export function cell(value: string): string {
  return value.replace(/\s+/gu, " ").replaceAll("|", "\\|").trim();
}
