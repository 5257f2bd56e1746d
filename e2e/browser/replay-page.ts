import type { Page } from "@playwright/test";
import { expect } from "../kit/browser-test.ts";
import { asFile } from "./replay-files.ts";

/** The page of a replay: what specs do at it. */

/** Gives a file to the replay's own address; whether it opens is not waited for. */
export async function offerFile(page: Page, url: string, text: string, name?: string): Promise<void> {
  await page.goto(`${url}/replay`);
  await page.getByTestId("replay-file").setInputFiles(asFile(text, name));
}

/** Opens a log from a file; it stands at its end. */
export async function openFile(page: Page, url: string, text: string, name?: string): Promise<void> {
  await offerFile(page, url, text, name);
  await expect(page.getByTestId("replay")).toBeVisible({ timeout: 30_000 });
}

export const position = (page: Page) => page.getByTestId("replay-position");

export const seek = (page: Page, value: number) => position(page).fill(String(value));

export const callOf = (page: Page, id: string) => page.locator(`[data-testid="tool"][data-tool-call-id="${id}"]`);

export const timelineRow = (page: Page, id: string) =>
  page.locator(`[data-testid="timeline-row"][data-tool-call-id="${id}"]`);

/** Drops files onto the page, as a person does. */
export async function drop(page: Page, text: string, name: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([content, called]) => {
      const data = new DataTransfer();
      data.items.add(new File([content!], called!, { type: "" }));
      return data;
    },
    [text, name],
  );
  for (const type of ["dragenter", "dragover", "drop"]) {
    await page.dispatchEvent(".main", type, { dataTransfer: transfer });
  }
}
