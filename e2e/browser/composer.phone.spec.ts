import { Buffer } from "node:buffer";
import AxeBuilder from "@axe-core/playwright";
import { ended, expect, lastTurn, test } from "../kit/browser-test.ts";

test.use({ locale: "zh-CN", colorScheme: "dark" });

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGNgaPiPFTEMLQkApyB/wTOrs7gAAAAASUVORK5CYII=",
  "base64",
);

test("on a phone, in Chinese and dark: files fit the screen, are sent, and are told of in words", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  await page.goto(gateway.url);
  await expect(page.getByTestId("composer")).toBeVisible();
  await page.getByTestId("file-input").setInputFiles([
    { name: "图片.png", mimeType: "image/png", buffer: PNG },
    { name: "一份名字很长很长很长很长很长的说明.md", mimeType: "text/markdown", buffer: Buffer.from("# 说明\n") },
    { name: "a.zip", mimeType: "application/zip", buffer: Buffer.from("PK\x03\x04\0") },
  ]);
  const chips = page.getByTestId("draft-file");
  await expect(chips.nth(0)).toHaveAttribute("data-state", "done");
  await expect(chips.nth(1)).toHaveAttribute("data-state", "done");
  await expect(chips.nth(2)).toContainText("不接受");
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(await overflow()).toBeLessThanOrEqual(0);
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa"]).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.getByTestId("composer").fill("这是什么？");
  await page.getByTestId("send").tap();
  await ended(page, "done");
  await expect(lastTurn(page)).toContainText("我看到一张 1 KB 的图片");
  expect(await overflow()).toBeLessThanOrEqual(0);
  await page.getByTestId("message-picture").tap();
  await expect(page.getByRole("dialog", { name: "图片.png" })).toBeVisible();
});
