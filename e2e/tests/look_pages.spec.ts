// Every page in both languages: with something on it, without, and when the API fails; and what opens over it.

import type { Page } from "@playwright/test";
import type { Webhook } from "../fixtures/api.ts";
import { look } from "../fixtures/look.ts";
import { expect, test } from "../fixtures/test.ts";

/** The pages, and what shows of each that its content is there. */
const LISTS = {
  "/webhooks": ".row-link",
  "/webhooks/statistics": ".chart",
  "/events": ".row-link",
  "/events/unwanted": ".card:not([aria-busy])",
  "/event-types": "details.type",
  "/tools": "#checkup-webhook",
  "/settings": ".card",
  "/account": ".card",
  "/account/tenants": "tbody tr",
  "/access/operators": "tbody tr",
  "/access/api-keys": "tbody tr",
  "/access/audit-log": "tbody tr",
};
const OF_WEBHOOK = { "": ".chart", "/events": ".row-link", "/settings": "#confirm" };
/** What stands where there is nothing, or something failed. */
const EMPTY = ".empty";
/** In milliseconds. */
const DAY = 86_400_000;

/** The same pages of that webhook. */
const of = ({ id }: Webhook, pages: Record<string, string>) =>
  Object.fromEntries(Object.entries(pages).map(([path, content]) => [`/webhooks/${id}${path}`, content]));

/** Opens a page, waits until its content is there, and unfolds what it has. */
async function open(page: Page, path: string, content: string): Promise<void> {
  await page.goto(path);
  await expect(page.locator(`:is(main, dialog) ${content}`).first()).toBeVisible();
  await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
  await page.locator(".chart summary, details.type > summary, .at-webhooks summary").evaluateAll((all) => all.forEach((fold) => (fold as HTMLElement).click()));
  await expect(page.locator("details.type:not(:has(.inside))")).toHaveCount(0);
  await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
}

/** Looks at each of the pages. */
async function lookAt(page: Page, state: string, pages: Record<string, string>, webhook?: Webhook): Promise<void> {
  for (const [path, content] of Object.entries(pages)) {
    await open(page, path, content);
    await look(page, `${state} ${path.replace(webhook?.id ?? "", "ID")}`);
  }
}

// One after the other they would take the longest of all files.
test.describe.configure({ mode: "parallel" });

