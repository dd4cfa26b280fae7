// What is asked for twice because nobody knows what became of it is done once; and a button is that of the event that it stands beside.

import { hold } from "../fixtures/route.ts";
import { expect, test } from "../fixtures/test.ts";

const WEBHOOKS = "**/api/v1/webhooks";

test.describe("with answers that settle nothing", () => {
  test.use({ expectedErrors: /status of (409|502)/ });

  test("a webhook whose answer a proxy has lost is made once", async ({ api, form, receiver, page }) => {
    await page.route(WEBHOOKS, async (route) => {
      await route.fetch();
      await route.fulfill({ status: 502, body: "" });
    });
    await form.send(receiver.url());
    await expect(form.alert).toContainText("The server responded with 502.");
    await page.unroute(WEBHOOKS);
    await form.submit.click();
    await form.done.click();
    expect(await api.webhooks()).toHaveLength(1);
  });

  test("a request that is under way already is waited for", async ({ api, form, receiver, page }) => {
    const keys: (string | undefined)[] = [];
    const underWay = { type: "about:blank", title: "", status: 409, detail: "", code: "idempotency_in_progress", request_id: "req_1", errors: [] };
    await page.route(WEBHOOKS, async (route) => {
      keys.push(route.request().headers()["idempotency-key"]);
      await (keys.length > 1 ? route.continue() : route.fulfill({ status: 409, json: underWay }));
    });
    await form.send(receiver.url());
    await form.done.click();
    expect(keys).toHaveLength(2);
    expect(keys[1]).toBe(keys[0]);
    expect(await api.webhooks()).toHaveLength(1);
  });
});

test("while one delivery is being resent, the next one's page can resend its own", async ({ api, event, receiver, page }) => {
  receiver.answer({ status: 500 });
  const made = await Promise.all(["/first", "/second"].map((path) => api.createWebhook({ url: receiver.url(path), secret: receiver.secret })));
  expect(await api.publish()).toBe(2);
  for (const { id } of made) await api.until(id, "failed");
  receiver.answer({ status: 200 });
  const deliveries = await Promise.all(made.map(async ({ id }) => (await api.deliveries(id))[0]?.id ?? ""));
  const go = await hold(page, `**/api/v1/deliveries/${deliveries[0]}/resend`);
  await event.open(deliveries[0] ?? "");
  await event.resend.click();
  await expect(event.resend).toHaveAttribute("aria-disabled", "true");
  await page.getByText("This event at each webhook").click();
  await page.locator(`main a[href="/events/${deliveries[1]}"]`).click();
  await expect(page).toHaveURL(`/events/${deliveries[1]}`);
  await expect(event.resend).toHaveAttribute("aria-disabled", "false");
  await event.resend.click();
  await api.until(made[1]?.id ?? "", "delivered");
  go();
  await api.until(made[0]?.id ?? "", "delivered");
});
