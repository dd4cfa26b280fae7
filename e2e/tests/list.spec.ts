import { hold } from "../fixtures/route.ts";
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

test("the webhooks list is narrowed to a state, and found by a description", async ({ api, webhooks, receiver, page }) => {
  const secret = receiver.secret;
  await api.createWebhook({ url: receiver.url("/alpha"), secret, description: "Owned by the payments team" });
  await api.createWebhook({ url: receiver.url("/beta"), secret, status: "inactive" });
  await webhooks.open();
  await expect(webhooks.rows).toHaveCount(2);
  const state = page.getByRole("radiogroup", { name: "Status" });
  await state.getByText("Inactive").click();
  await expect(webhooks.rows).toHaveCount(1);
  await expect(webhooks.row("/beta")).toBeVisible();
  await expect(page).toHaveURL("/webhooks?status=inactive");
  await webhooks.search.fill("payments");
  await expect(page.getByText("No webhooks match", { exact: false })).toBeVisible();
  await state.getByText("All").click();
  await expect(webhooks.row("/alpha")).toBeVisible();
  await expect(page).toHaveURL("/webhooks?q=payments");
});

test("Back leads to the row that was opened", async ({ api, webhook, events, event, page }) => {
  await api.publishBatch(40);
  await events.open(webhook.id);
  await expect(events.rows).toHaveCount(40);
  const link = events.rows.nth(34).getByRole("link");
  await link.click();
  await expect(event.heading).toBeFocused();
  await page.goBack();
  await expect(link).toBeFocused();
  await expect(link).toBeInViewport();
});

test("the events list is narrowed by status, type and text, and Back restores it", async ({ api, webhook, events, event, receiver, page }) => {
  receiver.next({ status: 500 });
  await api.publish("TRANSACTION.TRANSACTIONSTATUSUPDATED", { order: "ORDER-1" });
  await receiver.reached(1);
  await api.publish("TRANSACTION.TRANSACTIONSTATUSUPDATED", { order: "ORDER-2" });
  await api.publish("SMARTAUTH.PROFILEUPDATEDEVENT", { order: "ORDER-3" });
  await events.open(webhook.id);
  await expect(events.rows).toHaveCount(3);
  await expect(events.rows.filter({ hasText: "Delivered" })).toHaveCount(2);

  await events.only("Failed");
  await expect(events.rows).toHaveCount(1);
  await expect(page).toHaveURL(/\?status=failed$/);
  await events.only("All");
  await events.type.selectOption("TRANSACTION.TRANSACTIONSTATUSUPDATED");
  await expect(events.rows).toHaveCount(2);
  await events.search.fill("ORDER-2");
  await expect(events.rows).toHaveCount(1);
  await expect(page).toHaveURL(/\?type=TRANSACTION\.TRANSACTIONSTATUSUPDATED&q=ORDER-2$/);

  await events.openFirst();
  await expect(event.heading).toHaveText("TRANSACTION.TRANSACTIONSTATUSUPDATED");
  await page.goBack();
  await expect(events.rows).toHaveCount(1);
  await expect(events.search).toHaveValue("ORDER-2");
  await expect(events.type).toHaveValue("TRANSACTION.TRANSACTIONSTATUSUPDATED");

  await events.search.fill("nothing has this");
  await expect(page.getByRole("heading", { name: "No events match these filters" })).toBeVisible();
  await expect(page.locator("section.empty")).toContainText("TRANSACTION.TRANSACTIONSTATUSUPDATED · “nothing has this”");
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(events.rows).toHaveCount(3);
});

test("what failed is one step from the list of webhooks", async ({ api, webhook, webhooks, events, receiver, page }) => {
  receiver.next({ status: 500 });
  await api.publish();
  await receiver.reached(1);
  await api.publish();
  await webhooks.open();
  await webhooks.row(webhook.url).getByRole("link", { name: "1 delivered, 1 failed" }).click();
  await expect(page).toHaveURL(new RegExp(`/webhooks/${webhook.id}/events\\?status=failed,retrying&period=24h$`));
  await expect(events.rows).toHaveCount(1);
});

/** Publishes enough for three pages of an events list; the last one has ten rows. */
async function threePages(api: { publishBatch(count: number): Promise<void> }) {
  await api.publishBatch(100);
  await api.publishBatch(10);
}

