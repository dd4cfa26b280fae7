// What is shown follows what happens: also what is heard before it was loaded, what no news tells, and what only time changes.

import type { Route } from "@playwright/test";
import { loaded } from "../fixtures/drawn.ts";
import { hold, withoutStream } from "../fixtures/route.ts";
import { expect, test } from "../fixtures/test.ts";

test("an event that is published while its list is on its way stands in it", async ({ api, webhook, webhooks, events, page }) => {
  await page.clock.install();
  await webhooks.open();
  await expect(page.locator(".live")).toHaveText("Live");
  const told = await page.evaluateHandle(async () => {
    const stream = new EventSource("/api/v1/live");
    await new Promise((opened) => stream.addEventListener("open", opened));
    const heard = new Promise<void>((heard) => {
      stream.addEventListener("delivery.updated", ({ data }) => {
        if (JSON.parse(data).status === "delivered") heard(stream.close());
      });
    });
    return { heard };
  });
  let [asked, go] = [() => {}, () => {}];
  const wasAsked = new Promise<void>((resolve) => (asked = resolve));
  const held = new Promise<void>((resolve) => (go = resolve));
  const answerLate = async (route: Route) => {
    const response = await route.fetch();
    asked();
    await held;
    await route.fulfill({ response });
  };
  await page.route(`**/api/v1/webhooks/${webhook.id}/deliveries?*`, answerLate, { times: 1 });
  await webhooks.viewEvents(webhook.url).click();
  await wasAsked;
  await api.publish();
  await told.evaluate(({ heard }) => heard);
  // What is heard is handed on after a moment.
  await page.clock.runFor(1_000);
  go();
  await expect(events.rows).toHaveText([/^Delivered/]);
});

test("a webhook's own pages say that it is failing, and that it no longer is", async ({ api, webhook, receiver, page }) => {
  await page.clock.install();
  await page.goto(`/webhooks/${webhook.id}/events`);
  const badge = page.locator("main .head .badge");
  const says = (word: string) =>
    expect(async () => {
      await page.clock.runFor(5_000);
      await expect(badge).toHaveText(word, { timeout: 500 });
    }).toPass();
  await says("Active");
  receiver.answer({ status: 500 });
  await api.publishBatch(20);
  await api.until(webhook.id, "failed", 20);
  await says("Failing");
  receiver.answer({ status: 200 });
  await api.publish();
  await api.until(webhook.id, "delivered");
  await says("Active");
});

for (const [name, path] of [
  ["the statistics", () => "/webhooks/statistics"],
  ["an overview", (id: string) => `/webhooks/${id}`],
] as const) {
  test(`the figures of ${name} do not grow old where nothing happens`, async ({ webhook, page }) => {
    await page.clock.install();
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/stats?")) asked.push(request.url());
    });
    const open = await hold(page, "**/api/v1/live?*");
    await page.goto(path(webhook.id));
    await expect(page.getByRole("radiogroup", { name: "Period" })).toBeVisible();
    await loaded(page);
    open();
    await expect(page.locator(".live")).toHaveText("Live");
    // What was missed until then is looked for once.
    await page.clock.runFor(10_000);
    await expect.poll(() => asked.length).toBe(2);
    await loaded(page);
    await page.clock.runFor(50_000);
    await expect.poll(() => asked.length).toBe(3);
  });
}

test("what became of an event at each webhook is asked for once", async ({ api, webhook, event, page }) => {
  await api.publish();
  await api.until(webhook.id, "delivered");
  const [delivery] = await api.deliveries(webhook.id);
  await withoutStream(page);
  const asked: string[] = [];
  page.on("request", (request) => {
    if (/\/api\/v1\/events\//.test(request.url())) asked.push(request.url());
  });
  await event.open(delivery?.id ?? "");
  await expect(page.locator(".at-webhooks summary")).toContainText("1 delivered");
  await page.waitForLoadState("networkidle");
  expect(asked).toHaveLength(1);
});

test("a webhook is deactivated also where somebody has changed it meanwhile", async ({ api, webhook, webhooks, page }) => {
  await webhooks.open();
  await (await webhooks.openMenu(webhook.url)).getByRole("menuitem", { name: "Deactivate" }).click();
  const question = page.getByRole("dialog", { name: "Deactivate this webhook?" });
  await expect(question).toBeVisible();
  await api.changeWebhook(webhook.id, { description: "Changed meanwhile" });
  await question.getByRole("button", { name: "Deactivate" }).click();
  await expect(page.locator(".toasts")).toContainText("Webhook deactivated");
  await expect(webhooks.row(webhook.url)).toContainText("Inactive");
});

test("a later page of the webhooks on which nothing is left says so, and leads back", async ({ api, receiver, webhooks, page }) => {
  const [older, newer] = [receiver.url("/older"), receiver.url("/newer")];
  const { id } = await api.createWebhook({ url: older, secret: receiver.secret });
  await api.createWebhook({ url: newer, secret: receiver.secret });
  const { next_cursor } = await api.read<{ next_cursor: string }>("/webhooks?limit=1");
  await page.goto(`/webhooks?after=${next_cursor}`);
  await expect(webhooks.rows).toHaveText([/older/]);
  await expect(page.locator(".live")).toHaveText("Live");
  await api.send("DELETE", `/webhooks/${id}`);
  await expect(page.getByRole("heading", { name: "Nothing more found" })).toBeVisible();
  await expect(page.getByText("No webhooks yet")).toHaveCount(0);
  await page.getByRole("link", { name: "Newest" }).click();
  await expect(webhooks.rows).toHaveText([/newer/]);
});

test.describe("on a line that breaks", () => {
  test.use({ expectedErrors: /ERR_FAILED|status of 503/ });

  test("a test event that arrives is said to have arrived, where one answer about it was lost", async ({ webhook, receiver, page }) => {
    await page.goto(`/webhooks/${webhook.id}`);
    await page.route("**/api/v1/deliveries/*", (route) => route.abort(), { times: 1 });
    await page.getByRole("button", { name: "Send test" }).click();
    await expect(page.locator("main .outcome")).toContainText("Your server responded with 200");
    expect(receiver.received).toHaveLength(1);
  });
});

test("whoever confirms that a key goes keeps the focus on the page that was opened meanwhile", async ({ api, page }) => {
  const name = `going-${Date.now()}`;
  await api.send("POST", "/api-keys", { name, role: "viewer" });
  await page.goto("/access/api-keys");
  await page.getByRole("button", { name: `Revoke ${name}` }).click();
  const go = await hold(page, "**/api/v1/api-keys/*", "DELETE");
  await page.getByRole("dialog", { name: /^Revoke/ }).getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("link", { name: "Events", exact: true }).first().click();
  const search = page.getByRole("searchbox");
  await search.focus();
  go();
  await expect(page.locator(".toasts")).toContainText("API key revoked");
  await expect(search).toBeFocused();
});
