// Erasing what an event held, when somebody asks for it or a secret was published by mistake.

import { answer } from "../fixtures/question.ts";
import { expect, test } from "../fixtures/test.ts";

test("what an event held is erased after a question, and its pages say so where it stood", async ({ api, events, event, receiver, page }) => {
  const webhook = await api.createWebhook({ url: receiver.url("/erase"), secret: receiver.secret, retry_schedule: [3600] });
  receiver.answer({ status: 500, body: "canary-of-somebody was refused" });
  await api.publish("BILLING.INVOICEPAID", { person: "canary-of-somebody" });
  await api.until(webhook.id, "retrying");
  await events.open(webhook.id);
  await events.openFirst();
  await expect(event.payload).toContainText("canary-of-somebody");
  await expect(event.resend).toBeVisible();

  const more = page.getByRole("button", { name: "More actions for BILLING.INVOICEPAID" });
  const erase = async (yes: boolean) => {
    await more.click();
    await page.getByRole("menuitem", { name: "Erase content…" }).click();
    await answer(page, "Erase the content of this event?", yes);
  };
  await erase(false);
  await expect(event.payload).toBeVisible();
  await erase(true);
  await expect(page.getByText(/^Content erased on \d.*\.$/)).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(event.status).toContainText("Cancelled");
  await expect(event.hint).toContainText("Its content was erased, so it can't be resent.");
  for (const gone of [event.payload, event.resend, more, page.getByRole("button", { name: "Copy as cURL" })]) {
    await expect(gone).toHaveCount(0);
  }
  await expect(event.headers).toContainText("webhook-id");
  await event.showResponses();
  await expect(event.attempts.first()).toContainText("500");
  await expect(page.getByRole("region", { name: "Response body" })).toContainText("Content erased on");
  await expect(page.locator("main")).not.toContainText("canary-of-somebody");

  await page.goto("/access/audit-log");
  await page.getByRole("row", { name: /Content of an event erased/ }).first().getByRole("link", { name: "BILLING.INVOICEPAID" }).click();
  await expect(page).toHaveURL(/\/events\/unwanted\//);
  await expect(page.getByText(/^Content erased on/)).toBeVisible();
  await expect(page.getByRole("region", { name: "This event at each webhook" })).toContainText("Cancelled");
});