for (const locale of ["en-US", "pt-BR"]) {
  test.describe(locale, () => {
    test.use({ locale });
    test.setTimeout(900_000);

    test("axe finds nothing on any page, and nothing sticks out", async ({ api, webhook, deliver, receiver, page }) => {
      receiver.next({ status: 503 }, { reset: true });
      for (let number = 0; number < 4; number += 1) await deliver();
      // The longest of what can stand in a row: a status, a URL, and when the next attempt comes.
      const waiting = await api.createWebhook({ url: receiver.url("/of/a/customer/with/a/long/path"), secret: receiver.secret, retry_schedule: [4_000] });
      receiver.next({ status: 503 }, { status: 503 });
      await api.publish();
      await api.until(waiting.id, "retrying");
      const failed = (await api.deliveries(webhook.id)).find(({ status }) => status === "failed");
      const { id: revoked } = await api.send<{ id: string }>("POST", "/api-keys", { name: "revoked", role: "viewer" });
      await api.send("DELETE", `/api-keys/${revoked}`);
      await lookAt(page, `${locale} loaded`, LISTS);
      await lookAt(page, `${locale} loaded`, of(webhook, OF_WEBHOOK), webhook);
      await open(page, `/events/${failed?.id}`, ".json");
      await look(page, `${locale} request`);
      await open(page, `/events/${failed?.id}/responses`, "[aria-current=true]");
      await look(page, `${locale} responses`);
      // What is not of today stands there with its date.
      await page.clock.setSystemTime(Date.now() + DAY);
      await open(page, `/events/${failed?.id}/responses`, "[aria-current=true]");
      await look(page, `${locale} responses of yesterday`);
      await page.clock.setSystemTime(Date.now());
      await api.changeWebhook(waiting.id, { status: "inactive" });
      await api.changeWebhook(webhook.id, { events: { mode: "selected", types: ["BILLING.INVOICEPAID"] } });
      await api.publish("TRANSACTION.TRANSACTIONDOCUMENTSCOPYREQUESTEDEVENT");
      await lookAt(page, `${locale} loaded`, { "/events/unwanted": ".row-link" });
      await page.locator(".row-link").first().click();
      await expect(page.locator("main .json")).toBeVisible();
      await look(page, `${locale} unwanted`);
      await api.changeWebhook(waiting.id, { status: "active" });
      await api.changeWebhook(webhook.id, { events: { mode: "all", types: [] } });

      // What opens over a page.
      const dialog = page.getByRole("dialog");
      const over = async (path: string, content: string, selector: string, state: string) => {
        await open(page, path, content);
        if (selector) await page.locator(selector).first().click();
        await expect(dialog).toBeVisible();
        await look(page, `${locale} ${state}`);
      };
      await over("/webhooks/new", "#url", "", "new webhook");
      await page.locator("#url").fill(receiver.url("/created"));
      await page.locator("#secret").fill("a-secret-of-the-browser-tests");
      await page.locator("dialog footer .primary").click();
      await page.locator("dialog .body .primary").click();
      await expect(dialog.locator(".badge.ok")).toBeVisible();
      await look(page, `${locale} created`);
      await over(`/webhooks/${webhook.id}/edit`, "#url", "", "edit webhook");
      await over("/webhooks", ".row-link", ".row-actions button.wide", "delete webhook");
      await over("/access/operators", "tbody tr", ".head .btn.primary", "new operator");
      await over("/access/api-keys", "tbody tr", ".head .btn.primary", "new API key");
      await open(page, `/webhooks/${webhook.id}/events?status=failed`, ".row-link");
      await page.locator("tbody input[type=checkbox]").first().check();
      await look(page, `${locale} selection`);
      await page.locator(".bulk button:not(.ghost)").first().click();
      await expect(dialog).toBeVisible();
      await look(page, `${locale} resend all`);
      await page.keyboard.press("Escape");
      await open(page, "/settings", ".card");
      await page.keyboard.press("?");
      await expect(dialog).toBeVisible();
      await look(page, `${locale} shortcuts`);
    });

    test("axe finds nothing on pages without anything on them", async ({ api, receiver, page }) => {
      // Events of the tests before may be there.
      await lookAt(page, `${locale} empty`, { "/webhooks": EMPTY, "/webhooks?q=nothing": EMPTY, "/events": `:is(${EMPTY}, .row-link)`, "/tools": ".tool p.muted" });
      const webhook = await api.createWebhook({ url: receiver.url(), secret: receiver.secret });
      const pages = of(webhook, { "": ".card:not([aria-busy])", "/events": EMPTY, "/events?status=failed&q=nothing": EMPTY });
      await lookAt(page, `${locale} empty`, pages, webhook);
    });

    test.describe("when the API fails", () => {
      test.use({ expectedErrors: /the server responded with a status of (404|500)/ });

      test("axe finds nothing where a page should be", async ({ webhook, page }) => {
        // Not what is tried again first: that takes two seconds on each page.
        await page.route(/\/api\/v1\/(?!session|live)/, (route) => route.fulfill({ status: 500, body: "" }));
        const paths = Object.keys(LISTS).filter((path) => !["/settings", "/account"].includes(path));
        paths.push(...Object.keys(of(webhook, OF_WEBHOOK)), `/events/${webhook.id}`, "/nothing");
        await lookAt(page, `${locale} error`, Object.fromEntries(paths.map((path) => [path, EMPTY])), webhook);
      });
    });

    test.describe("when nobody is signed in", () => {
      test.use({ signedIn: false, expectedErrors: /the server responded with a status of 4\d\d/ });

      test("axe finds nothing on the way in", async ({ page }) => {
        await lookAt(page, `${locale} out`, { "/webhooks": "form", "/set-up#token": "form", "/open#token": EMPTY });
        await open(page, "/webhooks", "form");
        await page.locator("input[type=email]").fill("nobody@example.com");
        await page.locator("input[type=password]").fill("a wrong password");
        await page.keyboard.press("Enter");
        await expect(page.locator("main .note.bad, main .err").first()).toBeVisible();
        await look(page, `${locale} refused`);
      });
    });
  });
}
