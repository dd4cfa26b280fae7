// The events lists: filters, standing still, and sending many again.

import { expect, test } from "../fixtures/test.ts";

test("the list of all webhooks names each row's webhook", async ({ api, receiver, page }) => {
  // What other tests sent stands in the list too, and one of them may have had the same port.
  const mark = Date.now().toString(36);
  const paths = [`/1${mark}`, `/2${mark}`];
  for (const path of paths) await api.createWebhook({ url: receiver.url(path), secret: receiver.secret });
  await api.publish();
  await receiver.reached(2);
  await page.goto("/events");
  const rows = page.getByRole("table").getByRole("row").filter({ hasText: mark });
  await expect(rows).toHaveCount(2);
  for (const path of paths) await expect(rows.filter({ hasText: path })).toHaveCount(1);
});

test("outcome and window of time narrow the list, from the URL", async ({ webhook, deliver, events, receiver, page }) => {
  receiver.next({ status: 503 }, { reset: true });
  for (let number = 0; number < 3; number += 1) await deliver();
  await events.open(webhook.id);
  await expect(events.rows).toHaveCount(3);
  const outcome = page.getByRole("combobox", { name: "Outcome" });
  await outcome.selectOption("503");
  await expect(page).toHaveURL(/\?outcome=503$/);
  await expect(events.rows).toHaveCount(1);
  await outcome.selectOption("reset");
  await expect(events.rows).toContainText(["Connection closed"]);
  await outcome.selectOption("");
  await page.getByRole("combobox", { name: "When" }).selectOption("1h");
  await expect(page).toHaveURL(/\?period=1h$/);
  await expect(events.rows).toHaveCount(3);
  await events.open(webhook.id, "?to=2020-01-01T00:00:00Z");
  await expect(page.getByRole("heading", { name: "No events match these filters" })).toBeVisible();
  await expect(page.getByRole("combobox", { name: "When" })).toHaveValue("custom");
});

test("new events are only counted, and what happens to a row shows in place", async ({ api, webhook, events, receiver, page }) => {
  receiver.answer({ status: 500 });
  await api.publish();
  await events.open(webhook.id);
  await expect(events.rows).toHaveCount(1);
  await expect(events.rows.first()).toContainText("Failed");
  receiver.answer({ status: 200 });
  await api.publish();
  await api.publish();
  const show = page.getByRole("button", { name: "2 new events. Show" });
  await expect(show).toBeVisible();
  await expect(events.rows).toHaveCount(1);
  const [, , failed] = await api.deliveries(webhook.id);
  await api.send("POST", `/deliveries/${failed?.id}/resend`);
  await expect(events.rows.first()).toContainText("Delivered");
  await expect(events.rows).toHaveCount(1);
  await show.click();
  await expect(events.rows).toHaveCount(3);
  await expect(show).toHaveCount(0);
});

for (const way of ["looked up", "loaded again"] as const) {
  test(`what is ${way} does not undo what was heard of a row meanwhile`, async ({ api, webhook, deliver, events, receiver, page }) => {
    receiver.next({ status: 500 });
    await deliver();
    await deliver();
    await events.open(webhook.id);
    const row = events.rows.last();
    await expect(row).toContainText("Failed");
    await expect(page.locator(".live")).toHaveText("Live");
    await deliver();
    const show = page.getByRole("button", { name: "1 new event. Show" });
    await expect(show).toBeVisible();
    const [, , failed] = await api.deliveries(webhook.id);

    // An answer that was read before the row changes arrives after the news of that.
    let [read, go] = [() => {}, () => {}];
    const [isRead, held] = [new Promise<void>((resolve) => (read = resolve)), new Promise<void>((resolve) => (go = resolve))];
    await page.route("**/deliveries?*", async (route) => {
      const { items, ...rest } = (await (await route.fetch()).json()) as { items: { id: string }[] };
      read();
      await held;
      await route.fulfill({ json: { items: items.map((item) => (item.id === failed?.id ? item : { ...item, status_code: 299 })), ...rest } });
    });
    if (way === "looked up") await page.evaluate(() => dispatchEvent(new Event("online")));
    else await show.click();
    await isRead;
    await api.send("POST", `/deliveries/${failed?.id}/resend`);
    await expect(row).toContainText("Delivered");
    go();
    // Of the newest there may have been news, too.
    await expect(events.rows.nth(way === "looked up" ? 0 : 1)).toContainText("299");
    await expect(row).toContainText("Delivered");
  });
}

test("the dates of a list are those of sending; where an event was published long before, that stands below", async ({ api, webhook, events, page }) => {
  await api.publish();
  await api.publish();
  await api.until(webhook.id, "delivered", 2);
  const published = "2026-01-02T10:00:00Z";
  await page.route("**/deliveries?*", async (route) => {
    const answer = await route.fetch();
    const rows = await answer.json();
    rows.items[1].created_at = published;
    rows.items[1].last_attempt_at = "2026-01-03T11:30:00Z";
    await route.fulfill({ response: answer, json: rows });
  });
  await events.open(webhook.id);
  await expect(page.getByRole("columnheader").last()).toHaveText("Date sent");
  await expect(events.rows.last().locator("time").first()).toHaveAttribute("datetime", /^2026-01-03T11:30:00/);
  await expect(events.rows.last().getByRole("cell").last()).toContainText(/^3\sJan,\s11:30:00Published\s2\sJan,\s10:00:00$/);
  await expect(events.rows.first().locator("time")).toHaveCount(1);
});

