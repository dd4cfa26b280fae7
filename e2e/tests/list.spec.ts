import { expect, test } from "../fixtures/test.ts";

test("each webhook shows its buttons in the row", async ({ webhook, webhooks }) => {
  await webhooks.open();
  for (const button of [webhooks.viewEvents(webhook.url), webhooks.edit(webhook.url), webhooks.delete(webhook.url)]) {
    await expect(button).toBeVisible();
    await expect(button).toBeInViewport();
  }
});

test("the filter of the webhooks list stands in the URL", async ({ api, webhooks, receiver, page }) => {
  await api.createWebhook({ url: receiver.url("/billing"), secret: receiver.secret });
  await api.createWebhook({ url: receiver.url("/support"), secret: receiver.secret });
  await webhooks.open();
  await expect(webhooks.rows).toHaveCount(2);
  await webhooks.search.fill("bill");
  await expect(webhooks.rows).toHaveCount(1);
  await expect(page).toHaveURL(/\?q=bill$/);
  await page.reload();
  await expect(webhooks.rows).toHaveCount(1);
  await expect(webhooks.search).toHaveValue("bill");
  await webhooks.search.fill("nobody has this");
  await expect(page.getByRole("heading", { name: "No webhooks match this filter" })).toBeVisible();
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(webhooks.rows).toHaveCount(2);
});

test("the events list is narrowed by status, type and text, and Back restores it", async ({ api, webhook, events, event, receiver, page }) => {
  receiver.next({ status: 500 });
  await api.publish("TRANSACTION.TRANSACTIONSTATUSUPDATED", { order: "A-1" });
  await expect.poll(() => receiver.received.length).toBe(1);
  await api.publish("TRANSACTION.TRANSACTIONSTATUSUPDATED", { order: "A-2" });
  await api.publish("SMARTAUTH.PROFILEUPDATEDEVENT", { order: "B-1" });
  await events.open(webhook.id);
  await expect(events.rows).toHaveCount(3);
  await expect(events.rows.filter({ hasText: "Delivered" })).toHaveCount(2);

  await events.only("Failed");
  await expect(events.rows).toHaveCount(1);
  await expect(page).toHaveURL(/\?status=failed$/);
  await events.only("All");
  await events.type.selectOption("TRANSACTION.TRANSACTIONSTATUSUPDATED");
  await expect(events.rows).toHaveCount(2);
  await events.search.fill("A-2");
  await expect(events.rows).toHaveCount(1);
  await expect(page).toHaveURL(/\?type=TRANSACTION\.TRANSACTIONSTATUSUPDATED&q=A-2$/);

  await events.openFirst();
  await expect(event.heading).toHaveText("TRANSACTION.TRANSACTIONSTATUSUPDATED");
  await page.goBack();
  await expect(events.rows).toHaveCount(1);
  await expect(events.search).toHaveValue("A-2");
  await expect(events.type).toHaveValue("TRANSACTION.TRANSACTIONSTATUSUPDATED");

  await events.search.fill("nothing has this");
  await expect(page.getByRole("heading", { name: "No events match these filters" })).toBeVisible();
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(events.rows).toHaveCount(3);
});

test("older events are a page further, and Back restores the page before", async ({ api, webhook, events, page }) => {
  const published = 60;
  const perPage = 50;
  for (let number = 0; number < published; number += 1) await api.publish();
  await events.open(webhook.id);
  await expect(events.rows).toHaveCount(perPage);
  const newest = await events.rows.first().innerText();
  await events.older.click();
  await expect(events.rows).toHaveCount(published - perPage);
  await expect(page).toHaveURL(/\?after=/);
  await expect(events.older).toHaveCount(0);
  await page.reload();
  await expect(events.rows).toHaveCount(published - perPage);
  await page.goBack();
  await expect(events.rows).toHaveCount(perPage);
  expect((await events.rows.first().innerText()).split("\n")).toContain(newest.split("\n")[1]);
  await events.older.click();
  await events.newest.click();
  await expect(events.rows).toHaveCount(perPage);
});

test("a new event appears by itself", async ({ api, webhook, events, page }) => {
  await events.open(webhook.id);
  await expect(page.getByRole("heading", { name: "No events yet" })).toBeVisible();
  await api.publish();
  await expect(events.rows).toHaveCount(1);
  await expect(events.rows.first()).toContainText("Delivered");
});
