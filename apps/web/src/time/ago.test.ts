import { expect, test } from "vitest";
import { ago } from "./ago.ts";

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

test.each([
  [3 * 24 * HOUR, "3 days ago", "3天前"],
  [25 * HOUR, "yesterday", "昨天"],
  [2 * HOUR + 59 * 60_000, "2 hours ago", "2小时前"],
  [60_000, "1 minute ago", "1分钟前"],
  [59_999, "now", "现在"],
  [-5_000, "now", "现在"],
])("%i ms ago is said in the reader's language, by the largest unit that is whole", (passed, en, zh) => {
  expect(ago(NOW - passed, NOW, "en")).toBe(en);
  expect(ago(NOW - passed, NOW, "zh-CN")).toBe(zh);
});
