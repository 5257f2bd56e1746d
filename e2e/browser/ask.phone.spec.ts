import { type Action, reply, scriptByContent, toolCalls } from "@millrace/scripted-model";
import { askCard, ended, expect, expectPageEqualsLog, lastTurn, press, test } from "../kit/browser-test.ts";

test.use({ locale: "zh-CN", colorScheme: "dark" });

const command = 'for f in recordings/*.pcm; do\n  ffmpeg -n -f s16le -i "$f" "$f.mp3"\ndone';
const responder = () =>
  scriptByContent([
    {
      when: "转换",
      script: (_, { step }): Action[] =>
        step === 1 ? toolCalls([{ id: "c", name: "bash", arguments: { command } }]) : reply("好的，不转换了。"),
    },
  ]);

test("on a phone, in Chinese: the question fits, is denied with a reason, and nothing is wider than the screen", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(responder(), {});
  await page.goto(gateway.url);
  await page.getByTestId("composer").fill("转换");
  await page.getByTestId("send").tap();
  await expect(askCard(page)).toContainText("允许 bash 运行这条命令吗？");
  await expect(page.getByTestId("truth")).toContainText("等你决定");
  await expect(page.getByTestId("truth")).toContainText("bash 请求运行一条命令");
  // Nothing that it says is cut.
  const cut = await page
    .getByTestId("truth")
    .locator(".ell")
    .evaluateAll((all) => all.filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth).length);
  expect(cut).toBe(0);
  await page.screenshot({ path: test.info().outputPath("waiting.png") });
  const card = await askCard(page).boundingBox();
  const composer = await page.getByTestId("composer").boundingBox();
  expect((card?.y ?? 0) + (card?.height ?? 0)).toBeLessThanOrEqual(composer?.y ?? 0);
  expect((composer?.y ?? 0) + (composer?.height ?? 0)).toBeLessThanOrEqual(844);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  for (const button of await askCard(page).getByTestId("ask-option").all()) {
    expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  }
  await press(page, "deny");
  await page.getByTestId("ask-text").fill("原始录音要保留");
  await page.getByTestId("ask-send").tap();
  await ended(page, "done");
  await expect(page.getByTestId("tool")).toContainText("你已拒绝");
  await expect(lastTurn(page).getByTestId("ask-record")).toContainText("原始录音要保留");
  await expectPageEqualsLog(page, gateway);
});
