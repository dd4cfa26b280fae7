// What stands on paper.

import { expect, test } from "../fixtures/test.ts";

test("an attempt is printed over the full width, below the attempts, without what can be pressed", async ({ api, receiver, page }) => {
  receiver.answer({ status: 503 });
  const { id } = await api.createWebhook({ url: receiver.url(), secret: receiver.secret, retry_schedule: [1] });
  await api.publish();
  await api.until(id, "failed");
  await page.goto(`/events/${(await api.deliveries(id))[0]?.id}/responses?attempt=1`);
  const answer = page.getByRole("region", { name: "Response headers" });
  await expect(answer).toBeVisible();
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".attempts button")).toHaveCount(2);
  await expect(page.locator(".attempts button").first()).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Breadcrumb" })).toContainText(receiver.url().replace("http://", ""));
  await expect(page.getByRole("combobox", { name: "Compare with" })).toBeHidden();
  const [width, main] = await Promise.all([answer, page.locator("main")].map(async (part) => (await part.boundingBox())?.width));
  expect(width).toBe(main);
  await page.goto("/webhooks");
  await expect(page.getByRole("columnheader", { name: "Status" })).toBeVisible();
  await expect(page.getByRole("columnheader", { name: "Actions" })).toBeHidden();
});
