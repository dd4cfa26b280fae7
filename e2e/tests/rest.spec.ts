// A webhook that rests, as its receiver has asked: until when, what that means, and the way out.

import { look } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/test.ts";

const ASKS = { status: 429, headers: { "retry-after": "600" } };

test("a webhook that rests says until when, and goes on when somebody says so", async ({ api, receiver, webhooks, page }) => {
  test.slow();
  const type = `RESTS${Date.now()}`;
  const events = { mode: "selected", types: [`BILLING.${type}`] };
  const webhook = await api.createWebhook({ url: receiver.url(), secret: receiver.secret, events });
  receiver.next(ASKS);
  await page.goto(`/webhooks/${webhook.id}`);
  const badge = page.locator("main .head .badge");
  await expect(badge).toHaveText("Active");
  await api.publish(`BILLING.${type}`);
  await expect(badge).toHaveText(/^Resting until .*\d\d:\d\d/);
  const note = page.locator("main .note.warn");
  await expect(note).toContainText(/Resting until .*\d\d:\d\d.*\. The receiver asked us to wait \(429 or 503 with Retry-After\)\./);
  await look(page, "resting overview");
  await webhooks.open();
  await expect(webhooks.row(webhook.url).locator("td:nth-child(4) .badge")).toHaveText(/^Resting until .*\d\d:\d\d/);
  await look(page, "resting list");

  await api.publish(`BILLING.${type}`);
  await page.goto(`/webhooks/${webhook.id}/events`);
  await expect(note).toContainText("The receiver asked us to wait");
  const waiting = page.getByRole("row").nth(1);
  await expect(waiting).toContainText(/Pending.*Next in \d+\smin/);
  await waiting.getByRole("link").click();
  await expect(note).toContainText(/The receiver asked us to wait until .*\d\d:\d\d.* The event is sent then/);
  await look(page, "resting event");
  await expect(page.getByRole("button", { name: "Resend" })).toHaveCount(0);
  expect(receiver.received).toHaveLength(1);

  await page.goto(`/webhooks/${webhook.id}`);
  await note.getByRole("button", { name: "Resume" }).click();
  await expect(note).toHaveCount(0);
  await expect(badge).toHaveText("Active");
  await receiver.reached(2);
});

test("what waits for the end of a rest is sent at once from its own page", async ({ api, receiver, page }) => {
  const type = `WAITS${Date.now()}`;
  const events = { mode: "selected", types: [`BILLING.${type}`] };
  const webhook = await api.createWebhook({ url: receiver.url(), secret: receiver.secret, events });
  receiver.next(ASKS);
  await api.publish(`BILLING.${type}`);
  await page.goto(`/webhooks/${webhook.id}`);
  await expect(page.locator("main .head .badge")).toHaveText(/^Resting until/);
  await api.publish(`BILLING.${type}`);
  await page.goto(`/webhooks/${webhook.id}/events`);
  await page.getByRole("row").nth(1).getByRole("link").click();
  await page.locator("main .note.warn").getByRole("button", { name: "Resume" }).click();
  await expect(page.locator("main .head .badge")).toHaveText("Delivered");
  await expect(page.locator("main .note.ok")).toBeVisible();
  await receiver.reached(2);
});

test("an event that waits for its turn says so, and not that it is being sent", async ({ api, receiver, page }) => {
  const type = `TURNS${Date.now()}`;
  const events = { mode: "selected", types: [`BILLING.${type}`] };
  const limits = { timeout_ms: 30_000, max_concurrency: 1, rate_limit: 7 };
  const webhook = await api.createWebhook({ url: receiver.url(), secret: receiver.secret, events, ...limits });
  receiver.answer({ silent: true });
  await api.publish(`BILLING.${type}`);
  await receiver.reached(1);
  await api.publish(`BILLING.${type}`);
  const [waiting] = await api.deliveries(webhook.id);
  const sending = page.locator("main .head").getByText("Sending…");
  await page.goto(`/events/${waiting?.id}`);
  await expect(sending).toBeVisible();
  // An attempt that had begun would be over by then.
  await page.clock.setFixedTime(Date.now() + 60_000);
  const note = page.locator("main .note");
  await expect(note).toContainText("This event is waiting for its turn at this webhook. Concurrent attempts: 1. Attempts per second: 7.");
  await expect(sending).toHaveCount(0);
  await look(page, "waits for its turn");
  await note.getByRole("link", { name: "Settings" }).click();
  await expect(page).toHaveURL(`/webhooks/${webhook.id}/settings`);
});