test("the pages of a list are counted, newer and older ones are a link away, and Back and a reload restore them", async ({ api, webhook, events, page }) => {
  await threePages(api);
  await events.open(webhook.id);
  await expect(events.showing).toHaveText("Showing 1–50");
  await expect(events.newer).toHaveAttribute("aria-disabled", "true");
  const newest = await events.rows.first().getByRole("link").getAttribute("href");
  await events.older.click();
  await expect(page).toHaveURL(/\?after=/);
  await expect(events.showing).toHaveText("Showing 51–100");
  const second = page.url();
  await events.older.click();
  await expect(events.showing).toHaveText("Showing 101–110");
  await expect(events.rows).toHaveCount(10);
  await expect(events.older).toHaveAttribute("aria-disabled", "true");
  await events.older.click({ force: true });
  await page.reload();
  await expect(events.showing).toHaveText("Showing 101–110");
  await events.newer.click();
  await expect(events.showing).toHaveText("Showing 51–100");
  expect(page.url()).toBe(second);
  await page.goBack();
  await expect(events.showing).toHaveText("Showing 101–110");
  await page.goBack();
  await expect(events.showing).toHaveText("Showing 51–100");
  await events.newer.click();
  await expect(events.showing).toHaveText("Showing 1–50");
  expect(await events.rows.first().getByRole("link").getAttribute("href")).toBe(newest);
});

test("a list that is narrowed to a period has pages too", async ({ api, webhook, events, page }) => {
  await threePages(api);
  await page.goto(`/webhooks/${webhook.id}/events?period=24h`);
  await expect(events.showing).toHaveText("Showing 1–50");
  await events.older.click();
  await expect(events.showing).toHaveText("Showing 51–100");
  await page.reload();
  await expect(events.showing).toHaveText("Showing 51–100");
});

test("a page that was opened by its address has no number, and leads to the newest", async ({ api, webhook, events, page }) => {
  await threePages(api);
  await events.open(webhook.id);
  await events.older.click();
  await expect(events.showing).toHaveText("Showing 51–100");
  await page.evaluate(() => sessionStorage.clear());
  await page.reload();
  await expect(events.rows).toHaveCount(50);
  await expect(events.showing).toBeEmpty();
  await expect(events.newer).toHaveCount(0);
  await events.newest.click();
  await expect(events.showing).toHaveText("Showing 1–50");
});

test("a list of one page leads nowhere else", async ({ api, webhook, events }) => {
  await api.publish();
  await events.open(webhook.id);
  await expect(events.showing).toHaveText("Showing 1");
  await expect(events.older).toHaveCount(0);
  await expect(events.newer).toHaveCount(0);
});

test("a new event appears by itself", async ({ api, webhook, events, page }) => {
  await events.open(webhook.id);
  await expect(page.getByRole("heading", { name: "No events yet" })).toBeVisible();
  await api.publish();
  await expect(events.rows).toHaveCount(1);
  await expect(events.rows.first()).toContainText("Delivered");
});

test("a webhook is deactivated and activated in its row, with the keyboard alone", async ({ api, webhook, webhooks, page }) => {
  await webhooks.open();
  const button = webhooks.row(webhook.url).getByRole("button", { name: `More actions for ${webhook.url}` });
  const item = (name: string) => page.getByRole("menuitem", { name });
  await button.focus();
  await page.keyboard.press("Enter");
  await expect(item("Copy URL")).toBeFocused();
  // Edit and Delete stand in the row.
  await expect(page.getByRole("menuitem")).toHaveText(["Copy URL", "Audit log", "Deactivate", "Send test", "Send missed events…"]);
  for (const [key, name] of [["ArrowDown", "Audit log"], ["End", "Send missed events…"], ["ArrowDown", "Copy URL"], ["ArrowUp", "Send missed events…"], ["j", "Send missed events…"], ["Home", "Copy URL"]] as const) {
    await page.keyboard.press(key);
    await expect(item(name)).toBeFocused();
  }
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu")).toHaveCount(0);
  await expect(button).toBeFocused();

  const choose = async (name: string) => {
    await page.keyboard.press("Enter");
    await expect(item("Copy URL")).toBeFocused();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await expect(item(name)).toBeFocused();
    await page.keyboard.press("Enter");
  };
  await choose("Deactivate");
  const question = page.getByRole("dialog", { name: "Deactivate this webhook?" });
  await expect(question).toContainText(webhook.url);
  await question.getByRole("button", { name: "Deactivate" }).press("Enter");
  await expect(webhooks.row(webhook.url)).toContainText("Inactive");
  await expect(button).toBeFocused();
  expect(await api.publish()).toBe(0);

  await choose("Activate");
  await expect(webhooks.row(webhook.url)).not.toContainText("Inactive");
  await expect(button).toBeFocused();
  expect(await api.publish()).toBe(1);
});

test("a test event is sent from the row's menu, and a notice tells what came of it", async ({ webhook, webhooks, receiver, page }) => {
  await webhooks.open();
  const menu = await webhooks.openMenu(webhook.url);
  await menu.getByRole("menuitem", { name: "Send test" }).click();
  await expect(page.locator(".toasts")).toContainText("Your server responded with 200");
  expect(receiver.received).toHaveLength(1);
  await page.mouse.click(1, 1);
  await expect(menu).toHaveCount(0);
});

