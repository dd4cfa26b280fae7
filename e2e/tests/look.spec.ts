// The main way through the portal with all that can stand on it: readable for everybody, and nothing sticks out.

import { look } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/test.ts";

test.use({ expectedErrors: /the server responded with a status of (404|412|503)/ });

test("axe finds nothing on the way through the portal, and nothing sticks out", async ({ api, webhooks, form, events, event, receiver, page }) => {
  test.setTimeout(900_000);
  await webhooks.open();
  await expect(page.getByRole("heading", { name: "No webhooks yet" })).toBeVisible();
  await look(page, "no webhooks");

  const long = receiver.url(`/webhook/v2/onboarding-status-updates/${"a-very-long-path".repeat(6)}`);
  const failing = await api.createWebhook({
    url: long,
    secret: receiver.secret,
    description: "Customer relations",
    authentication: { type: "api_key", header: "X-API-Key", value: "an-api-key-of-some-length" },
    events: { mode: "selected", types: ["TRANSACTION.TRANSACTIONSTATUSUPDATED", "SMARTAUTH.PROFILEUPDATEDEVENT"] },
  });
  receiver.next({ status: 500, headers: { "content-type": "application/json" }, body: '{"error":"could not obtain lock on row","request_id":"a1f3"}' });
  await api.publish("TRANSACTION.TRANSACTIONSTATUSUPDATED", { status: "APPROVED", amount: 129.9, tags: ["kyc", null, true], nested: { tenantId: "016e8f79-2399-4d35-90f9-c6f91b73189d" } });
  await api.until(failing.id, "failed");
  await api.publish("SMARTAUTH.PROFILEUPDATEDEVENT");
  // Before the next answer is told, which is for another one.
  await api.until(failing.id, "delivered");
  const idle = await api.createWebhook({ url: receiver.url("/idle"), secret: receiver.secret, events: { mode: "selected", types: ["BILLING.PAID"] } });
  const inactive = await api.createWebhook({ url: receiver.url("/old"), secret: receiver.secret, status: "inactive" });
  const waiting = await api.createWebhook({ url: receiver.url("/waiting"), secret: receiver.secret, retry_schedule: [300, 3600], events: { mode: "selected", types: ["SMARTAUTH.FACEAUTHENTICATIONEVENT"] } });
  receiver.next({ reset: true });
  await api.publish("SMARTAUTH.FACEAUTHENTICATIONEVENT");
  await api.until(waiting.id, "retrying");

  await webhooks.open();
  await expect(webhooks.rows).toHaveCount(4);
  await look(page, "webhooks");
  // A menu stands where its button was when it opened.
  for (const width of [360, 320, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const menu = await webhooks.openMenu(idle.url);
    await expect(menu.getByRole("menuitem").first()).toBeVisible();
    await look(page, "webhook's menu", [width]);
    await page.keyboard.press("Escape");
  }
  await webhooks.delete(idle.url).click();
  await expect(webhooks.dialog).toBeVisible();
  await look(page, "delete");

  await form.openNew();
  await expect(form.url).toBeFocused();
  await look(page, "new webhook");
  await form.secret.clear();
  await form.submit.click();
  await expect(form.alert).toContainText("2 fields");
  await look(page, "new webhook with errors");
  await form.openEdit(failing.id);
  await form.openAdvanced();
  await expect(form.field("Header name")).toBeVisible();
  await expect(form.dialog.getByRole("checkbox", { name: "SMARTAUTH.PROFILEUPDATEDEVENT" })).toBeChecked();
  await look(page, "edit webhook");
  await form.field("Description").fill("Billing");
  await api.changeWebhook(failing.id, { retry_schedule: [5, 30] });
  await form.submit.click();
  await form.dialog.getByRole("button", { name: "Review changes" }).click();
  await expect(form.dialog.getByRole("region", { name: "Review changes" }).getByRole("listitem")).toHaveCount(2);
  await look(page, "stale edit");

  await events.open(idle.id);
  await expect(page.getByRole("heading", { name: "No events yet" })).toBeVisible();
  await look(page, "no events");
  await events.open(inactive.id);
  await expect(page.locator(".note.warn")).toBeVisible();
  await look(page, "inactive");
  await events.open(waiting.id);
  await expect(events.rows).toHaveCount(1);
  await look(page, "waiting");
  await events.open(failing.id);
  await expect(events.rows).toHaveCount(2);
  await look(page, "events");
  await events.only("Delivered");
  await expect(events.rows).toHaveCount(1);
  await events.only("Failed");
  // Until then the row before stays on screen.
  await expect(events.rows.first()).toContainText("Failed");
  await events.openFirst();
  await expect(event.payload).toBeVisible();
  await look(page, "request");
  await event.showResponses();
  await expect(event.attempts).toHaveCount(1);
  await look(page, "responses");
  await api.changeWebhook(failing.id, { secret: "a-secret-that-came-later" });
  await page.reload();
  await event.resend.click();
  await expect(event.dialog).toBeVisible();
  await look(page, "resend");

  await page.goto("/events");
  await expect(events.rows.first()).toBeVisible();
  await look(page, "events of all webhooks");
  // What came of a test stands below the buttons, and moves none of them.
  await page.goto(`/webhooks/${failing.id}`);
  // Below a head that has found its size.
  await expect(page.locator("main .chart").first()).toBeVisible();
  const send = page.getByRole("button", { name: "Send test" });
  const before = await send.boundingBox();
  receiver.next({ status: 500 });
  await send.click();
  await expect(page.getByText("The test event was not delivered.")).toBeVisible();
  expect(await send.boundingBox()).toEqual(before);
  await look(page, "tested");
  const email = `${"a-long-name".repeat(5)}@example.com`;
  const { id } = await api.send<{ id: string }>("POST", "/operators", { email, role: "viewer", password: "a password of the browser tests" });
  await page.goto("/access/operators");
  await expect(page.getByText(email)).toBeVisible();
  await look(page, "operators");
  await api.send("DELETE", `/operators/${id}`);

  await api.publishBatch(50);
  await events.open(failing.id);
  await expect(events.showing).toHaveText("Showing 1–50");
  await events.older.click();
  await expect(events.showing).toHaveText("Showing 51–53");
  await look(page, "last page");

  await page.goto("/nothing");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("There's nothing at this address");
  await look(page, "not found");
  await page.route("**/api/v1/webhooks?*", (route) => route.fulfill({ status: 503, body: "" }));
  await webhooks.open();
  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
  await look(page, "error");
});