test("ticked rows are sent again, and only those that failed can be ticked", async ({ webhook, deliver, events, receiver, page }) => {
  receiver.next({ status: 500 }, { status: 500 });
  for (let number = 0; number < 3; number += 1) await deliver();
  await events.open(webhook.id);
  await expect(events.rows).toHaveCount(3);
  await expect(events.rows.getByRole("checkbox")).toHaveCount(2);
  await page.getByRole("checkbox", { name: "Select all failed events on this page" }).check();
  await page.getByRole("button", { name: "Resend 2" }).click();
  await expect(page.getByText("Done. 2 delivered, 0 failed.").last()).toBeVisible();
  await expect(events.rows.filter({ hasText: "Delivered" })).toHaveCount(3);
  expect(receiver.received).toHaveLength(5);
});

test("all that failed are counted first, then sent again", async ({ api, webhook, events, receiver, page }) => {
  receiver.answer({ status: 500 });
  for (let number = 0; number < 4; number += 1) await api.publish();
  await api.until(webhook.id, "failed", 4);
  receiver.answer({ status: 200 });
  await events.open(webhook.id, "?status=failed");
  await page.getByRole("button", { name: "Resend all failed events…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Resend 4 events?");
  await expect(dialog).toContainText(webhook.url);
  expect(receiver.received).toHaveLength(4);
  await dialog.getByRole("button", { name: "Resend 4" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText("Done. 4 delivered, 0 failed.").last()).toBeVisible({ timeout: 20_000 });
  expect(receiver.received).toHaveLength(8);
});

test("a failed event is found, opened and sent again with the keyboard alone", async ({ api, webhook, events, event, receiver, page }) => {
  receiver.next({ status: 500 });
  await api.publish();
  await receiver.reached(1);
  await api.publish();
  await events.open(webhook.id);
  await expect(events.rows).toHaveCount(2);
  await page.keyboard.press("j");
  await expect(events.rows.first().getByRole("link")).toBeFocused();
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.keyboard.press("j");
  await expect(events.rows.last().getByRole("link")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(event.status).toHaveText("Failed");
  await page.keyboard.press("r");
  await expect(event.status).toHaveText("Delivered");
});

for (const locale of ["en-GB", "pt-BR"]) {
  test.describe(locale, () => {
    test.use({ locale });

    test("every column of the events of all webhooks has room at a small desk, and so has the search", async ({ api, events, receiver, page }) => {
      const webhook = await api.createWebhook({ url: receiver.url("/of/a/customer/with/a/long/path"), secret: receiver.secret, retry_schedule: [97_000] });
      receiver.answer({ status: 503 });
      await api.publish("TRANSACTION.TRANSACTIONDOCUMENTSCOPYREQUESTEDEVENT");
      await api.until(webhook.id, "retrying");
      // The longest of dates: the latest attempt came days later.
      await page.route("**/deliveries?*", async (route) => {
        const answer = await route.fetch();
        const rows = await answer.json();
        for (const row of rows.items) row.created_at = "2026-10-22T22:22:22Z";
        await route.fulfill({ response: answer, json: rows });
      });
      await page.goto("/events?status=failed,retrying");
      await expect(events.rows.first()).toBeVisible();
      for (const width of [960, 1100, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        const hidden = await page.getByRole("columnheader", { includeHidden: true }).evaluateAll((all) => all.filter((one) => !one.getClientRects().length).map((one) => one.textContent));
        expect(hidden, `${width} px`).toEqual([]);
        const excess = await page.locator(".card").first().evaluate((card) => card.scrollWidth - card.clientWidth);
        expect(excess, `${width} px`).toBe(0);
        expect((await page.getByRole("searchbox").boundingBox())?.width, `${width} px`).toBeGreaterThan(190);
      }
    });
  });
}

test("what was cancelled can be listed by itself", async ({ api, receiver, events, page }) => {
  const { id } = await api.createWebhook({ url: receiver.url("/slow"), secret: receiver.secret, retry_schedule: [3600] });
  receiver.answer({ status: 500 });
  await api.publish();
  await api.until(id, "retrying");
  await api.send("DELETE", `/webhooks/${id}`);
  const other = await api.createWebhook({ url: receiver.url("/other"), secret: receiver.secret });
  receiver.answer({ status: 200 });
  await api.publish();
  await api.until(other.id, "delivered");
  await page.goto("/events");
  await expect(events.rows.first()).toContainText("Delivered");
  await events.only("Cancelled");
  await expect(page).toHaveURL("/events?status=cancelled");
  await expect(page.getByRole("radio", { name: "Cancelled" })).toBeChecked();
  await expect(events.rows.first()).toContainText("Cancelled");
  await expect(events.rows.filter({ hasNotText: "Cancelled" })).toHaveCount(0);
});
