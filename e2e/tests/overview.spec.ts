// The figures and charts of the overview are those of the API.

import { expect, test } from "../fixtures/test.ts";

interface Stats {
  counts: { delivered: number; failed: number };
  buckets: { delivered: number; failed: number; retrying: number }[];
  failures: { status_code: number | null; count: number }[];
  types: { event_type: string; delivered: number; failed: number }[];
  by_hour: number[];
}

test("tiles, charts and tables show the numbers of the API", async ({ api, webhook, receiver, page }) => {
  receiver.next({ status: 503 }, { status: 503 }, { reset: true });
  for (let number = 0; number < 3; number += 1) await api.publish();
  await api.until(webhook.id, "failed", 3);
  for (let number = 0; number < 5; number += 1) await api.publish("SMARTAUTH.PROFILEUPDATEDEVENT");
  await api.until(webhook.id, "delivered", 5);
  const stats = await api.read<Stats>(`/webhooks/${webhook.id}/stats?period=24h`);
  expect(stats.counts).toMatchObject({ delivered: 5, failed: 3 });

  await page.goto(`/webhooks/${webhook.id}`);
  const tiles = page.locator(".stats");
  await expect(tiles).toContainText("62.5%");
  await expect(tiles.getByText("Delivered").locator("..")).toContainText("5");
  await expect(tiles.getByText("Failed").locator("..")).toContainText("3");
  await expect(page.locator(".note.bad")).toContainText("3 events failed in the last 24 hours. Mostly 503 Service Unavailable (2).");

  const over = page.getByRole("region", { name: "Deliveries over time" });
  await expect(over.getByRole("img")).toHaveAccessibleName(/5 delivered above the line, 3 failed and 0 being retried below it/);
  // What failed hangs below the line.
  const line = Number(await over.locator("line.base").getAttribute("y1"));
  for (const bar of await over.locator("rect.bad").all()) expect(Number(await bar.getAttribute("y"))).toBeGreaterThanOrEqual(line);
  for (const bar of await over.locator("rect.ok").all()) {
    expect(Number(await bar.getAttribute("y")) + Number(await bar.getAttribute("height"))).toBeLessThanOrEqual(line + 0.02);
  }
  await over.getByText("Show as table").click();
  const rows = over.getByRole("row").filter({ has: page.getByRole("cell") });
  await expect(rows).toHaveCount(24);
  const shown = await rows.evaluateAll((all) => all.map((row) => [...row.querySelectorAll("td")].slice(1).map((cell) => Number(cell.textContent))));
  expect(shown).toEqual(stats.buckets.map(({ delivered, failed, retrying }) => [delivered, failed - retrying, retrying]));

  const latency = page.getByRole("region", { name: "Latency", exact: true });
  await expect(latency.getByRole("img")).toHaveAccessibleName(/time limit 2\.00\ss/);
  await expect(latency.locator("line.limit")).toHaveCount(1);

  const reasons = page.getByRole("region", { name: "Why events failed" }).getByRole("row");
  await expect(reasons.filter({ hasText: "503 Service Unavailable" })).toContainText("2");
  await expect(reasons.filter({ hasText: "Connection closed" })).toContainText("1");

  const types = page.getByRole("region", { name: "By event type" }).first().getByRole("row");
  await expect(types.filter({ hasText: "SMARTAUTH.PROFILEUPDATEDEVENT" })).toContainText("5");

  // Within a day it would be the first chart again.
  const hours = page.getByRole("region", { name: "By hour of day" });
  await expect(hours).toHaveCount(0);
  await page.goto(`/webhooks/${webhook.id}?period=7d`);
  await hours.getByText("Show as table").click();
  const hourRows = hours.getByRole("row").filter({ has: page.getByRole("cell") });
  await expect(hourRows).toHaveCount(24);
  const counts = await hourRows.evaluateAll((all) => all.map((row) => Number(row.querySelectorAll("td")[1]?.textContent)));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(8);

  await page.getByRole("link", { name: "View these events" }).click();
  await expect(page).toHaveURL(/\/events\?status=failed,retrying&period=7d$/);
  await expect(page.getByRole("table").getByRole("row").filter({ has: page.getByRole("cell") })).toHaveCount(3);
});

test("what failed is sent again from the overview", async ({ api, webhook, receiver, page }) => {
  receiver.answer({ status: 503 });
  for (let number = 0; number < 3; number += 1) await api.publish();
  await api.until(webhook.id, "failed", 3);
  receiver.answer({ status: 200 });
  await page.goto(`/webhooks/${webhook.id}?period=7d`);
  await page.locator(".note.bad").getByRole("link", { name: "Resend these events…" }).click();
  const dialog = page.getByRole("dialog", { name: "Resend all failed events" });
  await expect(dialog).toContainText("Resend 3 events?");
  // The address keeps what is shown, and does not ask again.
  await expect(page).toHaveURL(/\/events\?status=failed,retrying&period=7d$/);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await page.reload();
  await expect(page.getByRole("table")).toBeVisible();
  await expect(dialog).toHaveCount(0);
  await page.goBack();
  await page.locator(".note.bad").getByRole("link", { name: "Resend these events…" }).click();
  await dialog.getByRole("button", { name: "Resend 3" }).click();
  await expect(page.getByText("Done. 3 delivered, 0 failed.").last()).toBeVisible();
});

