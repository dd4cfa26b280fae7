// What was published and no webhook wanted: there is no delivery of it, and yet somebody may look for it.

import { expect, test } from "../fixtures/test.ts";

test("an event that no webhook wanted is found where it was looked for, and says why it went nowhere", async ({ api, receiver, page }) => {
  const url = receiver.url("/selective");
  const webhook = await api.createWebhook({ url, secret: receiver.secret, events: { mode: "selected", types: ["SMARTAUTH.PROFILEUPDATEDEVENT"] } });
  const order = `U-${Date.now()}`;
  expect(await api.publish("BILLING.INVOICEPAID", { order })).toBe(0);
  await page.goto(`/events?q=${order}`);
  await expect(page.getByRole("heading", { name: "No events match these filters" })).toBeVisible();
  await page.locator("section.empty").getByRole("link", { name: "Discarded events" }).click();
  await expect(page).toHaveURL(`/events/unwanted?q=${order}`);
  await expect(page.getByRole("row")).toHaveCount(2);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");

  await expect(page.getByRole("heading", { level: 1 })).toHaveText("BILLING.INVOICEPAID");
  await expect(page).toHaveTitle(/^BILLING\.INVOICEPAID/);
  await expect(page.locator(".note")).toContainText("No webhook matched this event");
  await expect(page.getByRole("region", { name: "Payload as JSON" })).toContainText(order);
  const why = page.getByRole("region", { name: "This event at each webhook" }).getByRole("listitem");
  await expect(why).toContainText("the webhook does not select this event type");
  await why.getByRole("link").click();
  await expect(page).toHaveURL(`/webhooks/${webhook.id}`);
});

test("the events that no webhook wanted are a link away from all events", async ({ api, page }) => {
  await api.publish("BILLING.INVOICEPAID");
  await page.goto("/events");
  await page.getByRole("link", { name: "Discarded events" }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Discarded events");
  await expect(page.getByRole("navigation", { name: "Breadcrumb" })).toHaveText(/Events.*Discarded events/);
  await expect(page.getByRole("link", { name: "BILLING.INVOICEPAID" }).first()).toBeVisible();
  await page.getByRole("searchbox").fill("nothing has this");
  await expect(page.getByRole("heading", { name: "No events match these filters" })).toBeVisible();
});

test("an event that was looked for at one webhook is found at the others, or among the discarded", async ({ api, webhook, receiver, page }) => {
  const order = `O-${Date.now()}`;
  const other = await api.createWebhook({ url: receiver.url("/other"), secret: receiver.secret });
  await api.changeWebhook(webhook.id, { events: { mode: "selected", types: ["BILLING.INVOICEPAID"] } });
  expect(await api.publish(undefined, { order })).toBe(1);
  await api.until(other.id, "delivered");
  const none = page.locator("section.empty");
  await page.goto(`/webhooks/${webhook.id}/events`);
  await expect(none).toBeVisible();
  await expect(none.getByRole("link", { name: "Search all webhooks" })).toHaveCount(0);
  await page.goto(`/webhooks/${webhook.id}/events?q=${order}`);
  await expect(none.getByRole("link", { name: "Discarded events" })).toHaveAttribute("href", `/events/unwanted?q=${order}`);
  await none.getByRole("link", { name: "Search all webhooks" }).click();
  await expect(page).toHaveURL(`/events?q=${order}`);
  await expect(page.getByRole("row")).toHaveCount(2);
});

test("where all that was published was discarded, the list says so", async ({ api, page }) => {
  await api.publish("BILLING.INVOICEPAID");
  await page.route("**/api/v1/deliveries?*", (route) => route.fulfill({ json: { items: [], next_cursor: null } }));
  await page.goto("/events");
  await expect(page.getByRole("heading", { name: "No event has been delivered yet" })).toBeVisible();
  await expect(page.getByText("within seconds of being published")).toHaveCount(0);
  await page.locator("section.empty").getByRole("link", { name: "Discarded events" }).click();
  await expect(page.getByRole("link", { name: "BILLING.INVOICEPAID" }).first()).toBeVisible();
});

test.describe("of an id that nothing has", () => {
  test.use({ expectedErrors: /404/ });

  test("the page of an event that is not there says so", async ({ page }) => {
    for (const id of ["01M8GX7TPMZPYQ7N41J01J3RVY", "none"]) {
      await page.goto(`/events/unwanted/${id}`);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("There's nothing at this address");
    }
  });
});
