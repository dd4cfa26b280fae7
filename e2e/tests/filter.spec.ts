// A list shows what belongs to its filter, or says why it cannot.

import type { Route } from "@playwright/test";
import { hold, unavailable, withoutStream } from "../fixtures/route.ts";
import { expect, test } from "../fixtures/test.ts";

const FAILED = "**/api/v1/webhooks/*/deliveries?*status=failed*";

test.beforeEach(async ({ api, webhook, receiver }) => {
  await api.publish();
  await api.until(webhook.id, "delivered");
  expect(receiver.received).toHaveLength(1);
});

test.describe("when the rows of another filter do not come", () => {
  test.use({ expectedErrors: /503|net::ERR_FAILED/ });

  test("the rows of the old one go, and the reader may try again", async ({ webhook, events, page }) => {
    await withoutStream(page);
    await events.open(webhook.id);
    await expect(events.rows).toHaveCount(1);
    await page.route(FAILED, unavailable);
    await events.only("Failed");
    const alert = page.getByRole("alert").filter({ hasText: "Couldn't load events" });
    await expect(alert).toContainText("req_7Q2");
    await expect(events.rows).toHaveCount(0);
    // What was there still belongs to the old one.
    await events.only("All");
    await expect(alert).toHaveCount(0);
    await expect(events.rows).toHaveCount(1);
    await events.only("Failed");
    await expect(alert).toBeVisible();
    await page.unroute(FAILED);
    await alert.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByText("No events match")).toBeVisible();
  });

  test("a refresh that failed leaves the rows, and is tried again when asked to", async ({ webhook, webhooks, page }) => {
    await page.clock.install();
    await webhooks.open();
    await expect(webhooks.row(webhook.url)).toBeVisible();
    await page.route("**/api/v1/webhooks?*", (route) => route.abort());
    await page.clock.runFor(10_000);
    const note = page.getByRole("status").locator(".note").filter({ hasText: "Couldn't refresh. Showing what was loaded before." });
    await expect(note).toBeVisible();
    await expect(webhooks.rows).toHaveCount(1);
    // It may be refreshed by itself just then: a key waits for no button.
    await note.getByRole("button", { name: "Try again" }).focus();
    await page.unroute("**/api/v1/webhooks?*");
    await page.keyboard.press("Enter");
    await expect(note).toHaveCount(0);
  });

  test("a refresh that failed is made up for by the next one", async ({ webhook, webhooks, page }) => {
    await page.clock.install();
    await webhooks.open();
    await expect(webhooks.row(webhook.url)).toBeVisible();
    await page.route("**/api/v1/webhooks?*", unavailable);
    await page.clock.runFor(10_000);
    const note = page.locator(".note").filter({ hasText: "Couldn't refresh. Showing what was loaded before." });
    await expect(note).toBeVisible();
    await page.unroute("**/api/v1/webhooks?*");
    await page.clock.runFor(10_000);
    await expect(note).toHaveCount(0);
    await expect(webhooks.row(webhook.url)).toBeVisible();
  });
});

test("a refresh that is never answered does not keep the next one from being made", async ({ webhook, webhooks, page }) => {
  await page.clock.install();
  await webhooks.open();
  await expect(webhooks.row(webhook.url)).toBeVisible();
  const lost: Route[] = [];
  await page.route("**/api/v1/webhooks?*", (route) => void lost.push(route));
  await page.clock.runFor(10_000);
  await expect.poll(() => lost.length).toBeGreaterThan(0);
  await page.unroute("**/api/v1/webhooks?*");
  const answered = page.waitForResponse("**/api/v1/webhooks?*");
  await page.clock.runFor(20_000);
  expect((await answered).ok()).toBe(true);
});

test("while the rows of another filter load, the old ones are dimmed", async ({ webhook, events, page }) => {
  await events.open(webhook.id);
  const go = await hold(page, FAILED);
  await events.only("Failed");
  await expect(page.locator("main > .card")).toHaveCSS("opacity", "0.5");
  go();
  await expect(page.getByText("No events match")).toBeVisible();
  await expect(page.locator("main > .card")).toHaveCSS("opacity", "1");
});

test("a window of time that ends before it begins is told at its fields, and not asked for", async ({ webhook, events, page }) => {
  await events.open(webhook.id);
  await page.getByLabel("When").selectOption({ label: "From – to…" });
  const [from, to] = [page.getByLabel("From"), page.getByLabel("To", { exact: true })];
  await from.fill("2026-02-01T10:00");
  await expect(events.rows).toHaveCount(1);
  const asked: string[] = [];
  page.on("request", (request) => void asked.push(request.url()));
  await to.fill("2026-01-01T10:00");
  await expect(page.getByText("To must be after From.")).toBeVisible();
  await expect(to).toHaveAttribute("aria-invalid", "true");
  await expect(events.rows).toHaveCount(0);
  // The window before may well be asked for again, as when what tells of new events connects.
  expect(asked.filter((url) => /[?&]to=/.test(url))).toEqual([]);

  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(from).toHaveCount(0);
  await expect(page.getByLabel("When")).toHaveValue("");
  await expect(events.rows).toHaveCount(1);
});

test.describe("when something fails", () => {
  test.use({ expectedErrors: /503/, permissions: ["clipboard-read", "clipboard-write"] });

  test("its notice stays until it is closed, and a success beside it goes by itself", async ({ api, webhook, webhooks, page }) => {
    await page.clock.install();
    await api.changeWebhook(webhook.id, { status: "inactive" });
    await page.route("**/api/v1/webhooks/*", (route) =>
      route.request().method() === "PATCH" ? unavailable(route) : route.continue(),
    );
    await webhooks.open();
    await (await webhooks.openMenu(webhook.url)).getByRole("menuitem", { name: "Activate" }).click();
    const [failure, success] = [page.locator(".toasts .note.bad"), page.locator(".toasts .note.info")];
    await expect(failure).toContainText("Couldn't save the webhook.");
    await (await webhooks.openMenu(webhook.url)).getByRole("menuitem", { name: "Copy URL" }).click();
    await expect(success).toContainText("Copied");
    await expect(failure).toBeVisible();
    await page.clock.runFor(6_000);
    await expect(success).toHaveCount(0);
    await expect(failure).toBeVisible();
    await failure.getByRole("button", { name: "Dismiss" }).click();
    await expect(failure).toHaveCount(0);
  });
});
