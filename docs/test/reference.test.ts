import { CLOSE_CODES, LIMITS, REJECT_CODES } from "@millrace/protocol";
import { expect, it } from "vitest";
import { chineseConfiguration } from "../scripts/configuration-page.ts";
import { referencePage } from "../scripts/reference-page.ts";
import { REMARKS } from "../scripts/reference-words.ts";
import { closeCodes, commands, controls, envelope, events, limits, rejectCodes } from "../scripts/wire.ts";
import { markdownOf } from "./site.ts";

it.each(["en", "zh"] as const)(
  "reference.md (%s) is what the schemas say: else run npm run reference -w @millrace/docs",
  (language) => {
    expect(markdownOf(language === "en" ? "reference" : "zh/reference")).toBe(referencePage(language));
  },
);

it("zh/configuration.md follows the English page: else run npm run reference -w @millrace/docs", () => {
  expect(markdownOf("zh/configuration")).toBe(chineseConfiguration(markdownOf("configuration")));
});

it("has every code and limit of the source, with its number", () => {
  const numbers = (all: readonly { name: string; number: string }[]): object =>
    Object.fromEntries(all.map(({ name, number }) => [name, Number(number)]));
  expect(numbers(rejectCodes)).toEqual(REJECT_CODES);
  expect(numbers(closeCodes)).toEqual(CLOSE_CODES);
  expect(numbers(limits)).toEqual(LIMITS);
});

it("finds what the sources say of fields", () => {
  expect(events.find(({ type }) => type === "step")?.remark).toContain("Before each model call");
  expect(
    commands.find(({ type }) => type === "send")?.fields.find(({ name }) => name === "replaces")?.remark,
  ).toContain("whose place this one takes");
});

it("has every remark of the sources in Chinese, and none that is gone", () => {
  const frames = [...events, ...commands, ...controls];
  const said = [
    ...frames,
    ...frames.flatMap(({ fields }) => fields),
    ...envelope,
    ...rejectCodes,
    ...closeCodes,
    ...limits,
  ];
  const remarks = new Set(said.map(({ remark }) => remark).filter((remark) => remark !== ""));
  expect(Object.keys(REMARKS).sort()).toEqual([...remarks].sort());
});
