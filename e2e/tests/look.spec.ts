// Every page and state in both themes and at both widths: readable for everybody, and nothing sticks out.

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/test.ts";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function accessible(page: Page, state: string) {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  const found = violations.map(({ id, nodes }) => `${state}: ${id}: ${nodes.map((node) => node.html).join(" | ")}`);
  expect.soft(found).toEqual([]);
}

/** How far the page, or anything that scrolls inside of it, is wider than the screen. */
async function fits(page: Page, state: string) {
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(excess, state).toBe(0);
}

// One after the other they would take the longest of all files.
test.describe.configure({ mode: "parallel" });

const WIDTHS = [1280, 360, 320];

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of WIDTHS) {
    test.describe(`${colorScheme}, ${width} px`, () => {
      test.use({ colorScheme, viewport: { width, height: 800 }, expectedErrors: /the server responded with a status of (404|503)/ });
      test.setTimeout(300_000);

      test("axe finds nothing and nothing sticks out", async ({ api, webhooks, form, events, event, receiver, page }) => {
        const look = async (state: string) => {
          await fits(page, state);
          if (width !== 320) await accessible(page, state);
          const shots = process.env.SHOTS;
          if (shots) await page.screenshot({ path: `${shots}/${state.replaceAll(" ", "-")}-${width}-${colorScheme}.png` });
        };

        await webhooks.open();
        await expect(page.getByRole("heading", { name: "No webhooks yet" })).toBeVisible();
        await look("no webhooks");

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
        await expect.poll(async () => (await api.deliveries(failing.id))[0]?.status).toBe("failed");
        await api.publish("SMARTAUTH.PROFILEUPDATEDEVENT");
        const idle = await api.createWebhook({ url: receiver.url("/idle"), secret: receiver.secret, events: { mode: "selected", types: ["BILLING.PAID"] } });
        const inactive = await api.createWebhook({ url: receiver.url("/old"), secret: receiver.secret, status: "inactive" });
        const waiting = await api.createWebhook({ url: receiver.url("/waiting"), secret: receiver.secret, retry_schedule: [300, 3600], events: { mode: "selected", types: ["SMARTAUTH.FACEAUTHENTICATIONEVENT"] } });
        receiver.next({ reset: true });
        await api.publish("SMARTAUTH.FACEAUTHENTICATIONEVENT");
        await expect.poll(async () => (await api.deliveries(waiting.id))[0]?.status).toBe("retrying");

        await webhooks.open();
        await expect(webhooks.rows).toHaveCount(4);
        await look("webhooks");
        const menu = await webhooks.openMenu(idle.url);
        await expect(menu.getByRole("menuitem").first()).toBeVisible();
        await look("webhook's menu");
        if (width === 1280) await webhooks.delete(idle.url).click();
        else await menu.getByRole("menuitem", { name: "Delete" }).click();
        await expect(webhooks.dialog).toBeVisible();
        await look("delete");

        await form.openNew();
        await expect(form.url).toBeFocused();
        await look("new webhook");
        await form.submit.click();
        await expect(form.alert).toContainText("2 fields");
        await look("new webhook with errors");
        await form.openEdit(failing.id);
        await form.openAdvanced();
        await expect(form.field("Header name")).toBeVisible();
        await expect(form.dialog.getByRole("checkbox", { name: "SMARTAUTH.PROFILEUPDATEDEVENT" })).toBeChecked();
        await look("edit webhook");

        await events.open(idle.id);
        await expect(page.getByRole("heading", { name: "No events yet" })).toBeVisible();
        await look("no events");
        await events.open(inactive.id);
        await expect(page.locator(".note.warn")).toBeVisible();
        await look("inactive");
        await events.open(waiting.id);
        await expect(events.rows).toHaveCount(1);
        await look("waiting");
        await events.open(failing.id);
        await expect(events.rows).toHaveCount(2);
        await look("events");
        await events.only("Delivered");
        await expect(events.rows).toHaveCount(1);
        await events.only("Failed");
        await events.openFirst();
        await expect(event.payload).toBeVisible();
        await look("request");
        await event.showResponses();
        await expect(event.attempts).toHaveCount(1);
        await look("responses");
        await api.changeWebhook(failing.id, { secret: "a-secret-that-came-later" });
        await page.reload();
        await event.resend.click();
        await expect(event.dialog).toBeVisible();
        await look("resend");

        await page.goto("/nothing");
        await expect(page.getByRole("heading", { level: 1 })).toHaveText("There's nothing at this address");
        await look("not found");
        await page.route("**/api/v1/webhooks?*", (route) => route.fulfill({ status: 503, body: "" }));
        await webhooks.open();
        await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
        await look("error");
      });
    });
  }
}
