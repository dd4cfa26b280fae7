// Where the keyboard is after a click: shortcuts go on, and ticks and the focus stay.

import { answer } from "../fixtures/question.ts";
import { expect, test } from "../fixtures/test.ts";
import { ADMIN } from "../fixtures/server.ts";

test("shortcuts act after a click on a checkbox or on a segment", async ({ api, webhook, events, page, receiver }) => {
  receiver.answer({ status: 500 });
  await api.publish();
  await expect.poll(async () => (await api.deliveries(webhook.id))[0]?.status).toBe("failed");
  await events.open(webhook.id);
  const tick = page.locator("tbody input[type=checkbox]");
  await tick.check();
  await page.keyboard.press("j");
  await expect(page.locator("main .row-link").first()).toBeFocused();
  await tick.click();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();

  // A segment keeps its own keys, and takes no others.
  const segments = page.locator(".filters .seg");
  await segments.getByText("Failed", { exact: true }).click();
  await expect(page).toHaveURL(/status=failed$/);
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(/status=retrying$/);
  await page.keyboard.press("g");
  await page.keyboard.press("w");
  await expect(page).toHaveURL(/\/webhooks$/);
});

test("what was ticked stays ticked when new events are shown", async ({ api, webhook, events, page, receiver }) => {
  receiver.answer({ status: 500 });
  await api.publish();
  await expect.poll(async () => (await api.deliveries(webhook.id))[0]?.status).toBe("failed");
  await events.open(webhook.id);
  await page.locator("tbody input[type=checkbox]").check();
  await api.publish();
  await page.getByRole("button", { name: /^1 new event/ }).click();
  await expect(events.rows).toHaveCount(2);
  await expect(page.locator("tbody input[type=checkbox]:checked")).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Resend 1" })).toBeVisible();
  await expect(events.rows.nth(1).getByRole("checkbox")).toBeChecked();
  // Another list begins without.
  await page.locator(".filters .seg").getByText("Failed", { exact: true }).click();
  await expect(page.locator("tbody input[type=checkbox]:checked")).toHaveCount(0);
});

test("the types of the rows can be chosen, also those that are in no catalogue", async ({ api, webhook, events, page }) => {
  await api.publish("ELSEWHERE.SOMETHING.NEW");
  await events.open(webhook.id);
  await expect(events.rows).toHaveCount(1);
  const types = page.getByRole("combobox", { name: "Event type" });
  await types.selectOption("ELSEWHERE.SOMETHING.NEW");
  await expect(page).toHaveURL(/type=ELSEWHERE\.SOMETHING\.NEW$/);
  await expect(events.rows).toHaveCount(1);
  await expect(types).toHaveValue("ELSEWHERE.SOMETHING.NEW");
});

test("the focus is not on somebody else's Delete or Revoke after one was pressed", async ({ api, page }) => {
  const made = ["first", "second"].map((name) => `${name}-${Date.now()}@example.com`);
  for (const email of made) await api.send("POST", "/operators", { email, password: "a password to be deleted", role: "viewer" });
  for (const name of made) await api.send("POST", "/api-keys", { name, role: "viewer" });
  await page.goto("/access/operators");
  await expect(page.getByRole("row", { name: new RegExp(ADMIN.email) })).toBeVisible();
  await page.getByRole("button", { name: `Delete ${made[0]}` }).focus();
  await page.keyboard.press("Enter");
  await answer(page, `Delete ${made[0]}?`, true);
  await expect(page.getByRole("row", { name: new RegExp(made[0] ?? "") })).toHaveCount(0);
  await expect(page.locator("main h1")).toBeFocused();
  await page.getByRole("link", { name: "API keys" }).click();
  await page.getByRole("button", { name: `Revoke ${made[0]}` }).focus();
  await page.keyboard.press("Enter");
  await answer(page, `Revoke ${made[0]}?`, true);
  await expect(page.getByRole("button", { name: `Revoke ${made[0]}` })).toHaveCount(0);
  await expect(page.locator("main h1")).toBeFocused();
  // What is asked goes with the page that it is asked on.
  await page.getByRole("button", { name: `Revoke ${made[1]}` }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("row", { name: new RegExp(ADMIN.email) })).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("a webhook's page follows its address to another webhook", async ({ api, receiver, page }) => {
  const [one, other] = await Promise.all(["one", "other"].map((description) => api.createWebhook({ url: receiver.url(), secret: receiver.secret, description })));
  await page.goto(`/webhooks/${one?.id}`);
  await expect(page.locator("main .words")).toHaveText("one");
  // As Back, Forward and links in notices do: the page stays, its address changes.
  await page.evaluate((path) => {
    history.pushState(null, "", path);
    dispatchEvent(new PopStateEvent("popstate"));
  }, `/webhooks/${other?.id}`);
  await expect(page.locator("main .words")).toHaveText("other");
  await expect(page.getByRole("link", { name: "Edit" })).toHaveAttribute("href", new RegExp(`/webhooks/${other?.id}/edit`));
});
