// What was typed and not saved is not lost without a question, and a form leaves the list behind it as it was.

import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/test.ts";

const URL = "https://example.com/hooks";

/** What the portal asks from now on is answered so, and counted. */
function answer(page: Page, leave: boolean): { asked: number } {
  const questions = { asked: 0 };
  page.removeAllListeners("dialog");
  page.on("dialog", (question) => {
    questions.asked += 1;
    void (leave ? question.accept() : question.dismiss());
  });
  return questions;
}

test("Escape asks every time, and so does Cancel", async ({ webhooks, form, page }) => {
  await webhooks.open();
  await webhooks.new.click();
  await form.url.pressSequentially(URL);
  const stay = answer(page, false);
  for (let press = 1; press <= 3; press += 1) {
    await page.keyboard.press("Escape");
    await expect.poll(() => stay.asked).toBe(press);
    await expect(form.url).toHaveValue(URL);
  }
  await form.dialog.getByRole("button", { name: "Cancel" }).click();
  await expect.poll(() => stay.asked).toBe(4);
  answer(page, true);
  await page.keyboard.press("Escape");
  await expect(form.dialog).toHaveCount(0);
});

test("Back and a reload ask before a form in a dialog goes", async ({ webhooks, form, page }) => {
  await webhooks.open();
  await webhooks.new.click();
  await form.url.pressSequentially(URL);
  const stay = answer(page, false);
  await page.goBack();
  await expect.poll(() => stay.asked).toBe(1);
  await expect(form.url).toHaveValue(URL);
  await expect(page).toHaveURL(/\/webhooks\/new$/);
  await page.evaluate(() => location.reload());
  await expect.poll(() => stay.asked).toBe(2);
  await expect(form.url).toHaveValue(URL);
  const leave = answer(page, true);
  await page.goBack();
  await expect(form.dialog).toHaveCount(0);
  await expect(page).toHaveURL(/\/webhooks$/);
  expect(leave.asked).toBe(1);
});

test("links, tabs and shortcuts ask before the settings go, and saved ones ask nothing", async ({ webhook, page }) => {
  await page.goto(`/webhooks/${webhook.id}/settings`);
  const description = page.locator("#description");
  await page.getByText("Description and delivery").click();
  await description.fill("changed");
  const stay = answer(page, false);
  const ways = [
    () => page.getByRole("link", { name: "Overview" }).click(),
    () => page.getByRole("link", { name: "Tools" }).click(),
    async () => {
      await page.getByRole("heading", { level: 1 }).focus();
      await page.keyboard.press("g");
      await page.keyboard.press("e");
    },
  ];
  for (const [number, go] of ways.entries()) {
    await go();
    await expect.poll(() => stay.asked).toBe(number + 1);
    await expect(description).toHaveValue("changed");
  }
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.locator(".toasts")).toContainText("Changes saved");
  await page.getByRole("link", { name: "Tools" }).click();
  await expect(page).toHaveURL(/\/tools$/);
  expect(stay.asked).toBe(3);
});

for (const [name, path, field] of [
  ["an operator", "/access/operators", "E-mail"],
  ["an API key", "/access/api-keys", "Name"],
] as const) {
  test(`the form for ${name} asks too`, async ({ page }) => {
    await page.goto(path);
    const dialog = page.getByRole("dialog");
    await page.locator(".head .btn.primary").click();
    await dialog.getByLabel(field).fill("a@example.com");
    const stay = answer(page, false);
    await page.keyboard.press("Escape");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.goBack({ timeout: 2_000 }).catch(() => null);
    await expect.poll(() => stay.asked).toBe(3);
    await expect(dialog.getByLabel(field)).toHaveValue("a@example.com");
    answer(page, true);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await expect(dialog).toHaveCount(0);
  });
}

test("a form over a narrowed list leaves it narrowed, and Back does not open it again", async ({ api, webhook, webhooks, form, receiver, page }) => {
  const url = receiver.url("/acme");
  await api.createWebhook({ url, secret: receiver.secret });
  await page.goto("/event-types");
  await page.getByRole("link", { name: "Webhooks" }).first().click();
  await webhooks.search.fill("acme");
  await expect(page).toHaveURL(/\?q=acme$/);
  await expect(webhooks.row(webhook.url)).toHaveCount(0);
  await webhooks.edit(url).click();
  await expect(form.url).toHaveValue(url);
  await expect(page).toHaveURL(/\/edit\?q=acme$/);
  await form.dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(page).toHaveURL(/\/webhooks\?q=acme$/);
  await expect(webhooks.edit(url)).toBeFocused();
  await page.goBack();
  await expect(page).toHaveURL(/\/event-types$/);
  await expect(form.dialog).toHaveCount(0);

  // Opened by its address, it leads to the list.
  await page.goto("/webhooks/new?q=acme");
  await form.dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(page).toHaveURL(/\/webhooks\?q=acme$/);
  await expect(webhooks.row(url)).toBeVisible();
});

test("the search of the catalogue stands in the URL", async ({ page }) => {
  await page.goto("/event-types");
  const search = page.getByRole("searchbox");
  await search.fill("Profile");
  await expect(page).toHaveURL(/\/event-types\?q=Profile$/);
  const count = await page.locator(".type").count();
  await page.reload();
  await expect(search).toHaveValue("Profile");
  await expect(page.locator(".type")).toHaveCount(count);
});
