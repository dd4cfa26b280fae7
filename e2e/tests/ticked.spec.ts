// Ticked rows that are sent again one after the other, where the line or the session does not last.

import type { Page, Route } from "@playwright/test";
import type { Api, Webhook } from "../fixtures/api.ts";
import type { Receiver } from "../fixtures/receiver.ts";
import { expect, test } from "../fixtures/test.ts";
import type { EventsPage } from "../pages/events.ts";

const RESEND = "**/resend";

async function fail(count: number, api: Api, webhook: Webhook, receiver: Receiver): Promise<void> {
  receiver.answer({ status: 500 });
  await api.publishBatch(count);
  await api.until(webhook.id, "failed", count);
  receiver.answer({ status: 200 });
}

const bar = (page: Page) => page.getByRole("region", { name: "Selection" });
const all = (page: Page) => page.getByRole("checkbox", { name: "Select all failed events on this page" });

/** Sends the three failed events of that list again, of which none gets through. Returns what was held back, once it is the first. */
async function holdThree(webhook: Webhook, events: EventsPage, page: Page): Promise<Route[]> {
  const held: Route[] = [];
  await page.route(RESEND, (route) => void held.push(route));
  await events.open(webhook.id);
  await all(page).check();
  await page.getByRole("button", { name: "Resend 3" }).click();
  await expect.poll(() => held.length).toBe(1);
  return held;
}

test("what was cancelled stays so when the next resend begins", async ({ api, webhook, events, receiver, page }) => {
  await fail(3, api, webhook, receiver);
  const held = await holdThree(webhook, events, page);
  await bar(page).getByRole("button", { name: "Cancel" }).click();
  await bar(page).getByRole("button", { name: "Dismiss" }).click();
  await events.rows.nth(1).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Resend 1" }).click();
  await expect.poll(() => held.length).toBe(2);
  await held[0]?.continue();
  await expect(events.rows.first()).toContainText("Delivered");
  await held[1]?.continue();
  await expect(bar(page)).toContainText("Done. 1 delivered, 0 failed.");
  expect(held).toHaveLength(2);
  await api.until(webhook.id, "failed", 1);
});

test("where one that failed is ticked, all that failed can be sent again too", async ({ api, webhook, events, receiver, page }) => {
  await fail(3, api, webhook, receiver);
  await events.open(webhook.id);
  const resendAll = page.getByRole("button", { name: "Resend all failed events…" });
  await events.rows.first().getByRole("checkbox").check();
  await resendAll.click();
  await page.getByRole("dialog").getByRole("button", { name: "Resend 3" }).click();
  await expect(page.getByText("Done. 3 delivered, 0 failed.").last()).toBeVisible();
});

test.describe("on a line that breaks", () => {
  test.use({ expectedErrors: /ERR_FAILED|status of 401/ });

  test("a row whose answer was lost is asked for once more, and sent once", async ({ api, webhook, events, receiver, page }) => {
    await fail(2, api, webhook, receiver);
    await events.open(webhook.id);
    await all(page).check();
    await page.route(RESEND, async (route) => {
      await route.fetch();
      await route.abort("failed");
    }, { times: 1 });
    await page.getByRole("button", { name: "Resend 2" }).click();
    await expect(bar(page)).toHaveText(/Done\. 2 delivered, 0 failed\.Dismiss$/);
    expect(receiver.received).toHaveLength(4);
  });

  for (const [why, answer] of [
    ["no answer comes", (route: Route) => route.abort("failed")],
    ["the session has ended", (route: Route) => route.fulfill({ status: 401, body: "" })],
  ] as const) {
    test(`where ${why} it stops, and what is left is ticked again`, async ({ api, webhook, events, receiver, page }) => {
      await fail(3, api, webhook, receiver);
      const asked = new Set<string>();
      await page.route(RESEND, async (route) => {
        asked.add(route.request().url());
        await (asked.size > 1 ? answer(route) : route.continue());
      });
      await events.open(webhook.id);
      await all(page).check();
      await page.getByRole("button", { name: "Resend 3" }).click();
      if (why !== "no answer comes") await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
      await expect(bar(page)).toContainText("Stopped after 1 of 3. 1 delivered, 0 failed.");
      await expect(bar(page)).toContainText("Events not resent yet are selected again.");
      expect(asked.size).toBe(2);
      await page.unroute(RESEND);
      await page.getByRole("button", { name: "Resend 2" }).click();
      await expect(bar(page)).toContainText("Done. 2 delivered, 0 failed.");
      expect(receiver.received).toHaveLength(6);
    });
  }

  test("what is left is not said to be ticked where its page is gone", async ({ api, webhook, webhooks, events, receiver, page }) => {
    await fail(3, api, webhook, receiver);
    const [first] = await holdThree(webhook, events, page);
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Webhooks" }).click();
    await expect(webhooks.heading).toBeVisible();
    await page.route(RESEND, (route) => route.abort("failed"));
    await first?.abort("failed");
    const said = page.locator(".toasts").filter({ hasText: "Stopped after 0 of 3." });
    await expect(said).toBeVisible();
    await expect(said).not.toContainText("selected again");
  });
});