test("a test event that failed leads from its notice to the receiver's answer", async ({ webhook, webhooks, receiver, page }) => {
  receiver.answer({ status: 500 });
  await webhooks.open();
  await (await webhooks.openMenu(webhook.url)).getByRole("menuitem", { name: "Send test" }).click();
  const told = page.locator(".toasts").getByRole("alert");
  await expect(told).toContainText("The test event was not delivered.");
  await told.getByRole("link", { name: "View details" }).click();
  await expect(page).toHaveURL(/\/events\/[0-9A-Z]{26}\/responses$/);
  await expect(page.getByRole("heading", { name: /500/ }).or(page.getByText("500 Internal Server Error")).first()).toBeVisible();
});

test("what was never sent has no date of sending", async ({ api, webhook, events, receiver }) => {
  receiver.next({ status: 410 });
  await api.publish();
  await api.until(webhook.id, "failed");
  const waiting = await api.createWebhook({ url: receiver.url("/slow"), secret: receiver.secret, timeout_ms: 30_000, max_concurrency: 1 });
  receiver.answer({ silent: true });
  await api.publishBatch(2);
  await receiver.reached(2);
  await api.changeWebhook(waiting.id, { status: "inactive" });
  await events.open(waiting.id, "?status=pending");
  await expect(events.rows.first().locator("td.when")).toHaveText(/^—Published /);
});

