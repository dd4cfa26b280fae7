// What a tab asks for while nobody looks at it, while its session has ended, and on a slow line.

import type { Page, Route } from "@playwright/test";
import { drawn, loaded } from "../fixtures/drawn.ts";
import { resendThree } from "../fixtures/hanging.ts";
import { expect, test } from "../fixtures/test.ts";
import { ADMIN } from "../fixtures/server.ts";

/** Lets the page think that nobody looks at it, or somebody again. */
async function look(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  }, hidden);
}

/** Comes back on line, for the page: it looks for what it may have missed. */
const online = (page: Page) => page.evaluate(() => dispatchEvent(new Event("online")));

/** Collects what the page asks the API for from now on. Its own parts may still be loaded beside that. */
function asks(page: Page): string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/api/")) asked.push(request.url());
  });
  return asked;
}

const live = (page: Page) => page.locator(".live");
const LIVE = /\/api\/v1\/live/;

test("a tab that nobody looks at keeps no connection and asks for nothing; who comes back sees what has changed", async ({ api, webhook, webhooks, receiver, page }) => {
  await page.clock.install();
  await page.addInitScript(() => {
    const streams: EventSource[] = [];
    Object.assign(globalThis, { streams });
    globalThis.EventSource = class extends EventSource {
      constructor(url: string | URL) {
        super(url);
        streams.push(this);
      }
    };
  });
  const open = () => page.evaluate(() => (globalThis as unknown as { streams: EventSource[] }).streams.filter((one) => one.readyState !== EventSource.CLOSED).length);
  await webhooks.open();
  await expect(webhooks.row(webhook.url)).toBeVisible();
  await expect(live(page)).toHaveText("Live");
  expect(await open()).toBe(1);
  await loaded(page);
  await look(page, true);
  await page.clock.runFor(10_000);
  expect(await open()).toBe(0);
  const asked = asks(page);
  await page.clock.runFor(60_000);
  expect(asked).toEqual([]);
  await api.createWebhook({ url: receiver.url("/new"), secret: receiver.secret });
  await look(page, false);
  await expect(webhooks.row(receiver.url("/new"))).toBeVisible();
  await expect(live(page)).toHaveText("Live");
  expect(await open()).toBe(1);
});

test.describe("where the server answers nothing any more", () => {
  test.use({ expectedErrors: /TimeoutError/ });

  test("that is an error which says so, and the badge no longer says that it is live", async ({ api, webhook, webhooks, form, events, page }) => {
    // What a request waits for is over when the test says so.
    await page.addInitScript(() => {
      const patience: [number, AbortController][] = [];
      Object.assign(globalThis, { patience });
      AbortSignal.timeout = (time) => {
        const controller = new AbortController();
        patience.push([time, controller]);
        return controller.signal;
      };
    });
    const lateBy = () =>
      page.evaluate(() => {
        const { patience } = globalThis as unknown as { patience: [number, AbortController][] };
        for (const [, controller] of patience) controller.abort(new DOMException("", "TimeoutError"));
        return patience.splice(0).pop()?.[0];
      });
    const [stream, list] = [LIVE, "**/api/v1/**/deliveries?*"];
    const held: Route[] = [];
    const SAID = "The server hasn't answered for 30 seconds.";
    await api.publish();
    await api.until(webhook.id, "delivered");
    await form.openEdit(webhook.id);
    await expect(form.url).toHaveValue(webhook.url);
    await expect(live(page)).toHaveText("Live");
    for (const path of [stream, list]) await page.route(path, (route) => void held.push(route));
    await page.route("**/api/v1/webhooks/*", (route) => (route.request().method() === "PATCH" ? undefined : route.continue()));
    await form.url.fill(`${webhook.url}/other`);
    // As long as it answers anything else that the page asks for by itself, the stream is as good.
    await expect(async () => {
      const saving = page.waitForRequest((request) => request.method() === "PATCH");
      await form.submit.click();
      await saving;
      expect(await lateBy()).toBe(30_000);
      await expect(form.alert).toContainText(`Couldn't save the webhook. ${SAID}`);
      await expect(form.url).toHaveValue(`${webhook.url}/other`);
      await expect(live(page)).toHaveText("Reconnecting…", { timeout: 1_000 });
    }).toPass();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "Discard" }).locator(".btn.danger").click();
    const listing = page.waitForRequest(list);
    await webhooks.row(webhook.url).getByRole("link", { name: /View events/ }).click();
    await listing;
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await lateBy();
    const alert = page.getByRole("alert").filter({ hasText: SAID });
    await expect(alert).toBeVisible();
    for (const path of [stream, list]) await page.unroute(path);
    // Those that were given up are gone.
    for (const route of held) await route.continue().catch(() => {});
    await expect(live(page)).toHaveText("Live");
    await expect(events.rows, "what failed comes by itself").toHaveCount(1);
  });
});

