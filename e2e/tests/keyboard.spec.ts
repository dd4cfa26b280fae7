import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/test.ts";

/** Presses Tab until that has the focus; fails when it cannot be reached. */
async function tabTo(page: Page, name: string | RegExp, role: "link" | "button" | "textbox" | "radio" | "switch" | "checkbox") {
  const target = page.getByRole(role, { name }).first();
  for (let press = 0; press < 60; press += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return target;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${role} ${name} cannot be reached with Tab`);
}

test("a webhook is created with the keyboard alone", async ({ api, webhooks, form, receiver, page }) => {
  await webhooks.open();
  await expect(webhooks.heading).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await tabTo(page, "New webhook", "link");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "New webhook" });
  await expect(dialog.getByRole("textbox", { name: "Payload URL" })).toBeFocused();
  await page.keyboard.type(receiver.url());
  await tabTo(page, "Generate", "button");
  await page.keyboard.press("Enter");
  await tabTo(page, "None", "radio");
  await page.keyboard.press("ArrowRight");
  await expect(dialog.getByRole("radio", { name: "Basic" })).toBeChecked();
  await tabTo(page, "Username", "textbox");
  await page.keyboard.type("caf");
  await page.keyboard.press("Tab");
  await page.keyboard.type("secret");
  await tabTo(page, /^Send me everything/, "radio");
  await page.keyboard.press("ArrowDown");
  await expect(dialog.getByRole("radio", { name: /^Let me select/ })).toBeChecked();
  await expect(form.group("COMMUNICATION")).toBeVisible();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await tabTo(page, "All of COMMUNICATION", "checkbox");
  await page.keyboard.press("Space");
  await tabTo(page, "Create webhook", "button");
  await page.keyboard.press("Enter");
  // On to the first delivery, without leaving the dialog.
  const created = page.getByRole("dialog", { name: "Webhook created" });
  await expect(created.locator("code")).toHaveText(/^whsec_/);
  await expect(created.getByRole("button", { name: "Send test" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(created).toContainText("Your server responded with 200");
  await page.keyboard.press("Escape");
  await expect(created).toHaveCount(0);
  await expect(webhooks.new).toBeFocused();
  await expect(webhooks.row(receiver.url())).toContainText("5 of 10 event types");
  expect(await api.publish("COMMUNICATION.COMMUNICATIONREJECTEDEVENT")).toBe(1);
  await receiver.reached(2);
  expect(receiver.last.headers.authorization).toBe(`Basic ${Buffer.from("caf:secret").toString("base64")}`);
});

test("what failed is filtered, ticked and sent again, and then all the rest, with the keyboard alone", async ({ api, webhook, deliver, events, receiver, page }) => {
  receiver.next({ status: 500 }, { status: 500 });
  for (let number = 0; number < 3; number += 1) await deliver();
  await events.open(webhook.id);
  await expect(events.rows).toHaveCount(3);
  await tabTo(page, "All", "radio");
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(/status=failed/);
  await expect(events.rows).toHaveCount(2);
  await tabTo(page, /^Select [0-9A-Z]{26}$/, "checkbox");
  await page.keyboard.press("Space");
  await tabTo(page, "Resend 1", "button");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Done. 1 delivered, 0 failed.").last()).toBeVisible();
  await tabTo(page, "Dismiss", "button");
  await page.keyboard.press("Enter");
  await tabTo(page, "Resend all failed events…", "button");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toContainText("Resend 1 event?");
  await tabTo(page, "Resend 1", "button");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await api.until(webhook.id, "delivered", 3);
  expect(receiver.received).toHaveLength(5);
});

test("the focus stays in a dialog, and returns to what opened it", async ({ webhook, webhooks, form, page }) => {
  await webhooks.open();
  await webhooks.new.click();
  await expect(form.url).toBeFocused();
  for (let press = 0; press < 30; press += 1) {
    await page.keyboard.press("Tab");
    const inside = await page.evaluate(() => {
      const { activeElement } = document;
      // Between the last and the first element the browser's own controls have their turn.
      return activeElement === document.body || activeElement?.closest("dialog") !== null;
    });
    expect(inside).toBe(true);
  }
  await page.keyboard.press("Escape");
  await expect(form.dialog).toHaveCount(0);
  await expect(webhooks.new).toBeFocused();
  await expect(page).toHaveURL(/\/webhooks$/);

  await webhooks.edit(webhook.url).click();
  await expect(form.url).toHaveValue(webhook.url);
  await form.openAdvanced();
  await form.field("Description").fill("changed");
  await form.save();
  await expect(webhooks.row(webhook.url)).toContainText("changed");
  await expect(webhooks.edit(webhook.url)).toBeFocused();
});

test("the focus goes to the heading of a new page, and the title says where one is", async ({ api, webhook, webhooks, events, event, page }) => {
  await api.publish();
  await webhooks.open();
  await expect(page).toHaveTitle("Webhooks · Hookwright");
  await webhooks.new.click();
  await expect(page).toHaveTitle("New webhook · Hookwright");
  await page.keyboard.press("Escape");
  await expect(page).toHaveTitle("Webhooks · Hookwright");
  await webhooks.viewEvents(webhook.url).click();
  await expect(page).toHaveTitle(/^Events of 127/);
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await events.openFirst();
  await expect(page).toHaveTitle("TRANSACTION.TRANSACTIONSTATUSUPDATED · Hookwright");
  await expect(event.heading).toBeFocused();
  await page.goBack();
  await expect(page).toHaveTitle(/^Events of 127/);
});

test("a tab keeps the focus when what is below it changes", async ({ api, webhook, events, event, page }) => {
  await api.publish();
  await events.open(webhook.id);
  await events.openFirst();
  await event.showResponses();
  await expect(event.attempts).toHaveCount(1);
  await expect(page.getByRole("link", { name: "Responses (1)" })).toBeFocused();
  await expect(page.getByRole("link", { name: "Responses (1)" })).toHaveAttribute("aria-current", "page");
  await event.showRequest();
  await expect(event.payload).toBeVisible();
  await expect(page.getByRole("link", { name: "Request", exact: true })).toBeFocused();
});
