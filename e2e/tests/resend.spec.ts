// Sending many events again: what is counted is what is shown and sent, and nothing that runs is lost from sight.

import { resendThree } from "../fixtures/hanging.ts";
import { unavailable } from "../fixtures/route.ts";
import { expect, test } from "../fixtures/test.ts";

test("what is being retried counts as failed: it is in the list that the count leads to, and in the resend", async ({ api, webhooks, events, receiver, page }) => {
  const webhook = await api.createWebhook({ url: receiver.url("/out"), secret: receiver.secret, retry_schedule: [3600] });
  receiver.answer({ status: 503 });
  await api.publishBatch(2);
  await api.until(webhook.id, "retrying", 2);
  await webhooks.open();
  await webhooks.row(webhook.url).getByRole("link", { name: "0 delivered, 0 failed, 2 being retried" }).click();
  await expect(page.getByRole("radio", { name: "Failed or retrying" })).toBeChecked();
  await expect(events.rows).toHaveCount(2);
  await page.getByRole("button", { name: "Resend all failed events…" }).click();
  await expect(page.getByRole("dialog")).toContainText("Resend 2 events?");
  await expect(page.getByRole("dialog").getByRole("definition").filter({ hasText: "Failed or retrying" })).toBeVisible();
  await page.goto(`/webhooks/${webhook.id}`);
  await page.getByRole("link", { name: "View these events" }).click();
  await expect(events.rows).toHaveCount(2);
});