test.describe("where the session has ended", () => {
  test.use({ expectedErrors: /status of 401/ });

  test("the password that is being typed stays, and nothing is asked for meanwhile", async ({ api, event, receiver, page }) => {
    const webhook = await api.createWebhook({ url: receiver.url("/silent"), secret: receiver.secret, timeout_ms: 30_000 });
    receiver.answer({ silent: true });
    await api.publish();
    await receiver.reached(1);
    await page.clock.install();
    await event.open((await api.deliveries(webhook.id))[0]?.id ?? "");
    await expect(page.getByText("Sending…")).toBeVisible();
    await page.context().clearCookies();
    const password = page.getByRole("dialog", { name: "Your session has ended" }).getByLabel("Password");
    await expect(async () => {
      await page.clock.runFor(1_000);
      await expect(password).toBeVisible({ timeout: 500 });
    }).toPass();
    await password.fill("typed");
    const asked = asks(page);
    await page.clock.runFor(20_000);
    expect(asked.filter((url) => !LIVE.test(url))).toEqual([]);
    await expect(password).toHaveValue("typed");
  });

  test("a job that sends many events is shown again to whoever signs in again", async ({ api, receiver, page }) => {
    const bar = await resendThree(api, receiver, page);
    await page.context().clearCookies();
    const dialog = page.getByRole("dialog", { name: "Your session has ended" });
    await dialog.getByLabel("Password").fill(ADMIN.password);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await expect(dialog).toHaveCount(0);
    await expect(bar).toContainText("Sending… 1 of 3.");
    await bar.getByRole("button", { name: "Cancel" }).click();
    await expect(bar).toContainText("Cancelled after 1 of 3.");
  });

  test("what was taken for its end, and goes on, is followed live again", async ({ api, webhook, events, page }) => {
    await api.publish();
    await api.until(webhook.id, "delivered");
    const refused = [LIVE, "**/deliveries?*"];
    for (const path of refused) await page.route(path, (route) => route.fulfill({ status: 401, body: "" }));
    await events.open(webhook.id);
    const close = page.getByRole("dialog", { name: "Your session has ended" }).getByRole("button", { name: "Close" });
    await expect(close).toBeVisible();
    // Nothing is asked for while it is open; what is refused after that would open it again.
    for (const path of refused) await page.unroute(path);
    await close.click();
    await events.only("Delivered");
    await expect(events.rows).toHaveCount(1);
    await expect(live(page)).toHaveText("Live");
  });
});

test("what a load brings that was overtaken by another is shown, as the other may never come", async ({ api, webhook, webhooks, page }) => {
  await page.clock.install();
  await webhooks.open();
  await expect(webhooks.row(webhook.url)).toBeVisible();
  await expect(live(page)).toHaveText("Live");
  const held: Route[] = [];
  await page.route("**/api/v1/webhooks?*", (route) => void held.push(route));
  await api.changeWebhook(webhook.id, { description: "came late" });
  await expect.poll(() => held.length).toBe(1);
  await page.clock.runFor(21_000);
  await expect.poll(() => held.length).toBeGreaterThanOrEqual(2);
  await held[0]?.continue();
  await expect(page.getByText("came late")).toBeVisible();
  // The later one, which is newer, still counts.
  await api.changeWebhook(webhook.id, { description: "came last" });
  for (const later of held.slice(1)) await later.continue();
  await expect(page.getByText("came last")).toBeVisible();
});