test("a running resend is told of, wherever it was started, and can be stopped", async ({ api, page, receiver }) => {
  // Its first request goes out alone, and hangs.
  const webhook = await api.createWebhook({ url: receiver.url("/slow"), secret: receiver.secret, timeout_ms: 30_000 });
  receiver.answer({ status: 500 });
  await api.publishBatch(3);
  await api.until(webhook.id, "failed", 3);
  await page.clock.install();
  await page.goto(`/webhooks/${webhook.id}`);
  await expect(page.locator(".note.bad")).toContainText("3 events failed");
  receiver.answer({ silent: true });
  const [from, to] = [new Date(Date.now() - 3_600_000), new Date()].map((at) => at.toISOString());
  await api.send("POST", `/webhooks/${webhook.id}/resend-failed`, { from, to });
  const job = page.getByRole("region", { name: "Resend all failed events" });
  await expect(async () => {
    await page.clock.runFor(5_000);
    await expect(job).toContainText("Resend all failed events. Sending… 1 of 3. 0 delivered, 0 failed.", { timeout: 500 });
  }).toPass();
  await page.reload();
  await expect(job).toContainText("Sending… 1 of 3.");
  await job.getByRole("link", { name: "View events" }).click();
  await expect(page.getByRole("region", { name: "Selection" })).toContainText("Sending… 1 of 3.");
  await page.goBack();
  await job.getByRole("button", { name: "Cancel" }).press("Enter");
  await expect(job).toContainText("Cancelled after 1 of 3. 0 delivered, 0 failed. Deliveries already started continue.");
  await expect(job.getByRole("button", { name: "Dismiss" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(job).toHaveCount(0);
  await expect(page.locator("main h1")).toBeFocused();
});

test("the period stands in the URL, and a webhook without deliveries says so", async ({ webhook, page }) => {
  await page.goto(`/webhooks/${webhook.id}?period=7d`);
  await expect(page.getByRole("radio", { name: "7 days" })).toBeChecked();
  await expect(page.getByRole("region", { name: "Deliveries over time" })).toContainText("Nothing was delivered in this period.");
  await page.getByRole("radiogroup", { name: "Period" }).getByText("1 h", { exact: true }).click();
  await expect(page).toHaveURL(/\?period=1h$/);
});

test("what is only retried does not count as failed, and what waits is counted", async ({ api, receiver, webhooks, page }) => {
  const webhook = await api.createWebhook({ url: receiver.url(), secret: receiver.secret, retry_schedule: [100_000], max_concurrency: 1 });
  receiver.answer({ status: 503 });
  await api.publishBatch(2);
  await api.until(webhook.id, "retrying", 2);
  await page.goto(`/webhooks/${webhook.id}`);
  const tile = (name: string) => page.locator(".stats > div").filter({ has: page.getByText(name, { exact: true }) }).locator("dd");
  await expect(page.locator(".note.warn")).toContainText("2 events in the last 24 hours are being retried.");
  await expect(page.locator(".note.bad")).toHaveCount(0);
  await expect(tile("Failed")).toHaveText("0");
  await expect(tile("Being retried")).toHaveText("2");
  await expect(tile("Waiting")).toHaveText("0");

  await api.changeWebhook(webhook.id, { retry_schedule: [] });
  await api.publish();
  await api.until(webhook.id, "failed");
  await page.reload();
  await expect(page.locator(".note.bad")).toContainText("1 failed, 2 being retried, in the last 24 hours.");
  await expect(tile("Failed")).toHaveText("1");
  await webhooks.open();
  await expect(webhooks.row(webhook.url)).toContainText("0 delivered, 1 failed, 2 being retried");

  await api.changeWebhook(webhook.id, { status: "inactive" });
  await page.goto(`/webhooks/${webhook.id}`);
  await expect(page.locator(".note", { hasText: "Activate" })).toContainText("2 events from the last 24 hours are waiting and will be sent once the webhook is active.");
});

test("a webhook that the server has deactivated is among those that are failing", async ({ api, webhook, webhooks, receiver, page }) => {
  receiver.answer({ status: 410 });
  await api.publish();
  await api.until(webhook.id, "failed");
  await page.goto("/webhooks?status=failing");
  await expect(webhooks.row(webhook.url)).toContainText("Deactivated");
  await expect(page.getByRole("radiogroup", { name: "Status" })).toContainText("Failing (1)");
});

test("a webhook whose latest attempts have failed is called failing, and its row draws the hours", async ({ api, webhook, webhooks, receiver, page }) => {
  receiver.next({ status: 500 }, { status: 500 }, { status: 500 });
  for (let number = 0; number < 3; number += 1) await api.publish();
  await api.until(webhook.id, "failed", 3);
  await webhooks.open();
  await expect(webhooks.row(webhook.url)).toContainText("Failing");
  await expect(webhooks.row(webhook.url).getByText("0%")).toBeVisible();
  await expect(webhooks.row(webhook.url).getByRole("img", { name: "0 delivered, 3 failed" })).toBeVisible();
  await page.getByRole("radiogroup", { name: "Status" }).getByText("Failing (1)", { exact: true }).click();
  await expect(page).toHaveURL(/\?status=failing$/);
  await expect(webhooks.row(webhook.url)).toBeVisible();
  await page.getByRole("radiogroup", { name: "Status" }).getByText("Inactive", { exact: true }).click();
  await expect(webhooks.row(webhook.url)).toBeHidden();
  await page.getByRole("radiogroup", { name: "Status" }).getByText("All", { exact: true }).click();
  await webhooks.row(webhook.url).getByRole("link", { name: webhook.url, exact: true }).click();
  await expect(page.locator("main .head .badge").first()).toHaveText("Failing");

  // One that arrives makes it well, whatever the day was like.
  await api.publish();
  await api.until(webhook.id, "delivered");
  await webhooks.open();
  await expect(webhooks.row(webhook.url)).toContainText("Active");
});

test("shares are those of all, rows lead to their events, and the axis begins at zero", async ({ api, webhook, receiver, events, page }) => {
  receiver.next({ status: 503 }, { status: 500 }, { reset: true });
  for (let number = 0; number < 3; number += 1) await api.publish();
  await api.until(webhook.id, "failed", 3);
  await page.goto(`/webhooks/${webhook.id}`);
  const reasons = page.getByRole("region", { name: "Why events failed" });
  await expect(reasons.locator("rect.bad")).toHaveCount(3);
  for (const bar of await reasons.locator("rect.bad").all()) await expect(bar).toHaveAttribute("width", "3333e-2");
  await expect(page.locator(".note.bad")).not.toContainText("Mostly");
  await expect(page.getByRole("region", { name: "Deliveries over time" }).locator(".marks span")).toHaveText(["0", "3"]);

  await reasons.getByRole("link", { name: "503 Service Unavailable" }).click();
  await expect(page).toHaveURL(/\/events\?period=24h&outcome=503$/);
  await expect(events.rows).toHaveCount(1);
  await page.goBack();
  await reasons.getByRole("link", { name: "Connection closed" }).click();
  await expect(events.rows).toHaveCount(1);
  await page.goBack();
  await page.getByRole("region", { name: "By event type" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\?type=TRANSACTION/);
  await expect(events.rows).toHaveCount(3);
});

test("a bar says in words what it shows and leads to its events, as the table does", async ({ api, webhook, receiver, events, page }) => {
  receiver.next({ status: 503 });
  await api.publish();
  await api.until(webhook.id, "failed");
  await api.publish();
  await api.until(webhook.id, "delivered");
  await page.goto(`/webhooks/${webhook.id}`);
  const over = page.getByRole("region", { name: "Deliveries over time" });
  const bar = over.locator("g").last();
  await expect(bar.locator("title")).toHaveText(/^\d\d:\d\d to \d\d:\d\d: 1 delivered, 1 failed$/);
  // The day on which the period begins, and the other one where that begins.
  const below = await over.locator(".below span").allTextContents();
  expect(below.filter((text) => /^\d+ \w+, \d\d:\d\d$/.test(text.replaceAll("\u00a0", " ")))).toHaveLength(2);
  await bar.click();
  await expect(page).toHaveURL(/\/events\?from=.*&to=/);
  await expect(events.rows).toHaveCount(2);
  await page.goBack();
  await over.getByText("Show as table").click();
  await expect(over.getByRole("link")).toHaveCount(1);
  await over.getByRole("link").click();
  await expect(page).toHaveURL(/\/events\?from=.*&to=/);
  await expect(events.rows).toHaveCount(2);
});

test("in forced colours the legends keep their colours", async ({ api, webhook, receiver, page }) => {
  await api.publish();
  await receiver.reached(1);
  await page.emulateMedia({ forcedColors: "active" });
  await page.goto(`/webhooks/${webhook.id}`);
  const swatch = (of: string) => page.locator(`.key .${of}`).evaluate((item) => getComputedStyle(item, "::before").backgroundColor);
  expect(await swatch("ok")).not.toBe(await swatch("bad"));
});