test("to an inactive webhook no resend is offered, and the event says why", async ({ api, webhook, events, receiver, page }) => {
  receiver.answer({ status: 500 });
  await api.publishBatch(2);
  await api.until(webhook.id, "failed", 2);
  await events.open(webhook.id, "?status=failed");
  const ticks = page.getByRole("checkbox", { name: /^Select/ });
  await expect(ticks).toHaveCount(3);
  const bar = page.getByRole("region", { name: "Selection" });
  await expect(bar).toBeVisible();
  await api.changeWebhook(webhook.id, { status: "inactive" });
  await expect(ticks).toHaveCount(0);
  await expect(bar).toHaveCount(0);
  await events.rows.first().getByRole("link").first().click();
  await expect(page.getByText("This webhook is inactive. It receives nothing until it is activated.")).toBeVisible();
  const resend = page.getByRole("button", { name: "Resend" });
  await expect(resend).toHaveCount(0);
  await page.locator("main .note.bad").getByRole("button", { name: "Activate" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(resend).toBeVisible();
});

test("where nothing failed, no resend is offered", async ({ api, webhook, events, page }) => {
  await api.publish();
  await api.until(webhook.id, "delivered");
  await events.open(webhook.id, "?status=failed");
  await expect(page.getByRole("heading", { name: "No events match these filters" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Selection" })).toHaveCount(0);
});

test("all that failed in one way is sent again, as the list shows it, at the speed that is chosen", async ({ api, events, receiver, page }) => {
  const webhook = await api.createWebhook({ url: receiver.url("/mixed"), secret: receiver.secret });
  receiver.next({ status: 503 }, { status: 503 }, { status: 404 });
  for (let number = 0; number < 3; number += 1) {
    await api.publish();
    await api.until(webhook.id, "failed", number + 1);
  }
  await events.open(webhook.id, "?status=failed&outcome=503");
  await expect(events.rows).toHaveCount(2);
  await page.getByRole("button", { name: "Resend all failed events…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Resend 2 events?");
  await expect(dialog).toContainText("503 Service Unavailable");
  await dialog.getByLabel("Speed").selectOption("100 per second");
  await dialog.getByRole("button", { name: "Resend 2" }).click();
  await expect(page.getByText("Done. 2 delivered, 0 failed.").last()).toBeVisible();
  expect(receiver.received).toHaveLength(5);
});

test.describe("what the server refuses", () => {
  test.use({ expectedErrors: /409/ });

  test("has not failed, and why is said", async ({ api, webhook, events, receiver, page }) => {
    receiver.answer({ status: 500 });
    await api.publishBatch(3);
    await api.until(webhook.id, "failed", 3);
    await events.open(webhook.id);
    await page.getByRole("checkbox", { name: "Select all failed events on this page" }).check();
    // Somebody deactivates it before the first of them arrives.
    await page.route(/\/resend$/, async (route) => {
      await api.changeWebhook(webhook.id, { status: "inactive" });
      await route.continue();
    });
    await page.getByRole("button", { name: "Resend 3" }).click();
    const bar = page.getByRole("region", { name: "Selection" });
    await expect(bar).toContainText("Done. 0 delivered, 0 failed. 3 were not sent. The webhook is inactive");
    expect(receiver.received).toHaveLength(3);
  });
});

test.describe("while the API is away", () => {
  test.use({ expectedErrors: /503/ });

  test("a Cancel that did not arrive is told", async ({ api, receiver, page }) => {
    const bar = await resendThree(api, receiver, page);
    await page.route("**/api/v1/resend-jobs/*", (route) => (route.request().method() === "DELETE" ? unavailable(route) : route.continue()));
    await bar.getByRole("button", { name: "Cancel" }).click();
    await expect(page.locator(".toasts").getByRole("alert")).toContainText("The database is away.");
    await expect(bar).toContainText("Sending… 1 of 3.");
  });

  test("a start that failed is no longer told while it is tried again", async ({ api, webhook, events, receiver, page }) => {
    receiver.answer({ status: 500 });
    await api.publish();
    await api.until(webhook.id, "failed");
    await events.open(webhook.id, "?status=failed");
    await page.getByRole("button", { name: "Resend all failed events…" }).click();
    const dialog = page.getByRole("dialog");
    const send = dialog.getByRole("button", { name: "Resend 1" });
    await expect(send).toHaveAttribute("aria-disabled", "false");
    await page.route("**/resend-failed", unavailable);
    await send.click();
    await expect(dialog.getByRole("alert")).toContainText("Couldn't start.");
    await page.unroute("**/resend-failed");
    await page.route("**/resend-failed", () => {});
    await send.click();
    await expect(dialog.getByText("Couldn't start.")).toHaveCount(0);
  });
});

for (const way of ["ticked", "all"] as const) {
  test(`after the secret has changed, a resend of ${way} asks which headers to send`, async ({ api, webhook, events, receiver, page }) => {
    receiver.verifies = true;
    receiver.secret = "the secret that is right";
    await api.publishBatch(2);
    await api.until(webhook.id, "failed", 2);
    await api.changeWebhook(webhook.id, { secret: receiver.secret });
    await events.open(webhook.id, "?status=failed");
    if (way === "ticked") {
      await page.getByRole("checkbox", { name: "Select all failed events on this page" }).check();
      await page.getByRole("button", { name: "Resend 2" }).click();
    } else {
      await page.getByRole("button", { name: "Resend all failed events…" }).click();
    }
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("radio", { name: "The same as before" })).toBeChecked();
    await dialog.getByRole("radio", { name: /^As the webhook is set now/ }).check();
    await dialog.getByRole("button", { name: "Resend 2" }).click();
    await expect(page.getByText("Done. 2 delivered, 0 failed.").last()).toBeVisible();
    await expect(dialog).toHaveCount(0);
  });
}

test("a running resend of all that failed is found again after a reload, and after another page, and leaves alone what it has not sent when it is cancelled", async ({ api, events, receiver, page }) => {
  const bar = await resendThree(api, receiver, page);
  await page.reload();
  await expect(bar).toContainText("Sending… 1 of 3.");
  await events.openFirst();
  await expect(bar).toHaveCount(0);
  await page.goBack();
  await bar.getByRole("button", { name: "Cancel" }).click();
  await expect(bar).toContainText("Cancelled after 1 of 3. 0 delivered, 0 failed. Deliveries already started continue.");
  await bar.getByRole("button", { name: "Dismiss" }).click();
  await expect(page.getByRole("button", { name: "Resend all failed events…" })).toBeVisible();
  expect(receiver.received).toHaveLength(4);
});

test("a resend of ticked rows goes on when another page is opened, and asks before the tab is left", async ({ api, webhook, events, webhooks, receiver, page }) => {
  receiver.answer({ status: 500 });
  await api.publishBatch(3);
  await api.until(webhook.id, "failed", 3);
  receiver.answer({ status: 200 });
  let held: (() => void)[] = [];
  await page.route("**/resend", async (route) => {
    await new Promise<void>((resolve) => held.push(resolve));
    await route.continue();
  });
  const next = async () => {
    await expect.poll(() => held.length).toBe(1);
    held.splice(0).forEach((resolve) => resolve());
  };
  await events.open(webhook.id);
  await page.getByRole("checkbox", { name: "Select all failed events on this page" }).check();
  await page.getByRole("button", { name: "Resend 3" }).click();
  await next();
  const asked = page.waitForEvent("dialog");
  await page.evaluate(() => setTimeout(() => location.reload()));
  const question = await asked;
  expect(question.type()).toBe("beforeunload");
  await question.dismiss();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Webhooks" }).click();
  await expect(webhooks.heading).toBeVisible();
  await next();
  await next();
  await expect(page.getByText("Done. 3 delivered, 0 failed.")).toBeVisible();
  expect(receiver.received).toHaveLength(6);
  // Nothing runs any more.
  await page.reload();
  await expect(webhooks.heading).toBeVisible();
});

test("what a webhook missed is counted for a period, sent, and then missed no more", async ({ api, webhooks, events, receiver, page }) => {
  // Of this run alone: what another has published would be missed too.
  const type = `TEST.MISSED${Date.now()}`;
  for (let number = 0; number < 3; number++) await api.publish(type);
  const webhook = await api.createWebhook({ url: receiver.url("/missed"), secret: receiver.secret, events: { mode: "selected", types: [type] } });
  await webhooks.open();
  await (await webhooks.openMenu(webhook.url)).getByRole("menuitem", { name: "Send missed events…" }).click();
  const dialog = page.getByRole("dialog", { name: "Send missed events" });
  await expect(dialog.getByRole("status")).toHaveText("3 events were missed.");
  await dialog.getByLabel("When").selectOption("Last hour");
  await expect(dialog.getByRole("status")).toHaveText("3 events were missed.");
  await dialog.getByRole("button", { name: "Send 3" }).click();
  await expect(page.getByRole("region", { name: "Selection" })).toContainText("Done. 3 delivered, 0 failed.", { timeout: 15_000 });
  await expect(events.rows).toHaveCount(3);
  expect(receiver.received).toHaveLength(3);
  await page.goto(`/webhooks/${webhook.id}/events?resend=missed`);
  await expect(dialog.getByRole("status")).toHaveText("This webhook has not missed any events.");
  await expect(dialog.getByRole("button", { name: "Send 0" })).toHaveAttribute("aria-disabled", "true");
});
