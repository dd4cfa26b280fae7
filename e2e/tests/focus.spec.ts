// Where the focus is after what was pressed has gone, or led nowhere: never on nothing.

import { unavailable } from "../fixtures/route.ts";
import { expect, test } from "../fixtures/test.ts";

test("the form that n opened gives the focus to the heading of the list", async ({ webhooks, form, page }) => {
  await webhooks.open();
  await expect(webhooks.heading).toBeVisible();
  await page.keyboard.press("n");
  await expect(form.url).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(form.dialog).toHaveCount(0);
  await expect(webhooks.heading).toBeFocused();
});

test("whoever changes the language stays at the language", async ({ page }) => {
  await page.goto("/settings");
  await page.getByRole("radio", { name: "English" }).focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Configurações");
  await expect(page.getByRole("radio", { name: "Português" })).toBeFocused();
});

test("whoever signs out is at the heading of the way in", async ({ page }) => {
  await page.goto("/account");
  await page.getByRole("button", { name: "Sign out" }).press("Enter");
  await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeFocused();
});

test("a notice stays as long as somebody is at it", async ({ webhook, webhooks, page }) => {
  await page.clock.install();
  await webhooks.open();
  await (await webhooks.openMenu(webhook.url)).getByRole("menuitem", { name: "Deactivate" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
  const notice = page.locator(".toasts .note");
  const dismiss = notice.getByRole("button", { name: "Dismiss" });
  await dismiss.focus();
  await page.clock.runFor(10_000);
  await expect(dismiss).toBeFocused();
  await webhooks.search.focus();
  await page.clock.runFor(10_000);
  await expect(notice).toHaveCount(0);
});

test.describe("when the API fails", () => {
  test.use({ expectedErrors: /the server responded with a status of 503|net::ERR_FAILED/ });

  for (const [name, answer] of [["its database is away", unavailable], ["it cannot be reached", "abort"]] as const) {
    test(`what the form says has the focus: ${name}`, async ({ form, page }) => {
      await page.route("**/api/v1/webhooks", (route) => (answer === "abort" ? route.abort() : answer(route)));
      await form.send("https://example.com/hooks");
      await expect(form.alert.locator(".note")).toBeFocused();
      await form.submit.click();
      await expect(form.alert.locator(".note")).toBeFocused();
    });
  }

  test("what is wrong with the fields is said in the place of an answer from before", async ({ form, page }) => {
    await page.route("**/api/v1/webhooks", unavailable);
    await form.send("https://example.com/hooks");
    await expect(form.alert).toContainText("The database is away.");
    await form.url.fill("ftp://example.com");
    await form.submit.click();
    await expect(form.alert).toHaveText("One field needs your attention.");
    await expect(form.url).toBeFocused();
  });
});
