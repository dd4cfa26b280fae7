// A form goes while somebody is in it: by Escape, and because what it changes is deleted elsewhere.

import { discard } from "../fixtures/question.ts";
import { ADMIN } from "../fixtures/server.ts";
import { endSession } from "../fixtures/session.ts";
import { expect, test } from "../fixtures/test.ts";

const URL = "https://example.com/typed";

for (const way of ["new", "edit"] as const) {
  test(`Escape in a dialog (${way}) asks once, and leaves the list as it was`, async ({ webhook, webhooks, form, page }) => {
    await webhooks.open();
    await (way === "new" ? webhooks.new : webhooks.edit(webhook.url)).click();
    await form.url.focus();
    await page.keyboard.press("End");
    await page.keyboard.type(URL);
    await page.keyboard.press("Escape");
    await discard(page, true);
    await expect(form.dialog).toHaveCount(0);
    await expect(page).toHaveURL(/\/webhooks$/);
    // A second question would come with the step back in the history.
    await webhooks.row(webhook.url).getByRole("link").first().click();
    await expect(page).toHaveURL(new RegExp(`/webhooks/${webhook.id}$`));
    await expect(page.getByRole("dialog")).toHaveCount(0);
  });
}

test.describe("deleted elsewhere", () => {
  test.use({ expectedErrors: /status of 40[14]/ });

  test("whoever types in the settings of a webhook that goes is told so", async ({ api, webhook, page }) => {
    await page.goto(`/webhooks/${webhook.id}/settings`);
    await page.locator("#url").focus();
    await page.keyboard.type("x");
    await api.send("DELETE", `/webhooks/${webhook.id}`);
    await expect(page.locator("#url")).toHaveCount(0);
    await expect(page.locator("main h1")).toBeVisible();
    await expect(page.locator("#broken")).toBeHidden();
    await page.getByRole("link", { name: "Tools" }).first().click();
    await expect(page).toHaveURL(/\/tools$/);
  });

  test("whoever signs in again, and finds the webhook gone, is not asked about a form that went with it", async ({ api, webhook, form, page }) => {
    await form.openEdit(webhook.id);
    await form.url.fill(URL);
    const session = await endSession(page, () => form.submit.click());
    await session.getByLabel("Password").fill(ADMIN.password);
    await api.send("DELETE", `/webhooks/${webhook.id}`);
    await session.getByRole("button", { name: "Sign in" }).click();
    const missing = page.getByRole("dialog", { name: "There is no such webhook" });
    await missing.locator("footer").getByRole("button", { name: "Close" }).click();
    await expect(page).toHaveURL(/\/webhooks$/);
    await expect(page.getByRole("dialog")).toHaveCount(0);
  });
});