test("a webhook's own pages have its menu, and the keyboard works in it", async ({ api, webhook, webhooks, page }) => {
  await page.clock.install();
  // The overview looks for what the stream has missed some seconds later: here nothing is asked for but the webhook.
  await page.goto(`/webhooks/${webhook.id}/settings`);
  const button = page.getByRole("button", { name: `More actions for ${webhook.url}` });
  await button.focus();
  const choose = async (name: string) => {
    await page.keyboard.press("Enter");
    await expect(page.getByRole("menuitem", { name: "Copy URL" })).toBeFocused();
    // Edit and Send test stand beside it; to an inactive one nothing is sent.
    const items = name === "Activate" ? ["Activate"] : ["Deactivate", "Send missed events…"];
    await expect(page.getByRole("menuitem")).toHaveText(["Copy URL", "Audit log", ...items, "Delete"]);
    for (const key of name === "Delete" ? ["End"] : ["ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
    await expect(page.getByRole("menuitem", { name, exact: true })).toBeFocused();
    await page.keyboard.press("Enter");
  };
  await choose("Deactivate");
  await page.getByRole("dialog", { name: "Deactivate this webhook?" }).getByRole("button", { name: "Deactivate" }).press("Enter");
  await expect(page.locator("main .head .badge")).toHaveText("Inactive");
  await expect(button).toBeFocused();
  await choose("Activate");
  await expect(page.locator("main .head .badge")).toHaveText("Active");
  await choose("Delete");
  const question = page.getByRole("dialog", { name: "Delete this webhook?" });
  await expect(question).toContainText(webhook.url);
  await question.getByRole("button", { name: "Cancel" }).press("Enter");
  await expect(button).toBeFocused();
  expect(await api.webhooks()).toHaveLength(1);
  // The news of the deletion is there before its answer, and handed on: what is gone is not asked for again.
  const told = await page.evaluateHandle(async () => {
    const stream = new EventSource("/api/v1/live");
    await new Promise((opened) => stream.addEventListener("open", opened));
    return { news: new Promise<void>((heard) => stream.addEventListener("webhook.updated", () => (stream.close(), heard()))) };
  });
  await page.route(`**/api/v1/webhooks/${webhook.id}`, async (route) => {
    const answer = await route.fetch();
    await told.evaluate(({ news }) => news);
    await page.clock.runFor(1_000);
    await route.fulfill({ response: answer });
  });
  await choose("Delete");
  await question.getByRole("button", { name: "Delete" }).press("Enter");
  await expect(page).toHaveURL(/\/webhooks$/);
  await expect(webhooks.heading).toBeFocused();
  expect(await api.webhooks()).toHaveLength(0);
});

test("whoever closes the question while a webhook is being deleted leaves its page all the same", async ({ api, webhook, webhooks, page }) => {
  await page.goto(`/webhooks/${webhook.id}`);
  const go = await hold(page, `**/api/v1/webhooks/${webhook.id}`, "DELETE");
  await page.getByRole("button", { name: `More actions for ${webhook.url}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await webhooks.dialog.getByRole("button", { name: "Delete" }).click();
  await page.keyboard.press("Escape");
  await expect(webhooks.dialog).toHaveCount(0);
  go();
  await expect(page).toHaveURL(/\/webhooks$/);
  await expect(webhooks.heading).toBeFocused();
  expect(await api.webhooks()).toHaveLength(0);
});

test("whoever opens another page while a webhook is being deleted keeps the focus there", async ({ webhook, webhooks, page }) => {
  await page.goto(`/webhooks/${webhook.id}`);
  const go = await hold(page, `**/api/v1/webhooks/${webhook.id}`, "DELETE");
  await page.getByRole("button", { name: `More actions for ${webhook.url}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await webhooks.dialog.getByRole("button", { name: "Delete" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Events", exact: true }).first().click();
  const search = page.getByRole("searchbox");
  await search.focus();
  go();
  await expect(page.locator(".toasts")).toContainText("deleted");
  await expect(search).toBeFocused();
});

test.describe("on a narrow screen", () => {
  test.use({ viewport: { width: 360, height: 800 }, hasTouch: true });

  test("a row says how much of the catalogue its webhook takes", async ({ api, webhooks, receiver }) => {
    const url = receiver.url("/some");
    await api.createWebhook({ url, secret: receiver.secret, events: { mode: "selected", types: ["SMARTAUTH.PROFILEUPDATEDEVENT"] } });
    await webhooks.open();
    await expect(webhooks.row(url).getByText("1 of 10", { exact: true })).toBeInViewport();
    await expect(webhooks.row(url).getByRole("cell", { name: "1 of 10 event types", exact: true })).toBeVisible();
  });

  test("a card says why its event failed", async ({ api, webhook, events, receiver }) => {
    receiver.next({ status: 404 }, { reset: true });
    for (const failed of [1, 2]) {
      await api.publish();
      await api.until(webhook.id, "failed", failed);
    }
    await events.open(webhook.id);
    await expect(events.rows.first().getByText("Connection closed")).toBeVisible();
    await expect(events.rows.last().locator(".why", { hasText: "404" })).toBeVisible();
  });

  test("the pages of a list are a touch away", async ({ api, webhook, events, page }) => {
    await threePages(api);
    // A card that grows or shrinks under the finger moves the link away.
    await api.until(webhook.id, "delivered", 100);
    await events.open(webhook.id);
    await events.older.tap();
    await expect(events.showing).toHaveText("Showing 51–100");
    await events.newer.scrollIntoViewIfNeeded();
    for (const part of [events.showing, events.newer, events.older]) await expect(part).toBeInViewport({ ratio: 1 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });

  test("everything that a row offers is in its menu", async ({ webhook, webhooks, form, page }) => {
    await webhooks.open();
    await expect(webhooks.row(webhook.url)).toBeVisible();
    await expect(webhooks.edit(webhook.url)).toBeHidden();
    const menu = await webhooks.openMenu(webhook.url);
    await expect(menu.getByRole("menuitem")).toHaveText(["View events", "Copy URL", "Audit log", "Edit", "Deactivate", "Send test", "Send missed events…", "Delete"]);
    for (const item of await menu.getByRole("menuitem").all()) await expect(item).toBeInViewport({ ratio: 1 });
    await menu.getByRole("menuitem", { name: "Edit" }).click();
    await expect(form.url).toHaveValue(webhook.url);
    await form.dialog.getByRole("button", { name: "Cancel" }).click();
    await (await webhooks.openMenu(webhook.url)).getByRole("menuitem", { name: "Delete" }).click();
    await expect(webhooks.dialog).toContainText("This cannot be undone.");
    await webhooks.dialog.getByRole("button", { name: "Cancel" }).click();
    await (await webhooks.openMenu(webhook.url)).getByRole("menuitem", { name: "View events" }).click();
    await expect(page).toHaveURL(new RegExp(`/webhooks/${webhook.id}/events$`));
  });
});

test("an event of today is told by its time, on one line, and rows that cannot be ticked leave no room for it", async ({ api, webhook, events, receiver, page }) => {
  await api.publish();
  await api.until(webhook.id, "delivered");
  await events.open(webhook.id);
  const time = events.rows.first().locator("td.when time");
  await expect(time).toHaveText(/^\d\d:\d\d:\d\d$/);
  await expect(time).toHaveAttribute("datetime", /^\d{4}-\d\d-\d\dT/);
  const ticks = page.locator("th.tick");
  await expect(ticks).toBeHidden();
  receiver.answer({ status: 500 });
  await api.publish();
  await page.getByRole("button", { name: "1 new event. Show" }).click();
  await expect(ticks).toBeVisible();
  // Rows that change do not move the others.
  await api.changeWebhook(webhook.id, { status: "inactive" });
  await expect(page.getByRole("checkbox")).toHaveCount(0);
  await expect(ticks).toBeVisible();
  // Another day has its date.
  await page.clock.setSystemTime(Date.now() + 2 * 24 * 3_600_000);
  await page.reload();
  await expect(time).toHaveText(/^\d+\s\w{3,4}(\s\d{4})?,\s\d\d:\d\d:\d\d$/);
});
