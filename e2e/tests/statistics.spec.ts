// The figures of all webhooks: whether something is wrong, since when, and at which of them.

import type { Page, Route } from "@playwright/test";
import type { Api, Webhook } from "../fixtures/api.ts";
import { look } from "../fixtures/look.ts";
import type { Receiver } from "../fixtures/receiver.ts";
import { withoutStream } from "../fixtures/route.ts";
import { expect, test } from "../fixtures/test.ts";

interface Stats {
  counts: { delivered: number; failed: number; retrying: number; pending: number };
  buckets: { delivered: number; failed: number; retrying: number }[];
  webhooks: { id: string; delivered: number; failed: number; retrying: number }[];
}

/** One that fails, one that is tried again, and one at which all is well. */
async function three(api: Api, receiver: Receiver): Promise<Record<"failing" | "retried" | "fine", Webhook>> {
  const of = { secret: receiver.secret };
  const failing = await api.createWebhook({ ...of, url: receiver.url("/failing"), description: "Billing of the customer" });
  receiver.answer({ status: 503 });
  await api.publishBatch(2);
  await api.until(failing.id, "failed", 2);
  await api.changeWebhook(failing.id, { status: "inactive" });
  const retried = await api.createWebhook({ ...of, url: receiver.url("/retried"), retry_schedule: [100_000] });
  await api.publish();
  await api.until(retried.id, "retrying");
  receiver.answer({ status: 200 });
  await api.changeWebhook(retried.id, { status: "inactive" });
  const fine = await api.createWebhook({ ...of, url: receiver.url("/fine") });
  await api.publishBatch(3);
  await api.until(fine.id, "delivered", 3);
  return { failing, retried, fine };
}

const rows = (page: Page) => page.getByRole("region", { name: "By webhook" }).getByRole("row").filter({ has: page.getByRole("cell") });

test("the webhooks that fail most come first, and lead to what failed", async ({ api, receiver, webhooks, events, page }) => {
  const { failing, retried } = await three(api, receiver);
  await webhooks.open();
  await page.getByRole("link", { name: "Statistics" }).press("Enter");
  await expect(page).toHaveURL(/\/webhooks\/statistics$/);
  await expect(page.getByRole("heading", { level: 1, name: "Statistics" })).toBeFocused();
  await expect(page).toHaveTitle("Statistics · Hookwright");
  await expect(rows(page)).toHaveText([/Billing of the customer.*\/failing.*020/, /\/retried.*001/, /\/fine.*300/]);

  await rows(page).nth(0).getByRole("link", { name: "2", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`/webhooks/${failing.id}/events\\?status=failed&period=24h$`));
  await expect(events.rows).toHaveCount(2);
  await page.goBack();
  await rows(page).nth(1).getByRole("link", { name: "1", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`/webhooks/${retried.id}/events\\?status=retrying&period=24h$`));
  await expect(events.rows).toHaveCount(1);
  await page.goBack();
  await rows(page).nth(0).getByRole("link", { name: /^Billing/ }).press("Enter");
  await expect(page).toHaveURL(new RegExp(`/webhooks/${failing.id}\\?period=24h$`));
});

