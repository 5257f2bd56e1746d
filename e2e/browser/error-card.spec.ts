import { failure } from "@millrace/scripted-model";
import { ended, expect, say, test } from "../kit/browser-test.ts";

const refused = () => failure(401, "bad key");

for (const [locale, words, settings] of [
  ["en", ["The model’s endpoint refused the key", "bad key", "Your message and the work above are kept."], "Models"],
  ["zh-CN", ["模型服务拒绝了密钥", "bad key", "你的消息和上面的内容都已保留。"], "模型"],
] as const) {
  test.describe(() => {
    test.use({ locale });
    test(`a refused key is said as what it is, with the way to what can help (${locale})`, async ({ page, stage }) => {
      const { gateway } = await stage.gateway(refused);
      await page.goto(gateway.url);
      await say(page, "Hello");
      await ended(page, "error");
      const card = page.getByTestId("error-card");
      await expect(card).toHaveAttribute("data-code", "unauthorized");
      await expect(card.locator("h3")).toHaveText(words[0]);
      await expect(card.locator("p").first()).toHaveText(words[1]);
      await expect(card.locator("p").last()).toHaveText(words[2]);
      await expect(page.getByTestId("truth")).toContainText(words[0]);
      await page.screenshot({ path: test.info().outputPath("refused-key.png") });
      await page.getByTestId("error-settings").click();
      await expect(page.getByRole("dialog").getByRole("tab", { name: settings, exact: true })).toHaveAttribute(
        "aria-selected",
        "true",
      );
    });
  });
}
