// A webhook that was inactive: since when, what it missed meanwhile, and the way to send it that.

import type { Response } from "@playwright/test";
import { drawn } from "../fixtures/drawn.ts";
import { expect, test } from "../fixtures/test.ts";

test("who activates a webhook is told what it missed meanwhile, and sends it", async ({ api, receiver, page }) => {
  // Of this run alone: what another has published would be missed too.
  const type = `MISSED${Date.now()}`;
  const events = { mode: "selected", types: [`BILLING.${type}`] };
  const webhook = await api.createWebhook({ url: receiver.url(), secret: receiver.secret, events });
  await api.publish(`BILLING.${type}`);
  await receiver.reached(1);
  await api.changeWebhook(webhook.id, { status: "inactive" });
  expect(await api.publish(`BILLING.${type}`)).toBe(0);
  expect(await api.publish(`BILLING.${type}`)).toBe(0);
  // An edit does not begin it anew.
  await api.changeWebhook(webhook.id, { description: "Billing" });
  await page.goto(`/webhooks/${webhook.id}`);
  const note = page.locator("main .note.warn");
  await expect(note).toContainText(/Inactive since .*\d\d:\d\d\. It receives nothing/);
  await note.getByRole("button", { name: "Activate" }).click();
  await expect(note).toHaveCount(0);
  const told = page.locator(".toasts");
  await expect(told).toContainText("Webhook activated. 2 events were published meanwhile.");
  await told.getByRole("link", { name: "Send missed events…" }).click();
  await expect(told.getByRole("link")).toHaveCount(0);
  const dialog = page.getByRole("dialog", { name: "Send missed events" });
  await expect(dialog).toContainText("2 events were missed.");
  await expect(dialog.getByRole("combobox", { name: "When" }).locator("option").first()).toHaveText(/^From .*\d\d:\d\d/);
  await dialog.getByRole("button", { name: "Send 2" }).click();
  await receiver.reached(3);
  await expect(page.getByRole("table").getByRole("row")).toHaveCount(3);
});

test("where nothing was missed nothing more is said, in the form neither", async ({ api, receiver, form, webhooks, page }) => {
  const events = { mode: "selected", types: [`BILLING.NONE${Date.now()}`] };
  const webhook = await api.createWebhook({ url: receiver.url(), secret: receiver.secret, events, status: "inactive" });
  await webhooks.open();
  const counted = () => page.waitForResponse((response) => response.url().endsWith("/send-missed"));
  const nothing = async (answer: Promise<Response>) => {
    expect(await (await answer).json()).toMatchObject({ count: 0 });
    await drawn(page);
    await expect(page.locator(".toasts")).toContainText("Webhook activated");
    await expect(page.locator(".toasts").getByRole("link")).toHaveCount(0);
  };
  let answered = counted();
  await (await webhooks.openMenu(webhook.url)).getByRole("menuitem", { name: "Activate" }).click();
  await nothing(answered);
  await api.changeWebhook(webhook.id, { status: "inactive" });
  await form.openEdit(webhook.id);
  await form.active.check();
  answered = counted();
  await form.save();
  await nothing(answered);
});

test("a webhook that the server has deactivated does not look like one that somebody switched off", async ({ api, receiver, webhooks, page }) => {
  const gone = await api.createWebhook({ url: receiver.url("/gone"), secret: receiver.secret });
  const off = await api.createWebhook({ url: receiver.url("/off"), secret: receiver.secret, status: "inactive" });
  receiver.answer({ status: 410 });
  await api.publish();
  await webhooks.open();
  const pill = (url: string) => webhooks.row(url).locator("td:nth-child(4) .badge");
  await expect(pill(gone.url)).toHaveText("Deactivated");
  await expect(pill(gone.url)).toHaveClass(/\bbad\b/);
  await expect(webhooks.row(gone.url)).toContainText("its server responded with 410 Gone");
  await expect(pill(off.url)).toHaveText("Inactive");
  await expect(pill(off.url)).not.toHaveClass(/\bbad\b/);
  await page.goto(`/webhooks/${gone.id}`);
  await expect(page.locator("main .note.bad").first()).toContainText(/Inactive since .*410 Gone/);
});