test("the charts are those of the API, and what is retried is told apart", async ({ api, receiver, page }) => {
  await three(api, receiver);
  const { counts, buckets } = await api.read<Stats>("/stats");
  await page.goto("/webhooks/statistics");
  const tile = (name: string) => page.locator(".stats > div").filter({ has: page.getByText(name, { exact: true }) }).locator("dd");
  // Tests before may have sent a thousand.
  const written = (count: number) => count.toLocaleString("en-GB");
  await expect(tile("Delivered")).toHaveText(written(counts.delivered));
  await expect(tile("Failed")).toHaveText(written(counts.failed - counts.retrying));
  await expect(tile("Being retried")).toHaveText(written(counts.retrying));
  const over = page.getByRole("region", { name: "Deliveries over time" });
  await expect(over.getByRole("img")).toHaveAccessibleName(/failed and \d+ being retried below it/);
  await expect(over.locator(".key li")).toHaveText(["Delivered", "Failed", "Being retried"]);
  // A shape of its own, and not only a colour: an outline below the bar of what failed.
  const [failed, again] = [over.locator("rect.bad").last(), over.locator("rect.warn").last()];
  const number = async (bar: typeof failed, name: string) => Number(await bar.getAttribute(name));
  expect(await number(again, "y")).toBeCloseTo((await number(failed, "y")) + (await number(failed, "height")), 1);
  expect(await again.evaluate((bar) => getComputedStyle(bar).stroke)).not.toBe("none");
  expect(await failed.evaluate((bar) => getComputedStyle(bar).stroke)).toBe("none");
  await over.getByText("Show as table").click();
  await expect(over.locator("tbody tr")).toHaveCount(buckets.length);
  const shown = await over.locator("tbody tr").evaluateAll((all) => all.map((row) => [...row.querySelectorAll("td")].slice(1).map((cell) => cell.textContent)));
  expect(shown).toEqual(buckets.map(({ delivered, failed, retrying }) => [delivered, failed - retrying, retrying].map(written)));
  // Each webhook has a limit of its own.
  await expect(page.getByRole("region", { name: "Latency", exact: true }).locator("line.limit")).toHaveCount(0);
  await page.locator(".note.bad").getByRole("link", { name: "View these events" }).click();
  await expect(page).toHaveURL(/\/events\?status=failed,retrying&period=24h$/);
});

test("the figures follow what happens, and the period stands in the URL", async ({ api, webhook, page }) => {
  await api.publish();
  await api.until(webhook.id, "delivered");
  await page.clock.install();
  await page.goto("/webhooks/statistics?period=7d");
  await expect(page.getByRole("radio", { name: "7 days" })).toBeChecked();
  await expect(rows(page)).toHaveText([/\/hooks.*100/]);
  await api.publish();
  await api.until(webhook.id, "delivered", 2);
  await expect(async () => {
    await page.clock.runFor(5_000);
    await expect(rows(page)).toHaveText([/\/hooks.*200/], { timeout: 500 });
  }).toPass();
  await page.getByRole("radiogroup", { name: "Period" }).getByText("1 h", { exact: true }).click();
  await expect(page).toHaveURL(/\/webhooks\/statistics\?period=1h$/);
});

/** Answers as where nothing happened. */
async function nothing(route: Route): Promise<void> {
  const counts = { delivered: 0, failed: 0, retrying: 0, pending: 0, success_rate: null };
  const stats = await (await route.fetch()).json();
  await route.fulfill({ json: { ...stats, counts, failures: [], types: [], webhooks: [] } });
}

for (const [locale, empty] of [
  ["en-US", "Nothing was delivered in this period."],
  ["pt-BR", "Nada foi entregue neste período."],
] as const) {
  test.describe(locale, () => {
    test.use({ locale });

    test("axe finds nothing on the statistics, and nothing sticks out", async ({ api, receiver, page }) => {
      test.slow();
      await three(api, receiver);
      await page.goto("/webhooks/statistics?period=7d");
      await expect(page.locator(".by-type tbody tr").first()).toBeVisible();
      for (const fold of await page.locator(".chart summary").all()) await fold.click();
      await look(page, `${locale} statistics`);
      await page.route("**/api/v1/stats?*", nothing);
      await page.reload();
      await expect(page.getByRole("heading", { name: empty })).toBeVisible();
      await look(page, `${locale} statistics without any`);
    });
  });
}

test.describe("when the API fails", () => {
  test.use({ expectedErrors: /the server responded with a status of 503/ });

  test("the statistics say so, and load when asked again", async ({ page }) => {
    await withoutStream(page);
    await page.route("**/api/v1/stats?*", (route) => route.fulfill({ status: 503, body: "" }));
    await page.goto("/webhooks/statistics");
    const alert = page.getByRole("alert").filter({ hasText: "Couldn't load the figures" });
    await expect(alert).toBeVisible();
    await page.unroute("**/api/v1/stats?*");
    await alert.getByRole("button", { name: "Try again" }).click();
    await expect(alert).toHaveCount(0);
    await expect(page.locator("main .card").first()).toBeVisible();
  });
});