test("of what is told of an event within a moment the last word counts", async ({ api, webhook, events, receiver, page }) => {
  receiver.answer({ status: 500 });
  await api.publish();
  await api.until(webhook.id, "failed");
  let tell: (body: string) => void = () => {};
  const told = new Promise<string>((resolve) => (tell = resolve));
  await page.route(LIVE, async (route) => route.fulfill({ contentType: "text/event-stream", body: await told }), { times: 1 });
  await events.open(webhook.id, "?status=failed");
  await expect(events.rows).toHaveCount(1);
  const newest = async () => (await api.deliveries(webhook.id))[0];
  await api.publish();
  await api.until(webhook.id, "failed", 2);
  const failed = await newest();
  receiver.answer({ status: 200 });
  await api.send("POST", `/deliveries/${failed?.id}/resend`, {});
  await api.until(webhook.id, "delivered");
  const delivered = await newest();
  receiver.answer({ status: 500 });
  await api.publish();
  await api.until(webhook.id, "failed", 2);
  const frames = [failed, delivered, await newest()].map((row) => `event: delivery.updated\ndata: ${JSON.stringify(row)}\n\n`);
  tell(frames.join(""));
  await expect(page.locator("button.fresh")).toHaveText(/^1 new event\b/);
});

test("what is new and does not belong to the list any more is not counted", async ({ api, webhook, events, receiver, page }) => {
  receiver.answer({ status: 500 });
  await api.publish();
  await api.until(webhook.id, "failed");
  await events.open(webhook.id, "?status=failed");
  await expect(events.rows).toHaveCount(1);
  await expect(live(page)).toHaveText("Live");
  await api.publishBatch(2);
  await api.until(webhook.id, "failed", 3);
  const fresh = page.locator("button.fresh");
  await expect(fresh).toHaveText(/^2 new events/);
  receiver.answer({ status: 200 });
  const [newest] = await api.deliveries(webhook.id);
  await api.send("POST", `/deliveries/${newest?.id}/resend`, {});
  await expect(fresh).toHaveText(/^1 new event\b/);
});

test.describe("while the stream is away", () => {
  test.use({ expectedErrors: /status of 503/ });

  test("an answer that was overtaken by a newer one changes no row back", async ({ api, webhook, events, receiver, page }) => {
    receiver.answer({ status: 500 });
    await api.publish();
    await api.until(webhook.id, "failed");
    await page.route(LIVE, (route) => route.fulfill({ status: 503, body: "" }));
    await events.open(webhook.id);
    await expect(events.rows).toContainText(["500"]);
    let asked = 0;
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    await page.route("**/deliveries?*", async (route) => {
      // Counted when it is read: what happens after that it cannot have.
      const response = await route.fetch();
      if ((asked += 1) === 1) await released;
      await route.fulfill({ response });
    });
    await online(page);
    await expect.poll(() => asked).toBe(1);
    const answered = page.waitForResponse("**/deliveries?*");
    receiver.answer({ status: 200 });
    const [only] = await api.deliveries(webhook.id);
    await api.send("POST", `/deliveries/${only?.id}/resend`, {});
    await api.until(webhook.id, "delivered");
    await online(page);
    await (await answered).finished();
    await expect(events.rows).toContainText(["200"]);
    const late = page.waitForResponse("**/deliveries?*");
    release();
    await (await late).finished();
    await drawn(page);
    await expect(events.rows).toContainText(["200"]);
  });
});

test.describe("where the browser's clock is slow", () => {
  const SLOW = 180_000;

  test("all that failed is all that the list shows", async ({ api, webhook, events, receiver, page }) => {
    receiver.answer({ status: 500 });
    await api.publishBatch(2);
    await api.until(webhook.id, "failed", 2);
    await page.clock.setSystemTime(Date.now() - SLOW);
    await events.open(webhook.id, "?status=failed");
    await page.getByRole("button", { name: "Resend all failed events…" }).click();
    await expect(page.getByRole("dialog")).toContainText("Resend 2 events?");
  });

  test("who activates a webhook is told what it has missed, and sends it", async ({ api, receiver, webhooks, page }) => {
    const type = `TEST.SLOW${Date.now()}`;
    const webhook = await api.createWebhook({ url: receiver.url("/missed"), secret: receiver.secret, status: "inactive", events: { mode: "selected", types: [type] } });
    await api.publish(type);
    await page.clock.setSystemTime(Date.now() - SLOW);
    await webhooks.open();
    await (await webhooks.openMenu(webhook.url)).getByRole("menuitem", { name: "Activate" }).click();
    await page.locator(".toasts").getByRole("link", { name: "Send missed events…" }).click();
    await expect(page.getByRole("dialog", { name: "Send missed events" }).getByRole("status")).toHaveText("1 event was missed.");
  });
});
